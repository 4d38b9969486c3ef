#!/usr/bin/python3 -ISB
"""Drives a command on a terminal of its own.

usage: pty.py [--size ROWSxCOLUMNS] COMMAND… <SCRIPT

Each line of the script is one step:
    expect REGEX     waits (10 s) until the output since the last match has it
    send TEXT        types it; \\n, \\r, \\x10 … as in C
    pause SECONDS    lets the other side catch up (a key that comes before its mode is set is an ordinary byte)
    line TEXT        types it and presses Enter
    size ROWSxCOLS   changes the window
    signal NAME      sends a signal to the command
    exit STATUS      waits for the end and requires the exit status (128+n for a signal)
    absent REGEX     the whole output must not have it
Everything that the command wrote is on standard output. The script's end closes the terminal.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


class Session:
    def __init__(self, command, size):
        self.everything = b""
        self.unmatched = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # The size must be there before the command looks.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            os.execvp(command[0], command)

    def pump(self, seconds):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: the last process has closed the terminal
            return False
        self.everything += data
        self.unmatched += data
        return bool(data)

    def expect(self, pattern, seconds=10):
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern.encode(), self.unmatched)
            if match:
                self.unmatched = self.unmatched[match.end():]
                return
            if time.monotonic() > deadline or not self.pump(0.1):
                match = re.search(pattern.encode(), self.unmatched)
                if not match:
                    self.give_up(f"expected {pattern!r}")
                self.unmatched = self.unmatched[match.end():]
                return

    def send(self, text):
        os.write(self.master, text.encode().decode("unicode_escape").encode("latin-1"))

    def resize(self, size):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def wait(self, seconds=15):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                while self.pump(0.05) and time.monotonic() < deadline and select.select([self.master], [], [], 0)[0]:
                    pass
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            self.pump(0.02)
        self.give_up("the command did not end")

    def give_up(self, reason):
        sys.stdout.buffer.write(self.everything)
        sys.stdout.flush()
        print(f"\npty: {reason}; unmatched output: {self.unmatched[-500:]!r}", file=sys.stderr)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        sys.exit(1)


def parse_size(text):
    return tuple(int(part) for part in text.split("x"))


def play(session, script):
    for step in script.splitlines():
        word, _, rest = step.strip().partition(" ")
        if word == "expect":
            session.expect(rest)
        elif word == "send":
            session.send(rest)
        elif word == "line":
            session.send(rest + "\\r")
        elif word == "pause":
            session.pump(0)
            time.sleep(float(rest))
        elif word == "size":
            session.resize(parse_size(rest))
        elif word == "signal":
            os.kill(session.pid, getattr(signal, "SIG" + rest))
        elif word == "absent":
            if re.search(rest.encode(), session.everything):
                session.give_up(f"did not expect {rest!r}")
        elif word == "exit":
            status = session.wait()
            if status != int(rest):
                session.give_up(f"exit status {status}, expected {rest}")
        elif word and not word.startswith("#"):
            session.give_up(f"unknown step {word!r}")


def main():
    arguments = sys.argv[1:]
    size = (24, 80)
    if arguments[0] == "--size":
        size = parse_size(arguments[1])
        arguments = arguments[2:]
    script = sys.stdin.read()
    session = Session(arguments, size)
    play(session, script)
    sys.stdout.buffer.write(session.everything)


main()
