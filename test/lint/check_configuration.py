#!/usr/bin/python3 -ISB
"""The table of containers.conf keys in docs/configuration.md says what the code does.

A key that is "honoured" is read into a member of EngineConfig that something else than the reader uses; an "ignored" one is known and
passed over, with a reason. The reader knows no key that the table lacks; where the distribution's own containers.conf is
installed, the table has each of its keys.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
READER = TOP / "src/libpod/containers_conf.cpp"
SHIPPED = pathlib.Path("/usr/share/containers/containers.conf")
OTHER_TABLES = {"secrets", "machine", "farms", "podmansh"}


def table_of_keys():
    rows = re.findall(r"^\| (\w+\.\w+) \| (\w+) \| (.*?) ?\|$", (TOP / "docs/configuration.md").read_text(), re.M)
    return {key: (state, note.strip()) for key, state, note in rows}


def keys_of_code():
    """Members by key for those that are taken, and those passed over."""
    taken, passed = {}, set()
    for section, body in re.findall(r'TableReader reader\{document, "(\w+)", file\};(.*?)\n\}', READER.read_text(), re.S):
        for key, member in re.findall(r'reader\.take\("(\w+)", out\.(\w+)\)', body):
            taken[f"{section}.{key}"] = member
        for words in re.findall(r"reader\.pass_over\(\{(.*?)\}\)", body, re.S):
            passed |= {f"{section}.{key}" for key in re.findall(r'"(\w+)"', words)}
    return taken, passed


def used_members(members):
    texts = [path.read_text() for path in (TOP / "src").rglob("*.cpp") if path != READER]
    readers = "\n".join(text for text in texts if "engine_config()" in text or "EngineConfig" in text)
    return {member for member in members if re.search(rf"\b(engine_?|engine_config\(\)|config)\.{member}\b", readers)}


def shipped_keys():
    section, keys = "", set()
    for line in SHIPPED.read_text().splitlines() if SHIPPED.exists() else []:
        if header := re.match(r"#? ?\[(\w+)", line):
            section = header[1] if line.count(".") == 0 else "a table of its own"
        if (key := re.match(r"#?([a-z_]+) = ?", line)) and section in ("containers", "engine", "network"):
            keys.add(f"{section}.{key[1]}")
    return keys


def problems():
    table = table_of_keys()
    taken, passed = keys_of_code()
    used = used_members(set(taken.values()))
    for key, (state, note) in sorted(table.items()):
        if state == "honoured" and key not in taken:
            yield f"{key}: said to be honoured, but not read"
        elif state == "honoured" and taken[key] not in used:
            yield f"{key}: said to be honoured, but read for nobody"
        elif state == "ignored" and key not in passed:
            yield f"{key}: said to be ignored, but not passed over"
        elif state == "ignored" and not note:
            yield f"{key}: ignored without a reason"
        elif state not in ("honoured", "ignored"):
            yield f"{key}: {state}?"
    for key in sorted((set(taken) | passed) - set(table)):
        yield f"{key}: read by the code, not in the table"
    for key in sorted(shipped_keys() - set(table)):
        yield f"{key}: in {SHIPPED}, not in the table"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found))
    sys.exit(1 if found else 0)
