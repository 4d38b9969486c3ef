#!/usr/bin/python3 -ISB
"""Includes go one way: cli → libpod → {oci, storage, image, network, state} → util.

Of the five in the middle, storage and network may use state, and image may use storage and state. Prints each include that
points elsewhere, and counts files.
"""
import pathlib
import re
import sys

ALLOWED = {
    "util": set(),
    "stub": set(),
    "state": {"util"},
    "oci": {"util", "stub"},
    "storage": {"util", "state"},
    "network": {"util", "state"},
    "image": {"util", "state", "storage"},
    "libpod": {"util", "state", "oci", "storage", "network", "image", "stub"},
    "cli": {"util", "state", "oci", "storage", "network", "image", "libpod", "stub"},
}


def includes_of(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
        if match:
            yield number, match.group(1)


def complaints(source):
    for path in sorted([*source.rglob("*.h"), *source.rglob("*.cpp"), *source.rglob("*.c")]):
        module = path.relative_to(source).parts[0]
        if module not in ALLOWED:
            yield f"{path}: folder {module} is not known to {pathlib.Path(__file__).name}"
            continue
        for number, name in includes_of(path):
            target = name.split("/")[0]
            if target in ALLOWED and target != module and target not in ALLOWED[module]:
                yield f"{path}:{number}: {module} must not include {name}"
            if name.startswith(".."):
                yield f"{path}:{number}: include {name} from src/, not relative"


def main():
    source = pathlib.Path(__file__).resolve().parents[2] / "src"
    found = list(complaints(source))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
