"""Runs pieces of work in processes of their own, a few at a time."""
import collections
import json
import os


def run(items, jobs, directory, work, done):
    """`work(item)` runs in a child and gives back what json can hold; `done(item, result)` gets it, None when the
    child died."""
    waiting = collections.deque(items)
    running = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            item = waiting.popleft()
            file = directory / f"result-{len(waiting)}"
            running[_start(item, file, work)] = (item, file)
        pid, _ = os.waitpid(-1, 0)
        if pid not in running:
            continue  # an orphan of a child that was killed
        item, file = running.pop(pid)
        done(item, json.loads(file.read_text()) if file.exists() else None)
        file.unlink(missing_ok=True)


def _start(item, file, work):
    pid = os.fork()
    if pid:
        return pid
    try:
        result = json.dumps(work(item))
        file.write_text(result)
    finally:
        os._exit(0)
