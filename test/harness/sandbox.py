"""A sandbox: one root and one runroot of their own, and the check that nothing outlives a test.

A leak is anything that `rm --all --force` leaves behind: a process, a mount, a cgroup, a network namespace,
a directory, a row. Processes are found because the supervisor of a test is a child subreaper: whatever a test
starts, however often it forks, ends up below the supervisor.
"""
import ctypes
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNET = 0x40000000
CLONE_NEWNS = 0x00020000
MS_REC, MS_SLAVE = 0x4000, 0x80000
libc = ctypes.CDLL(None, use_errno=True)

# What an idle engine may keep below RUNROOT: lock files, and directories without content.
IDLE_RUNROOT_FILES = {"skiff.lock", "nft", "bridges"}
# Tables whose rows may outlive their container.
LASTING_TABLES = {"meta", "blob", "layer", "image", "image_name", "exit_record", "event", "network", "lease_cursor",
                  "volume", "secret", "image_index", "image_index_name", "image_index_entry"}


def become_subreaper():
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(signal_number):
    libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def enter_own_network():
    """A network namespace for this process and what it starts: nothing there but a loopback interface that is up."""
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x41)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def enter_own_mounts():
    """A mount namespace for this process and what it starts: what is mounted in it shows nowhere else."""
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_SLAVE, None) != 0:
        raise OSError(ctypes.get_errno(), "a mount namespace of the test's own")


def children_of(pid):
    try:
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (OSError, ValueError):
        return []


def descendants(pid):
    found = []
    for child in children_of(pid):
        found.append(child)
        found += descendants(child)
    return found


def describe_process(pid):
    try:
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
        return f"{pid} [{stat[0].split('(', 1)[1]}] {stat[1].split()[0]} {command[:160]}"
    except OSError:
        return f"{pid} (gone)"


def reap():
    """Collects every dead child without waiting."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def in_child(work):
    """The result of `work()`, done in a child while this process reaps every orphan. (A zombie whose reaper is busy
    keeps its PID namespace alive: the container's init could not end.)"""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as out:
            out.write(json.dumps(work()))
        os._exit(0)
    os.close(writer)
    os.set_blocking(reader, False)
    text = b""
    ended = False
    while not ended:
        done, _ = os.waitpid(-1, os.WNOHANG)
        ended = done == pid
        if done == 0:
            time.sleep(0.002)
        try:
            while block := os.read(reader, 65536):
                text += block
        except BlockingIOError:
            pass
    os.close(reader)
    return json.loads(text) if text else [f"process {pid} of the harness died"]


def kill_descendants():
    """Ends every process below this one; new orphans become our children, hence the loop."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        reap()
        pids = descendants(os.getpid())
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)


def mounts_below(directory):
    lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if f"{directory}/" in line]


def mount_points_below(directory):
    # mountinfo writes blanks as \040; test directories have none, what tests mount below them may.
    points = [line.split()[4].encode().decode("unicode_escape") for line in mounts_below(directory)]
    return [point for point in points if point.startswith(f"{directory}/")]


def cgroup_directories():
    # A guest's or a host's controllers may be mounted elsewhere as well (/run/hugetlb).
    tops = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        if line.split(" - ")[1].split()[0] in ("cgroup", "cgroup2"):
            tops.append(line.split()[4])
    return {entry for top in tops for entry, _, _ in os.walk(top)}


def is_idle_cgroup(path):
    """No process in it or below: nothing that still runs explains it."""
    for top, _, _ in os.walk(path):
        try:
            if pathlib.Path(top, "cgroup.procs").read_text():
                return False
        except OSError:
            pass
    return os.path.isdir(path)


def host_state():
    """What a whole run of tests must leave as it was."""
    netns = pathlib.Path("/run/netns")
    return {
        "cgroup": cgroup_directories(),
        "network namespace": {p.name for p in netns.iterdir()} if netns.is_dir() else set(),
        "network link": set(os.listdir("/sys/class/net")),
    }


class Sandbox:
    def __init__(self, directory, program, runtime=""):
        self.directory = pathlib.Path(directory)
        self.program = program
        self.runtime = runtime
        self.is_podman = os.path.basename(program) == "podman"
        self.root = self.directory / "root"
        self.runroot = self.directory / "run"
        self.scratch = self.directory / "scratch"
        self.scratch.mkdir(parents=True)

    # ------------------------------------------------------------ the program

    def command(self, *arguments):
        flags = ["--root", str(self.root), "--runroot", str(self.runroot)]
        if self.is_podman:
            flags += ["--tmpdir", str(self.directory / "tmp")]
        if self.runtime:
            flags += ["--runtime", self.runtime]
        return [self.program, *flags, *arguments]

    def environment(self):
        keep = ("PATH", "LANG", "TZ", "CI", "ASAN_OPTIONS", "UBSAN_OPTIONS")
        environment = {name: os.environ[name] for name in keep if name in os.environ}
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        conf = self.directory / "containers.conf"
        conf.write_text(self._configuration())
        environment.update(HOME=str(home), TMPDIR=str(self.scratch), CONTAINERS_CONF=str(conf), LC_ALL="C.UTF-8",
                           SKIFF=self.program, SKIFF_RUNTIME=self.runtime, SKIFF_ROOT=str(self.root),
                           SKIFF_RUNROOT=str(self.runroot), SKIFF_SCRATCH=str(self.scratch))
        return environment

    def _configuration(self):
        """The host's own configuration stays out; a network is the subject of few tests, and none is quickest."""
        if not self.is_podman:
            return '[containers]\nnetns = "none"\n'
        # podman's built-in limits exceed the hard ones of many CI machines.
        return ('[containers]\nnetns = "none"\ndefault_ulimits = ["nofile=1024:1024", "nproc=4000:4000"]\n'
                '[engine]\nevents_logger = "none"\ncgroup_manager = "cgroupfs"\n')

    def run(self, *arguments, timeout=60, environment=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, errors="replace",
                              timeout=timeout, env={**self.environment(), **(environment or {})}, **options)

    def seed(self, template, archive):
        """Puts the test image into the root: by copying a root that has it, which skiff's design allows."""
        if self.is_podman:
            result = self.run("load", "-q", "-i", str(archive))
            if result.returncode != 0:
                raise RuntimeError(f"seeding failed: {result.stderr}")
        else:
            subprocess.run(["cp", "-a", str(template), str(self.root)], check=True)

    # ------------------------------------------------------------ leaks

    def database(self):
        paths = sorted(self.root.glob("*.db")) + sorted(self.root.glob("*.sqlite"))
        return paths[0] if paths and not self.is_podman else None

    def query(self, statement, *parameters):
        database = self.database()
        if database is None:
            return []
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(statement, parameters).fetchall()
        finally:
            connection.close()

    def container_ids(self):
        """Every container that the database knows, or knew until lately."""
        return {row[0] for row in self.query("SELECT id FROM container UNION SELECT container_id FROM exit_record")}

    def remove_everything(self):
        """`rm --all --force`; gives back complaints."""
        if not self.root.exists():
            return []
        result = self.run("rm", "--all", "--force", "--time", "0")
        if result.returncode != 0 or result.stderr.strip():
            return [f"rm --all --force: exit {result.returncode}: {result.stderr.strip()}"]
        return []

    def leaks(self, grace=2.0):
        """What is left after remove_everything(). Waits `grace` seconds for what ends by itself."""
        deadline = time.monotonic() + grace
        while True:
            reap()
            found = self._leaks_now()
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def _leaks_now(self):
        found = [f"process: {describe_process(pid)}" for pid in descendants(os.getpid())]
        # podman keeps one mount of its own, which is nobody's leak.
        found += [f"mount: {line}" for line in mounts_below(self.directory) if "/root/overlay rw" not in line]
        if self.is_podman:
            return found
        ids = self.container_ids()
        if ids:
            found += [f"cgroup: {path}" for path in cgroup_directories() if any(i in path for i in ids)]
            found += [f"network namespace: {p}" for p in pathlib.Path("/run/netns").glob("*") if p.name in ids]
            # A container's links begin with nine digits of its ID.
            parts = {i[:9] for i in ids}
            found += [f"link: {name}" for _, name in socket.if_nameindex() if name.startswith("sk") and name[2:11] in parts]
        return found + self._leaked_files() + self._leaked_rows()

    def _leaked_files(self):
        found = []
        for top, directories, files in os.walk(self.runroot):
            relative = os.path.relpath(top, self.runroot)
            if relative.endswith("/@cache"):  # compiled seccomp programs, until the next epoch
                continue
            found += [f"runroot file: {relative}/{name}" for name in files if name not in IDLE_RUNROOT_FILES]
            # Fixed directories (locks, oci/crun) stay; what is named by an ID must be gone.
            found += [f"runroot directory: {relative}/{name}" for name in directories if len(name) == 64]
        for name in ("containers", "staging"):
            directory = self.root / name
            if directory.is_dir():
                found += [f"root directory: {name}/{p.name}" for p in directory.iterdir()
                          if not p.name.endswith(".lock")]  # the next command that stages sweeps those
        return found + self._leaked_content() + self._leaked_volumes()

    def _leaked_volumes(self):
        """Volumes and secrets outlive containers; what is on disk is what the rows say, and nothing is half made or mounted."""
        found = []
        for table, column, directory in (("volume", "name", "volumes"), ("secret", "id", "secrets")):
            places = {p.name for p in (self.root / directory).iterdir()} if (self.root / directory).is_dir() else set()
            rows = {row[0] for row in self.query(f"SELECT {column} FROM {table}")} if places else set()
            found += [f"{table} without a row: {name}" for name in places - rows]
        found += [f"volume half made: {p}" for p in self.root.glob("volumes/*/*") if p.name not in ("_data", "upper", "work")]
        return found

    def _leaked_content(self):
        """Blobs and layers on disk without a row, rows without a file."""
        found = []
        for table, column, pattern in (("blob", "digest", "blobs/sha256/*"), ("layer", "chain_id", "layers/*")):
            rows = {row[0].split(":", 1)[1] for row in self.query(f"SELECT {column} FROM {table}")}
            disk = {p.name for p in self.root.glob(pattern)}
            found += [f"{table} without a row: {name}" for name in disk - rows]
            found += [f"{table} without a file: {name}" for name in rows - disk]
        return found

    def _leaked_rows(self):
        found = []
        tables = [row[0] for row in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table in LASTING_TABLES or table.startswith("sqlite_"):
                continue
            for row in self.query(f'SELECT * FROM "{table}" LIMIT 3'):
                found.append(f"row: {table}: {str(row)[:200]}")
        return found

    def clean(self):
        """Removes whatever is left, whether it should be there or not."""
        kill_descendants()
        for point in reversed(mount_points_below(self.directory)):
            libc.umount2(point.encode(), 2)  # MNT_DETACH
        self._remove_cgroups()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _remove_cgroups(self):
        try:
            ids = self.container_ids()
        except sqlite3.Error:
            return
        paths = [p for p in cgroup_directories() if any(i in p for i in ids)] if ids else []
        for path in sorted(paths, key=len, reverse=True):
            try:
                os.rmdir(path)
            except OSError:
                pass


def choose_base():
    """Where sandboxes live: in memory when there is room (no sync slows a test), else on disk."""
    if "SKIFF_TEST_TMP" in os.environ:
        return pathlib.Path(os.environ["SKIFF_TEST_TMP"])
    shm = os.statvfs("/dev/shm")
    roomy = shm.f_bavail * shm.f_frsize > 2 << 30
    return pathlib.Path("/dev/shm" if roomy else "/var/tmp")


def prepare_template(base, program, archive):
    """A root that has the test image, made by `load`; Sandbox.seed copies it."""
    box = Sandbox(base / "template", program)
    if box.is_podman:
        return box.root
    result = box.run("load", "-q", "-i", str(archive))
    if result.returncode != 0:
        raise SystemExit(f"loading the test image failed: {result.stderr.strip()}")
    return box.root


def report_line(counts):
    return f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
