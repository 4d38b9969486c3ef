#!/usr/bin/env python3
"""Writes schema.h: the numbered migrations as one constexpr array, in order."""
import os
import sys

out, sources = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
with open(out, "w") as header:
    header.write("#pragma once\n#include <array>\n\nnamespace skiff::state {\n\n")
    header.write(f"inline constexpr std::array<const char*, {len(sources)}> kMigrations{{\n")
    for source in sources:
        with open(source) as text:
            header.write(f'R"sql({text.read()})sql",\n')
    header.write("};\n\n}  // namespace skiff::state\n")
