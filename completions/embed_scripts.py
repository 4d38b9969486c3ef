#!/usr/bin/env python3
"""Writes completion_scripts.h: the shells' scripts as strings, by the shell's name."""
import sys

out, *pairs = sys.argv[1:]
with open(out, "w") as header:
    header.write("#pragma once\n#include <array>\n#include <string_view>\n\nnamespace skiff::cli {\n\n")
    header.write("struct CompletionScript {\n    std::string_view shell, text;\n};\n\n")
    header.write(f"inline constexpr std::array<CompletionScript, {len(pairs)}> kCompletionScripts{{{{\n")
    for pair in pairs:
        shell, _, path = pair.partition("=")
        with open(path) as text:
            header.write(f'    {{"{shell}", R"script({text.read()})script"}},\n')
    header.write("}};\n\n}  // namespace skiff::cli\n")
