#!/usr/bin/python3 -ISB
"""Which options take one of a few words, and whether completion offers them.

usage: closed_sets.py PAGES-DIRECTORY IMAGE COMMAND...

COMMAND… is skiff with its global options. Every option of every command that has a page is given a word that nobody knows. Where the
error then lists what it expects, words and nothing else, `__complete` must offer each of them. Prints what it does not offer, and ends
with 1; prints how many sets it found on standard error.
"""
import os
import pathlib
import re
import subprocess
import sys

NONSENSE = "no-such-word"
WORD = re.compile(r"[a-z][a-z0-9_-]*\Z")
PAGES = re.compile(r"skiff-(.+)\.1\.md")


def output_of(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    return done.stdout, done.stderr


def commands(pages):
    names = [PAGES.fullmatch(path.name) for path in sorted(pathlib.Path(pages).glob("skiff-*.1.md"))]
    groups = "artifact container generate healthcheck image manifest network secret system volume".split()
    for name in (match.group(1) for match in names):
        first, _, rest = name.partition("-")
        words = [first, *rest.split("-", 2)] if first in groups and rest else [name]
        yield words[:1] + ["-".join(words[1:])] if len(words) > 2 and words[1] != "trust" else words


def candidates(skiff, words):
    lines = output_of([skiff, "__complete", *words])[0].splitlines()
    return [line.split("\t")[0] for line in lines if not line.startswith(":")]


def listed(error):
    """The words that the last parentheses of an error list, if it lists words only."""
    groups = re.findall(r"\(([^()]*)\)", error)
    if NONSENSE not in error or not groups:
        return []
    text = groups[-1].removeprefix("expected ").removeprefix("one of ")
    words = [word for word in re.split(r", | or ", text) if word]
    return words if len(words) > 1 and all(WORD.match(word) for word in words) else []


def main():
    pages, image, *skiff = sys.argv[1:]
    os.environ["CONTAINERS_POLICY_JSON"] = os.path.abspath("policy.json")  # "image trust set" writes it: never the host's
    arguments = {"run": [image, "true"], "create": [image, "true"]}
    found = missing = 0
    for command in commands(pages):
        for option in candidates(skiff[0], [*command, "--"]):
            if not option.startswith("--") or option in ("--help", "--version"):
                continue
            rest = arguments.get(" ".join(command), ["no-such-object"])
            error = output_of([*skiff, *command, f"{option}={NONSENSE}", *rest])[1]
            words = listed(error)
            if not words:
                continue
            found += 1
            offered = [word.rstrip("=:") for word in candidates(skiff[0], [*command, option, ""])]
            absent = [word for word in words if word not in offered]
            if absent:
                missing += 1
                print(f"{' '.join(command)} {option}: does not offer {', '.join(absent)}")
    print(f"{found} sets", file=sys.stderr)
    sys.exit(1 if missing or found == 0 else 0)


if __name__ == "__main__":
    main()
