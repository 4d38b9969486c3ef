#!/usr/bin/python3 -ISB
"""Types command lines and TAB into an interactive shell and looks at what becomes of them.

usage: completion.py bash|zsh|fish SKIFF COMPLETIONS [SECONDS] <TABLE

Each line of the table:
    TYPED => WORD WORD…      typed text, one TAB, Enter: the command gets exactly these words
    TYPED ?? WORD WORD…      typed text, two TABs: each word is shown
SKIFF answers __complete; COMPLETIONS is the folder with the scripts. Prints each difference; exit status 1 when there is one.
"""
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import termios
import time

PROMPT = "ready>"
ESCAPES = re.compile(r"\x1b\[[0-9;?>=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>()][0AB]?|[\x0e\x0f\r]")

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='{prompt}'; bind 'set enable-bracketed-paste off'; source {completions}/skiff.bash"),
    "zsh": (["zsh", "-f", "-i"], "unsetopt zle_bracketed_paste prompt_sp; PS1='{prompt}'; autoload -U compinit; compinit -u -D; source {completions}/_skiff"),
    "fish": (["fish", "--no-config", "-i"], "function fish_prompt; echo -n '{prompt}'; end; source {completions}/skiff.fish"),
}

# Stands in front of skiff: answers the completion scripts, shows what any other call was given.
STAND_IN = """#!/bin/sh
if [ "$1" = __complete ]; then exec {skiff} "$@"; fi
printf 'words:'; printf '<%s>' "$@"; printf '.\\n'
"""


class Shell:
    def __init__(self, name, skiff, completions, directory, seconds):
        self.seconds = seconds
        stand_in = pathlib.Path(directory) / "skiff"
        stand_in.write_text(STAND_IN.format(skiff=skiff))
        stand_in.chmod(0o755)
        command, setup = SHELLS[name]
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 200))
        environment = {"PATH": f"{directory}:/usr/bin:/bin", "TERM": "dumb" if name == "bash" else "xterm", "HOME": directory, "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=directory, start_new_session=True,
                                        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)))
        os.close(slave)
        self.type(setup.format(prompt=PROMPT, completions=completions) + "\r")
        self.read_until(PROMPT + r"\s*$")

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, pattern, optional=False):
        """What is shown until `pattern` matches it."""
        shown, deadline = "", time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.1)[0]:
                shown += os.read(self.master, 65536).decode("utf-8", "replace")
            if re.search(pattern, ESCAPES.sub("", shown), re.MULTILINE):
                return ESCAPES.sub("", shown)
        if optional:
            return ESCAPES.sub("", shown)
        raise TimeoutError(f"no {pattern!r} in {ESCAPES.sub('', shown)!r}")

    def completed(self, typed):
        self.type(typed + "\t")
        time.sleep(0.3)
        self.type("\r")
        shown = self.read_until(r"words:.*\.\n")
        self.settle()
        return re.findall(r"words:(.*)\.\n", shown)[-1]

    def listed(self, typed, words):
        self.type(typed + "\t")
        time.sleep(0.3)
        self.type("\t")
        everything = "".join(rf"(?=[\s\S]*(?<![\w.-]){re.escape(word)})" for word in words)
        shown = self.read_until(r"\A" + everything, optional=True)
        self.settle()  # an interrupt during the listing would end that only
        self.type("\x15")
        self.settle()
        self.type("\x03")
        self.settle()
        return [word for word in words if not re.search(rf"(?<![\w.-]){re.escape(word)}", shown.replace(typed, "", 1))]

    def settle(self):
        time.sleep(0.2)
        while select.select([self.master], [], [], 0.3)[0]:
            os.read(self.master, 65536)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def check(shell, line):
    """What is wrong, empty when nothing."""
    if " => " in line:
        typed, words = line.split(" => ")
        wanted = "".join(f"<{word}>" for word in words.split())
        got = shell.completed(typed)
        return "" if got == wanted else f"{typed!r} became {got}, not {wanted}"
    typed, words = line.split(" ?? ")
    missing = shell.listed(typed, words.split())
    return f"{typed!r} does not offer {' '.join(missing)}" if missing else ""


def main():
    name, skiff, completions = sys.argv[1:4]
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 20
    failures = 0
    with tempfile.TemporaryDirectory() as directory:
        shell = Shell(name, skiff, completions, directory, seconds)
        try:
            for line in filter(None, (line.rstrip("\n") for line in sys.stdin)):
                problem = check(shell, line)
                if problem:
                    print(f"{name}: {problem}")
                    failures += 1
        finally:
            shell.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
