#!/usr/bin/python3 -ISB
"""Builds image archives and layouts from a description, honest or hostile.

usage: image_builder.py FILE [--name REFERENCE] [--format FORMAT] [--compress gzip|zstd|xz|bzip2] <DESCRIPTION

FORMAT: docker-archive (default), oci-archive, oci (FILE is a directory), tar (the first layer alone).
Each line of the description is one word and its arguments, quoted as in a shell:

    busybox                          a static busybox with its applets, /etc/passwd, /etc/group, /tmp
    dir PATH [MODE] [UID:GID]        file PATH [CONTENT] [MODE] [UID:GID]      (\\n in CONTENT is a newline)
    symlink PATH TARGET              hardlink PATH TARGET
    fifo PATH                        device PATH c|b MAJOR MINOR
    sparse PATH BYTES                a file of zeros, stored whole (unpacked as a hole)
    filled PATH BYTES                a file of text
    xattr NAME VALUE                 on the entry before
    whiteout PATH                    opaque PATH
    layer                            begins the next layer
    config KEY JSON                  sets config.KEY of the image (Env, WorkingDir, User, Cmd, Entrypoint …)
    top KEY JSON                     sets a member of the image's document itself (architecture, author …)
    corrupt diff-id|config|layer|size    makes that part false
"""
import argparse
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tarfile

BUSYBOX = "/bin/busybox"
MEDIA = "application/vnd.oci.image."
TIME = 1700000000


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def compress(data, method):
    if method == "gzip":
        return gzip.compress(data, 1, mtime=0)
    if method == "xz":
        return lzma.compress(data, preset=0)
    if method == "bzip2":
        return bz2.compress(data, 1)
    if method == "zstd":
        return subprocess.run(["zstd", "-q", "-c", "-1"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


class Layer:
    def __init__(self):
        self.entries = []  # (TarInfo, content)

    def add(self, path, kind, mode, content=b"", owner="0:0", link=""):
        info = tarfile.TarInfo(path.removeprefix("/") if path != "/" else "./")
        if path.startswith("//"):  # a hostile absolute name is written with two slashes
            info.name = path[1:]
        info.type = kind
        info.mode = mode
        info.mtime = TIME
        info.size = len(content)
        info.linkname = link
        info.uid, info.gid = (int(part) for part in owner.split(":"))
        self.entries.append((info, content))
        return info

    def tar(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for info, content in self.entries:
                archive.addfile(info, io.BytesIO(content))
        return buffer.getvalue()


class Image:
    def __init__(self):
        self.layers = [Layer()]
        self.config = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["sh"]}
        self.document = {"created": "2023-11-14T22:13:20Z", "architecture": "amd64", "os": "linux"}
        self.corrupt = set()

    # ------------------------------------------------------------ the words of a description

    def do_busybox(self):
        add = self.layers[-1].add
        for path in ("bin", "etc", "root", "usr", "usr/bin", "home", "home/user"):
            add(path, tarfile.DIRTYPE, 0o755)
        add("tmp", tarfile.DIRTYPE, 0o1777)
        add("bin/busybox", tarfile.REGTYPE, 0o755, pathlib.Path(BUSYBOX).read_bytes())
        for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
            if applet != "busybox":
                add(f"bin/{applet}", tarfile.SYMTYPE, 0o777, link="busybox")
        add("etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
        add("etc/group", tarfile.REGTYPE, 0o644, b"root:x:0:\nuser:x:1000:\nextra:x:2000:user\n")

    def do_dir(self, path, mode="755", owner="0:0"):
        self.layers[-1].add(path, tarfile.DIRTYPE, int(mode, 8), owner=owner)

    def do_file(self, path, content="", mode="644", owner="0:0"):
        data = content.replace("\\n", "\n").encode("utf-8", "surrogateescape")
        self.layers[-1].add(path, tarfile.REGTYPE, int(mode, 8), data, owner)

    def do_symlink(self, path, target):
        self.layers[-1].add(path, tarfile.SYMTYPE, 0o777, link=target)

    def do_hardlink(self, path, target):
        modes = [info.mode for info, _ in self.layers[-1].entries if info.name == target]
        self.layers[-1].add(path, tarfile.LNKTYPE, modes[0] if modes else 0o644, link=target)

    def do_fifo(self, path):
        self.layers[-1].add(path, tarfile.FIFOTYPE, 0o644)

    def do_device(self, path, kind, major, minor):
        info = self.layers[-1].add(path, tarfile.CHRTYPE if kind == "c" else tarfile.BLKTYPE, 0o666)
        info.devmajor, info.devminor = int(major), int(minor)

    def do_sparse(self, path, size):
        self.layers[-1].add(path, tarfile.REGTYPE, 0o644, bytes(int(size)))

    def do_filled(self, path, size):
        self.layers[-1].add(path, tarfile.REGTYPE, 0o644, (b"filled\n" * (int(size) // 7 + 1))[:int(size)])

    def do_xattr(self, name, value):
        self.layers[-1].entries[-1][0].pax_headers[f"SCHILY.xattr.{name}"] = value.encode().decode("unicode_escape")

    def do_whiteout(self, path):
        directory, name = os.path.split(path)
        self.layers[-1].add(os.path.join(directory, ".wh." + name), tarfile.REGTYPE, 0o644)

    def do_opaque(self, path):
        self.layers[-1].add(os.path.join(path, ".wh..wh..opq"), tarfile.REGTYPE, 0o644)

    def do_layer(self):
        self.layers.append(Layer())

    def do_config(self, key, value):
        self.config[key] = json.loads(value)

    def do_top(self, key, value):
        self.document[key] = json.loads(value)

    def do_corrupt(self, part):
        self.corrupt.add(part)

    def describe(self, text):
        for line in text.splitlines():
            word, _, rest = line.strip().partition(" ")
            if word in ("config", "top"):  # JSON has quotes of its own
                getattr(self, "do_" + word)(*rest.split(" ", 1))
            elif word:
                getattr(self, "do_" + word)(*shlex.split(rest))

    # ------------------------------------------------------------ the documents

    def tars(self):
        return [layer.tar() for layer in self.layers]

    def config_document(self, tars):
        diff_ids = [digest_of(tar) for tar in tars]
        if "diff-id" in self.corrupt:
            diff_ids[-1] = digest_of(b"something else")
        history = [{"created": self.document["created"], "created_by": "image_builder"} for _ in tars]
        document = {**self.document, "config": self.config, "rootfs": {"type": "layers", "diff_ids": diff_ids},
                    "history": history}
        return json.dumps(document).encode()

    def docker_members(self, name, method):
        tars = self.tars()
        config = self.config_document(tars)
        config_name = digest_of(config).split(":")[1] + ".json"
        layers = [(f"{digest_of(tar).split(':')[1]}/layer.tar", self._stored(compress(tar, method))) for tar in tars]
        manifest = [{"Config": config_name, "RepoTags": [name] if name else None, "Layers": [n for n, _ in layers]}]
        return [("manifest.json", json.dumps(manifest).encode()), (config_name, self._config(config)), *layers]

    def oci_members(self, name, method):
        tars = self.tars()
        config = self.config_document(tars)
        suffix = {"gzip": "+gzip", "zstd": "+zstd"}.get(method, "")
        blobs = [compress(tar, method) for tar in tars]
        descriptors = [self._descriptor(MEDIA + "layer.v1.tar" + suffix, blob) for blob in blobs]
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json",
                               "config": self._descriptor(MEDIA + "config.v1+json", config),
                               "layers": descriptors}).encode()
        entry = self._descriptor(MEDIA + "manifest.v1+json", manifest)
        if name:
            entry["annotations"] = {"org.opencontainers.image.ref.name": name}
        members = [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
                   ("index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())]
        for stored, true in [(manifest, manifest), (self._config(config), config),
                             *((self._stored(blob), blob) for blob in blobs)]:
            members.append(("blobs/sha256/" + digest_of(true).split(":")[1], stored))
        return members

    def _descriptor(self, media_type, data):
        size = len(data) + (1 if "size" in self.corrupt and "layer" in media_type else 0)
        return {"mediaType": media_type, "digest": digest_of(data), "size": size}

    def _stored(self, data):
        return data[:-1] + bytes([data[-1] ^ 1]) if "layer" in self.corrupt else data

    def _config(self, data):
        return data.replace(b"linux", b"plan9") if "config" in self.corrupt else data


def write_archive(path, members):
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = TIME
            archive.addfile(info, io.BytesIO(data))


def write_directory(path, members):
    shutil.rmtree(path, ignore_errors=True)
    for name, data in members:
        target = pathlib.Path(path) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def write_busybox(path):
    image = Image()
    image.do_busybox()
    write_archive(path, image.docker_members("localhost/busybox:latest", "none"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--name", default="localhost/test:latest")
    parser.add_argument("--format", default="docker-archive", choices=("docker-archive", "oci-archive", "oci", "tar"))
    parser.add_argument("--compress", default="none", choices=("none", "gzip", "zstd", "xz", "bzip2"))
    options = parser.parse_args()
    name = options.name
    if options.format == "docker-archive" and name and ":" not in name.rsplit("/", 1)[-1]:
        name += ":latest"
    image = Image()
    image.describe(sys.stdin.read())
    if options.format == "tar":
        pathlib.Path(options.file).write_bytes(compress(image.tars()[0], options.compress))
    elif options.format == "oci":
        write_directory(options.file, image.oci_members(name, options.compress))
    elif options.format == "oci-archive":
        write_archive(options.file, image.oci_members(name, options.compress))
    else:
        write_archive(options.file, image.docker_members(name, options.compress))


if __name__ == "__main__":
    main()
