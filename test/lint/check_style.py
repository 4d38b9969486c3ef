#!/usr/bin/python3 -ISB
"""What a reader should not meet in the sources: tabs, trailing blanks, lines over 200 columns, unfinished work, names
of one machine's paths, files that grew past one subject, scripts that a shell or Python cannot parse, tests that a
random ID fails."""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
LONGEST_LINE = 200
LONGEST_FILE = 700
# Written apart, so that this file does not find itself.
UNFINISHED = re.compile("|".join(("TO" "DO", "FIX" "ME")))
MACHINE_PATH = re.compile("/" "work/(wt|main|shared|repo)")

# IDs may be given by their beginning, so a name of hexadecimal digits that is gone may mean another object.
MAY_BE_AN_ID = re.compile(r"\brun 1 (container|network|secret|image) exists .*\b[0-9a-f]{1,8}$")


def tracked(*patterns):
    output = subprocess.run(["git", "-C", str(TOP), "-c", f"safe.directory={TOP}", "ls-files", "-z", *patterns],
                            capture_output=True, check=True).stdout
    return [TOP / name for name in output.decode().split("\0") if name and (TOP / name).is_file()]


def check_text(path):
    lines = path.read_text(errors="replace").splitlines()
    if len(lines) > LONGEST_FILE:
        yield f"{path}: {len(lines)} lines, more than one subject?"
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            yield f"{path}:{number}: {len(line)} columns"
        if line != line.rstrip() or "\t" in line:
            yield f"{path}:{number}: tab or trailing blank"
        if UNFINISHED.search(line):
            yield f"{path}:{number}: unfinished work"
        if MAY_BE_AN_ID.search(line):
            yield f"{path}:{number}: a random ID may begin with this name"


def check_scripts():
    for path in tracked():
        start = path.open("rb").read(64).split(b"\n")[0]
        if path.suffix == ".bash" or start.startswith(b"#!/bin/bash"):
            result = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True)
            if result.returncode:
                yield result.stderr.strip()
        elif path.suffix == ".py" or b"python3" in start:
            try:
                compile(path.read_text(), str(path), "exec")
            except SyntaxError as error:
                yield f"{path}: {error}"


def check_machine_paths():
    for path in tracked():
        if path.suffix in (".tar", ".gz", ".bin"):
            continue
        if MACHINE_PATH.search(path.read_text(errors="replace")) and path.name != pathlib.Path(__file__).name:
            yield f"{path}: names a path of one machine"


def main():
    found = []
    for path in tracked("src/*.cpp", "src/*.h", "src/*.c", "test/*.bash", "test/*.py"):
        found += check_text(path)
    found += check_scripts()
    found += check_machine_paths()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
