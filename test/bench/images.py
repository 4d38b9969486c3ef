"""What is timed with images of five layers: pull, push, load, save and import, with docker-registry on loopback.

The floor of a pull is `curl | igzip -dc | tar x` (or zstd -dc) of the same layers, one after the other.
"""
import os
import pathlib
import random
import shutil
import socket
import subprocess
import time

import image_builder

LAYERS = 5
FILES = 300
FILE_BYTES = 128 << 10


def half_random(generator, size):
    """Compresses to about half: gzip has work, and so has whoever inflates."""
    return b"".join(generator.randbytes(256) + bytes(256) for _ in range(size // 512))


def big_image():
    generator = random.Random(4)
    image = image_builder.Image()
    image.do_busybox()
    for layer in range(LAYERS):
        if layer:
            image.do_layer()
        for number in range(FILES):
            image.layers[-1].add(f"data{layer}-{number}", b"0", 0o644, half_random(generator, FILE_BYTES))
    return image


class Registry:
    """docker-registry on loopback with its files below `base`; none where it is not installed."""

    def __init__(self, base):
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self.host = "127.0.0.1:{}".format(chosen.getsockname()[1])
        config = base / "registry.yml"
        config.write_text(f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
                          f"storage: {{filesystem: {{rootdirectory: {base}/registry}}, delete: {{enabled: true}}}}\nhttp: {{addr: {self.host}}}\n")
        self.process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://{self.host}/v2/"]).returncode:
            time.sleep(0.05)

    def end(self):
        self.process.terminate()
        self.process.wait()


class Images:
    """The measures. Made once, at the first that is wanted."""

    def __init__(self):
        self.registry = None

    def prepare(self, engine):
        if self.registry:
            return
        base = self.base = engine.box.directory.parent
        self.registry = Registry(base)
        image = big_image()
        for method in ("gzip", "zstd"):
            layout = base / f"layout-{method}"
            image_builder.write_directory(layout, image.oci_members("v1", method))
            subprocess.run(["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout}:v1", f"docker://{self.name(method)}"], check=True)
        image_builder.write_archive(base / "docker.tar", image.docker_members("localhost/five:latest", "none"))
        image_builder.write_archive(base / "oci.tar", image.oci_members("localhost/five:latest", "gzip"))
        (base / "rootfs.tar").write_bytes(image.tars()[0])
        self.layers = {method: self.layer_urls(method) for method in ("gzip", "zstd")}

    def name(self, method):
        return f"{self.registry.host}/bench/{method}:v1"

    def layer_urls(self, method):
        digests = subprocess.run(["skopeo", "inspect", "--tls-verify=false", "--format", "{{range .Layers}}{{.}} {{end}}", f"docker://{self.name(method)}"],
                                 check=True, capture_output=True, text=True).stdout.split()
        return [f"http://{self.registry.host}/v2/bench/{method}/blobs/{digest}" for digest in digests]

    def pull(self, method):
        def timed(engine):
            self.prepare(engine)
            elapsed = engine.time("pull", "-q", "--tls-verify=false", self.name(method))
            engine.call("rmi", "-f", self.name(method))
            return elapsed
        return timed

    def pull_present(self, engine):
        self.prepare(engine)
        engine.call("pull", "-q", "--tls-verify=false", self.name("gzip"))
        elapsed = engine.time("pull", "-q", "--tls-verify=false", self.name("gzip"))
        engine.call("rmi", "-f", self.name("gzip"))
        return elapsed

    def push(self, engine):
        """To a repository that has nothing, of a registry that has the blobs elsewhere: so to one of its own."""
        self.prepare(engine)
        engine.call("load", "-q", "-i", str(self.base / "docker.tar"))
        fresh = self.base / f"fresh-{engine.name}"
        fresh.mkdir()
        registry = Registry(fresh)
        try:
            return engine.time("push", "-q", "--tls-verify=false", "localhost/five:latest", f"{registry.host}/bench/five:v1")
        finally:
            registry.end()
            shutil.rmtree(fresh)
            engine.call("rmi", "-f", "localhost/five:latest")

    def load(self, archive):
        def timed(engine):
            self.prepare(engine)
            elapsed = engine.time("load", "-q", "-i", str(self.base / archive))
            engine.call("rmi", "-f", "localhost/five:latest")
            return elapsed
        return timed

    def save(self, engine):
        self.prepare(engine)
        engine.call("load", "-q", "-i", str(self.base / "docker.tar"))
        elapsed = engine.time("save", "-q", "-o", str(self.base / f"saved-{engine.name}.tar"), "localhost/five:latest")
        engine.call("rmi", "-f", "localhost/five:latest")
        os.unlink(self.base / f"saved-{engine.name}.tar")
        return elapsed

    def importing(self, engine):
        self.prepare(engine)
        elapsed = engine.time("import", "-q", str(self.base / "rootfs.tar"), "localhost/imported:latest")
        engine.call("rmi", "-f", "localhost/imported:latest")
        return elapsed

    def floor(self, method):
        """Milliseconds of the shell's way to unpack the layers of a pull."""
        tool = "zstd -dc" if method == "zstd" else f"{'igzip' if shutil.which('igzip') else 'gzip'} -dc"
        target = pathlib.Path(self.base / "unpacked")
        target.mkdir()
        begin = time.perf_counter()
        for url in self.layers[method]:
            subprocess.run(["sh", "-c", f"curl -s {url} | {tool} | tar x -C {target}"], check=True)
        elapsed = (time.perf_counter() - begin) * 1000
        shutil.rmtree(target)
        return elapsed

    def end(self):
        if self.registry:
            self.registry.end()


IMAGES = Images()

# name, function, share of the rounds, wanted ratio podman : skiff
MEASURES = [
    ("pull, 5 layers, gzip", IMAGES.pull("gzip"), 0.2, 2),
    ("pull, 5 layers, zstd", IMAGES.pull("zstd"), 0.2, 2.5),
    ("pull, all present", IMAGES.pull_present, 0.2, 0),
    ("push, 5 layers", IMAGES.push, 0.15, 0),
    ("load of docker-archive", IMAGES.load("docker.tar"), 0.2, 2),
    ("load of oci-archive", IMAGES.load("oci.tar"), 0.2, 2),
    ("save of docker-archive", IMAGES.save, 0.2, 2),
    ("import", IMAGES.importing, 0.2, 2),
]
