"""The rows about networks: what a bridge and a published port add to a run, and TCP beside a bridge made by hand."""
import pathlib
import re
import shutil
import statistics
import subprocess
import time

import runtimes

HERE = pathlib.Path(__file__).resolve().parent
PORT = 15201
MILLISECONDS = 400


def run_time(engine, image, *options):
    return engine.time("run", "--rm", *options, image, "true")


def measure_runs(skiff, podman, image, rounds, only):
    """skiff's own run without a network is the measure."""
    if not re.search(only, "run on a bridge"):
        return
    functions = {"bridge": lambda: run_time(skiff, image, "--network", "bridge"),
                 "none": lambda: run_time(skiff, image, "--network", "none")}
    runtimes.compare("run on a bridge", functions, rounds, "1.4")
    published = ("--network", "bridge", "-p", f"{PORT}:80")
    runtimes.compare("run with a published port", {"published": lambda: run_time(skiff, image, *published), "none": functions["none"]}, rounds, "1.6")
    if podman:  # apart, as the kernel goes on with the end of podman's namespaces while the next run is measured
        both = {"skiff": functions["bridge"], "podman": lambda: run_time(podman, image, "--network", "bridge")}
        runtimes.compare("run on a bridge, podman", both, rounds, "1/15")


class HandMade:
    """Two namespaces on a bridge, and a port of the bridge's address translated to the first: what skiff makes, by ip and nft."""
    GATEWAY, FIRST, SECOND = "10.99.77.1", "10.99.77.2", "10.99.77.3"
    BRIDGE, TABLE = "skbench0", "skbench"

    def __enter__(self):
        self.holders = []
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self):
        self.ip("link", "add", self.BRIDGE, "type", "bridge")
        self.ip("address", "add", f"{self.GATEWAY}/24", "dev", self.BRIDGE)
        self.ip("link", "set", self.BRIDGE, "up")
        self.pids = [self.member(number, address) for number, address in enumerate((self.FIRST, self.SECOND))]
        rules = "\n".join([f"table ip {self.TABLE} {{", "chain out {", "type nat hook output priority -100; policy accept;",
                           f"ip daddr {self.GATEWAY} tcp dport {PORT} dnat to {self.FIRST}:{PORT}", "}", "}", ""])
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)

    def member(self, number, address):
        holder = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
        self.holders.append(holder)
        own = pathlib.Path("/proc/self/ns/net").readlink()
        while pathlib.Path(f"/proc/{holder.pid}/ns/net").readlink() == own:
            time.sleep(0.01)
        link = f"skbench-v{number}"
        self.ip("link", "add", link, "master", self.BRIDGE, "up", "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        inside = ["nsenter", "-t", str(holder.pid), "-n", "ip"]
        subprocess.run([*inside, "address", "add", f"{address}/24", "dev", "eth0"], check=True)
        subprocess.run([*inside, "link", "set", "eth0", "up"], check=True)
        return holder.pid

    @staticmethod
    def ip(*arguments):
        subprocess.run(["ip", *arguments], check=True)

    def __exit__(self, *_):
        subprocess.run(["nft", "delete", "table", "ip", self.TABLE], capture_output=True)
        for holder in self.holders:
            holder.kill()
            holder.wait()
        subprocess.run(["ip", "link", "delete", self.BRIDGE], capture_output=True)


class Containers:
    """The same by skiff."""

    def __init__(self, engine, image):
        self.engine, self.image = engine, image

    def __enter__(self):
        options = ["run", "-d", "--network", "bridge"]
        self.ids = [self.engine.call(*options, "-p", f"{PORT}:{PORT}", self.image, "sleep", "1000").strip(),
                    self.engine.call(*options, self.image, "sleep", "1000").strip()]
        self.pids = [int(self.look("{{.State.Pid}}", each)) for each in self.ids]
        self.FIRST = self.look("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", self.ids[0])
        self.GATEWAY = self.look("{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", self.ids[0])
        return self

    def look(self, template, identity):
        return self.engine.call("inspect", "--format", template, identity).strip()

    def __exit__(self, *_):
        self.engine.call("rm", "-f", "-t", "0", *self.ids)


def measure_throughput(base, skiff, image, rounds, only):
    """MB/s from one member to the other, and from the host through the published port."""
    title = "TCP throughput"
    if not re.search(only, title) or not all(shutil.which(tool) for tool in ("ip", "nft", "nsenter", "unshare")):
        return
    program = base / "throughput"
    subprocess.run(["cc", "-O2", "-static", "-o", str(program), str(HERE / "throughput.c")], check=True)
    with HandMade() as hand, Containers(skiff, image) as containers:
        servers = [subprocess.Popen(["nsenter", "-t", str(side.pids[0]), "-n", str(program), "serve", str(PORT)]) for side in (containers, hand)]
        time.sleep(0.3)
        try:
            send = [str(program), "send"]
            compare_rates(f"{title}, two containers", {"skiff": containers, "by hand": hand}, rounds,
                          lambda side: ["nsenter", "-t", str(side.pids[1]), "-n", *send, side.FIRST, str(PORT), str(MILLISECONDS)])
            compare_rates(f"{title}, published port", {"skiff": containers, "by hand": hand}, rounds,
                          lambda side: [*send, side.GATEWAY, str(PORT), str(MILLISECONDS)])
        finally:
            for server in servers:
                server.kill()
                server.wait()


def compare_rates(title, sides, rounds, command):
    rates = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            rates[name].append(float(subprocess.run(command(side), check=True, capture_output=True, text=True).stdout))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    cells = [f"{title:28}"] + [f"{name} {max(rates[name]):.0f} {medians[name]:.0f}" for name in sides]
    print("  ".join(cells), f" MB/s (best, median)  {medians['skiff'] / medians['by hand']:.2f} of by hand  (wanted: 0.95)", flush=True)
