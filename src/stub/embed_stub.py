#!/usr/bin/env python3
"""Turns the stub program into a C++ source that holds its bytes: embed_stub.py OUTPUT INPUT."""
import sys

output, source = sys.argv[1:]
with open(source, 'rb') as file:
    data = file.read()
if len(data) > 20 * 1024:
    sys.exit(f'the stub has {len(data)} bytes; at most 20480 are wanted')
with open(output, 'w') as file:
    file.write('#include "stub/stub.h"\n\nnamespace skiff::stub {\nnamespace {\n')
    file.write(f'alignas(16) constexpr unsigned char kBytes[{len(data)}] = {{\n')
    for at in range(0, len(data), 24):
        file.write(','.join(str(byte) for byte in data[at:at + 24]) + ',\n')
    file.write('};\n}  // namespace\n\nstd::string_view init_stub_bytes() {\n')
    file.write('    return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};\n}\n\n}  // namespace skiff::stub\n')
