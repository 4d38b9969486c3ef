#!/usr/bin/python3 -ISB
"""A journal for tests: takes entries of the native protocol, and shows them as journalctl does.

usage: fake_journal.py serve SOCKET FILE      says "ready"; each entry is a line of JSON in FILE
       fake_journal.py show FILE [ARG…]       journalctl's words: MATCH, --lines=N, --after-cursor=C, --since=@S, --follow, --sync
"""
import json
import os
import socket
import struct
import sys
import time


def parse_entry(data):
    entry = {}
    while data:
        end = data.index(b"\n")
        name, separator, value = data[:end].partition(b"=")
        data = data[end + 1:]
        if not separator:
            size = struct.unpack("<Q", data[:8])[0]
            value, data = data[8:8 + size], data[9 + size:]
        entry[name.decode()] = value
    return entry


def as_json(value):
    try:
        text = value.decode()
        return text if text.isprintable() or "\t" in text else list(value)
    except UnicodeDecodeError:
        return list(value)


def serve(path, file):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(path)
    os.chmod(path, 0o666)
    print("ready", flush=True)
    with open(file, "w") as log:
        for number in range(1 << 20):
            data, ancillary, _, _ = server.recvmsg(1 << 20, socket.CMSG_LEN(4))
            if ancillary:
                with os.fdopen(struct.unpack("i", ancillary[0][2])[0], "rb") as sealed:
                    sealed.seek(0)
                    data = sealed.read()
            entry = {name: as_json(value) for name, value in parse_entry(data).items()}
            entry["__CURSOR"] = f"c{number}"
            entry["__REALTIME_TIMESTAMP"] = str(time.time_ns() // 1000)
            log.write(json.dumps(entry) + "\n")
            log.flush()


def matching(file, wanted, after, since):
    seen = not after
    for line in open(file):
        entry = json.loads(line)
        if all(entry.get(name) == value for name, value in wanted.items()) and seen and int(entry["__REALTIME_TIMESTAMP"]) >= since * 1000000:
            yield line
        seen = seen or entry["__CURSOR"] == after


def show(file, words):
    if "--sync" in words:
        return
    options = dict(word[2:].split("=", 1) for word in words if word.startswith("--") and "=" in word)
    wanted = dict(word.split("=", 1) for word in words if not word.startswith("--"))
    since = float(options.get("since", "@0")[1:])
    lines = list(matching(file, wanted, options.get("after-cursor"), since))
    if options.get("lines", "all") != "all":
        lines = lines[-int(options["lines"]):] if int(options["lines"]) else []
    shown = len(list(matching(file, wanted, None, since)))
    print("".join(lines), end="", flush=True)
    while "--follow" in words:
        time.sleep(0.02)
        lines = list(matching(file, wanted, None, since))
        print("".join(lines[shown:]), end="", flush=True)
        shown = len(lines)


if __name__ == "__main__":
    serve(*sys.argv[2:4]) if sys.argv[1] == "serve" else show(sys.argv[2], sys.argv[3:])
