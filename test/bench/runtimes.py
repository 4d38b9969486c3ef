"""The rows about bare OCI runtimes: skiff-oci beside crun on one ready bundle, and the floor (floor.c)."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent


def write_bundle(directory, podman, image):
    """A bundle with the spec that podman writes for the same container, but for what podman itself must provide."""
    (directory / "rootfs" / "bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", directory / "rootfs/bin/busybox")
    for name in ("true", "sleep"):
        (directory / "rootfs/bin" / name).symlink_to("busybox")
    identity = podman.call("create", "--network", "none", image, "true").strip()
    podman.call("init", identity)
    path = next(podman.box.root.glob(f"overlay-containers/{identity}/userdata/config.json"), None) or \
        next(podman.box.runroot.glob(f"overlay-containers/{identity}/userdata/config.json"))
    spec = json.loads(path.read_text())
    podman.call("rm", "-f", identity)
    spec["root"] = {"path": "rootfs"}
    spec["process"]["terminal"] = False
    spec["linux"].pop("cgroupsPath", None)
    spec["mounts"] = [mount for mount in spec["mounts"] if mount.get("type") != "bind"]
    spec["hooks"] = {}
    (directory / "config.json").write_text(json.dumps(spec))
    sleeping = directory.with_name(directory.name + "-sleeping")
    sleeping.mkdir()
    (sleeping / "rootfs").symlink_to(directory / "rootfs")
    spec["root"] = {"path": str(directory / "rootfs")}
    spec["process"]["args"] = ["sleep", "100000"]
    (sleeping / "config.json").write_text(json.dumps(spec))


class Bare:
    """One runtime, called as engines call it."""

    def __init__(self, name, program, base, bundle):
        self.name = name
        self.argv = [str(program), "--root", str(base / f"{name}-state")]
        self.bundle = bundle
        self.sleeper = None

    def time(self, *arguments):
        begin = time.perf_counter()
        subprocess.run([*self.argv, *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)
        return (time.perf_counter() - begin) * 1000

    def run(self):
        return self.time("run", "-b", str(self.bundle), f"bench-{self.name}-{os.getpid()}")

    def execute(self):
        if self.sleeper is None:
            self.sleeper = f"bench-sleeper-{self.name}-{os.getpid()}"
            subprocess.run([*self.argv, "run", "-d", "-b", str(self.bundle) + "-sleeping", self.sleeper], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.time("exec", self.sleeper, "/bin/true")

    def end(self):
        if self.sleeper is not None:
            subprocess.run([*self.argv, "delete", "--force", self.sleeper], capture_output=True)


class Floor:
    """floor.c, built once; each call is one start that does nothing but the system calls it cannot do without."""

    def __init__(self, base, rootfs):
        self.program = base / "floor"
        subprocess.run(["cc", "-O2", "-static", "-o", str(self.program), str(HERE / "floor.c")], check=True)
        (base / "floor-scratch").mkdir()
        self.argv = [str(self.program), "-n", "1", str(rootfs), str(base / "floor-scratch"), "/bin/true"]

    def time(self):
        begin = time.perf_counter()
        subprocess.run(self.argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - begin) * 1000


class DirtyDisk:
    """Writes 100 MB/s to a file of that file system while it is entered."""

    def __init__(self, directory):
        self.path = directory / "dirty"
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.write)

    def write(self):
        block = os.urandom(1 << 20)
        with open(self.path, "wb", buffering=0) as file:
            begin, written = time.monotonic(), 0
            while not self.stop.is_set():
                if file.tell() > 1 << 30:
                    file.seek(0)
                file.write(block)
                written += len(block)
                time.sleep(max(0.0, written / 100e6 - (time.monotonic() - begin)))

    def __enter__(self):
        self.thread.start()
        time.sleep(2)

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.path.unlink()


def compare(title, functions, rounds, wanted=None):
    """Takes turns; prints the medians and the first one's share of the second's."""
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(function())
    medians = {name: statistics.median(values) for name, values in times.items()}
    cells = [f"{title:28}"] + [f"{name} {min(times[name]):.1f} {medians[name]:.1f}" for name in functions]
    first, *others = medians
    cells += [f"{medians[first] / medians[other]:.2f} of {other}" for other in others]
    print("  ".join(cells) + (f"  (wanted: {wanted})" if wanted else ""), flush=True)
    return times


def back_to_back(title, functions, rounds, wanted):
    """Each one's turns without a pause between; prints how many times the first is faster."""
    medians = {name: statistics.median([function() for _ in range(rounds)]) for name, function in functions.items()}
    first, *others = medians
    ratios = [f"{medians[other] / medians[first]:.1f} × {other}" for other in others]
    print("  ".join([f"{title:28}"] + [f"{name} {value:.1f}" for name, value in medians.items()] + ratios) + f"  (wanted: {wanted})",
          flush=True)
