#!/usr/bin/python3 -ISB
"""Looks up every option of commands.tsv: accepted by PROGRAM, or refused with a reason in docs/differences.md.

usage: check.py PROGRAM
Prints what is neither, one line a command; the exit status is 1 then.
"""
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
DIFFERENCES = HERE.parent.parent / "docs" / "differences.md"
ELSEWHERE = {"pod", "kube", "build", "quadlet/systemd", "remote/machine/farm/rootless"}


def table_rows(text):
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) in (2, 3) and not set(line) <= set("| -"):
            yield cells


def read_differences():
    """Refused options by command, and the commands that are not there."""
    refused, absent = collections.defaultdict(set), set()
    for commands, what, *why in table_rows(DIFFERENCES.read_text()):
        for command in commands.split(", "):
            if why:
                refused[command].update(re.findall(r"`-{1,2}([^`=]+)`", what))
            else:
                absent.add(command)
    return refused, absent


def read_accepted(program):
    """Options that the parser takes, by command (a group has those of its commands); hidden ones are those that it refuses."""
    accepted = collections.defaultdict(set)
    for command in json.loads(subprocess.run([program, "__dump"], check=True, capture_output=True).stdout):
        names = {name for option in command["options"] if not option["hidden"] for name in option["names"] + option["short"]}
        for path in [command["name"], *command.get("aliases", [])]:
            accepted[path] |= names
            accepted[path.rpartition(" ")[0]] |= names if " " in path else set()
    return accepted


def is_absent(command, absent):
    words = command.split()
    return any(" ".join(words[:count]) in absent for count in range(1, len(words) + 1))


def main():
    refused, absent = read_differences()
    accepted = read_accepted(sys.argv[1])
    missing = collections.defaultdict(list)
    with open(HERE / "commands.tsv", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            command = re.sub(r"^podman ?", "", row["command"])
            option = row["option"].lstrip("-")
            if row["class"] in ELSEWHERE or is_absent(command, absent):
                continue
            if command not in accepted:
                missing[command].append("(no such command)")
            elif option and option != "help" and option not in accepted[command] and option not in refused[command or "(global)"]:
                missing[command].append("--" + option)
    for command, options in sorted(missing.items()):
        print(f"{command or '(global)'}: {' '.join(dict.fromkeys(options))}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
