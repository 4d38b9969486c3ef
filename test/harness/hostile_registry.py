#!/usr/bin/python3 -ISB
"""A registry that misbehaves on purpose, over an OCI image layout.

usage: hostile_registry.py LAYOUT LOG

Prints its port. The first component of a repository's name picks the behaviour (see BEHAVIOURS); tags are those of the layout.
A second server on another port is "another host": what reaches it is in LOG too, as one JSON object a line
(server, method, path, authorization, range).
"""
import base64
import hashlib
import json
import pathlib
import socket
import struct
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import registry_server  # noqa: E402

LAYOUT = pathlib.Path(sys.argv[1])
LOG = open(sys.argv[2], "a", buffering=1)
USER, PASSWORD, TOKEN = "user", "pass word", "good.token"
SCHEMA1 = json.dumps({"schemaVersion": 1, "name": "x", "tag": "v1", "fsLayers": [], "history": []}).encode()
attempts = {}
lock = threading.Lock()


def visit(key):
    with lock:
        attempts[key] = attempts.get(key, 0) + 1
        return attempts[key]


def blob(digest):
    path = LAYOUT / "blobs" / digest.replace(":", "/")
    return path.read_bytes() if path.is_file() else None


def manifest_of_tag(tag):
    for entry in json.loads((LAYOUT / "index.json").read_text())["manifests"]:
        if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag:
            return blob(entry["digest"])
    return None


def altered(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def is_layer(data):
    return data[:1] != b"{"


class Handler(registry_server.RegistryHandler):
    def note(self):
        LOG.write(json.dumps({"server": self.server.label, "method": self.command, "path": self.path,
                              "authorization": self.headers.get("Authorization", ""), "range": self.headers.get("Range", "")}) + "\n")

    def reset(self):
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def head_only(self, length):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def do_GET(self):
        self.note()
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/token":
            return self.token(urllib.parse.parse_qs(url.query))
        if self.server.label == "other":
            return self.elsewhere(url.path)
        if url.path == "/v2/":
            return self.answer(200, b"{}")
        parts = url.path.split("/")
        if len(parts) < 6 or parts[1] != "v2":
            return self.answer(404)
        name, kind, reference = "/".join(parts[2:-2]), parts[-2], parts[-1]
        behave = getattr(self, "be_" + parts[2].replace("-", "_"), self.be_honest)
        return behave(name, kind, reference)

    do_HEAD = do_GET

    # ------------------------------------------------------------ honest

    def be_honest(self, name, kind, reference):
        if kind == "tags":
            return self.answer(200, json.dumps({"name": name, "tags": ["v1"]}).encode())
        data = blob(reference) if reference.startswith("sha256:") else manifest_of_tag(reference)
        if data is None:
            return self.answer(404, json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode())
        if kind == "manifests":
            return self.answer(200, data, json.loads(data)["mediaType"], Docker_Content_Digest="sha256:" + hashlib.sha256(data).hexdigest())
        start = self.headers.get("Range", "")
        if start.startswith("bytes="):
            offset = int(start[6:].rstrip("-"))
            return self.answer(206, data[offset:], "application/octet-stream", Content_Range=f"bytes {offset}-{len(data) - 1}/{len(data)}")
        return self.answer(200, data, "application/octet-stream")

    # ------------------------------------------------------------ content that is not what was promised

    def layer_or_honest(self, name, kind, reference):
        data = blob(reference) if kind == "blobs" else None
        if data is not None and is_layer(data) and self.command == "GET":
            return data
        self.be_honest(name, kind, reference)
        return None

    def be_wrong_digest(self, name, kind, reference):
        if data := self.layer_or_honest(name, kind, reference):
            self.answer(200, altered(data), "application/octet-stream")

    def be_wrong_config(self, name, kind, reference):
        data = blob(reference)
        if kind == "blobs" and not is_layer(data):
            return self.answer(200, altered(data))
        return self.be_honest(name, kind, reference)

    def be_wrong_manifest(self, name, kind, reference):
        if kind == "manifests":
            data = manifest_of_tag("v1")
            return self.answer(200, data + b" ", json.loads(data)["mediaType"], Docker_Content_Digest="sha256:" + hashlib.sha256(data).hexdigest())
        return self.be_honest(name, kind, reference)

    def be_longer(self, name, kind, reference):
        if data := self.layer_or_honest(name, kind, reference):
            self.answer(200, data + b"more", "application/octet-stream")

    def be_shorter(self, name, kind, reference):
        if data := self.layer_or_honest(name, kind, reference):
            self.answer(200, data[:len(data) // 2], "application/octet-stream")

    def be_schema1(self, name, kind, reference):
        self.answer(200, SCHEMA1, "application/vnd.docker.distribution.manifest.v1+prettyjws")

    def be_foreign(self, name, kind, reference):
        if kind != "manifests":
            return self.be_honest(name, kind, reference)
        document = json.loads(manifest_of_tag("v1"))
        document["layers"][0]["urls"] = ["http://127.0.0.1:9/layer"]
        return self.answer(200, json.dumps(document).encode(), document["mediaType"])

    # ------------------------------------------------------------ without end

    def pour(self, content_type, piece):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        block = piece * (65536 // len(piece))
        try:
            for _ in range(20000):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
        except OSError:
            pass
        self.close_connection = True

    def be_endless_layer(self, name, kind, reference):
        if self.layer_or_honest(name, kind, reference):
            self.pour("application/octet-stream", b"0")

    def be_endless_manifest(self, name, kind, reference):
        self.pour("application/vnd.oci.image.manifest.v1+json", b" ")

    def be_endless_headers(self, name, kind, reference):
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(200000):
                self.wfile.write(b"X-%d: %s\r\n" % (number, b"y" * 1000))
        except OSError:
            pass
        self.close_connection = True

    def be_endless_error(self, name, kind, reference):
        self.send_response(404)
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        try:
            for _ in range(20000):
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass
        self.close_connection = True

    def be_endless_redirect(self, name, kind, reference):
        self.answer(307, Location=f"/v2/{name}/{kind}/{reference}?again={visit('redirect')}")

    # ------------------------------------------------------------ trouble that passes

    def be_stall(self, name, kind, reference):
        if data := self.layer_or_honest(name, kind, reference):
            self.head_only(len(data))
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            time.sleep(600)

    def be_slow(self, name, kind, reference):
        """Half of the layer, then nothing for as long as the file `go` is missing."""
        if data := self.layer_or_honest(name, kind, reference):
            self.head_only(len(data))
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            while not pathlib.Path("go").exists():
                time.sleep(0.05)
            self.wfile.write(data[len(data) // 2:])

    def be_reset(self, name, kind, reference):
        data = blob(reference) if kind == "blobs" else None
        if data and is_layer(data) and visit("reset" + reference) == 1:
            self.head_only(len(data))
            self.wfile.write(data[:len(data) // 2])
            return self.reset()
        return self.be_honest(name, kind, reference)

    def be_no_range(self, name, kind, reference):
        """As reset, but a Range header has no effect."""
        if "Range" in self.headers:
            del self.headers["Range"]
        return self.be_reset(name, kind, reference)

    def be_busy(self, name, kind, reference):
        if visit("busy" + kind + reference) <= 2:
            return self.answer(429 if kind == "manifests" else 503, Retry_After=0)
        return self.be_honest(name, kind, reference)

    def be_broken(self, name, kind, reference):
        self.answer(500, json.dumps({"errors": [{"code": "UNKNOWN", "message": "out of\norder"}]}).encode())

    # ------------------------------------------------------------ credentials

    def basic_is_right(self):
        return self.headers.get("Authorization") == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def be_basic(self, name, kind, reference):
        if not self.basic_is_right():
            return self.answer(401, WWW_Authenticate='Basic realm="test"')
        return self.be_honest(name, kind, reference)

    def be_basic_redirect(self, name, kind, reference):
        if not self.basic_is_right():
            return self.answer(401, WWW_Authenticate='Basic realm="test"')
        if kind == "blobs":
            return self.answer(307, Location=f"http://127.0.0.1:{OTHER_PORT}/blob/{reference}")
        return self.be_honest(name, kind, reference)

    def be_redirect_challenge(self, name, kind, reference):
        if not self.basic_is_right():
            return self.answer(401, WWW_Authenticate='Basic realm="test"')
        return self.answer(307, Location=f"http://127.0.0.1:{OTHER_PORT}/challenge")

    def be_redirect_file(self, name, kind, reference):
        self.answer(307, Location="file:///etc/passwd")

    def be_redirect_user(self, name, kind, reference):
        self.answer(307, Location=f"http://someone:secret@127.0.0.1:{OTHER_PORT}/blob/{reference}")

    def bearer(self, name, realm):
        return self.answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service="test",scope="repository:{name}:pull"')

    def be_token(self, name, kind, reference):
        if self.headers.get("Authorization") != "Bearer " + TOKEN:
            return self.bearer(name, f"http://127.0.0.1:{OTHER_PORT}/token")
        return self.be_honest(name, kind, reference)

    def be_expiring(self, name, kind, reference):
        """Every token is good for one request."""
        if self.headers.get("Authorization") != "Bearer " + TOKEN or visit("expiring") % 2 == 0:
            return self.bearer(name, f"http://127.0.0.1:{OTHER_PORT}/token")
        return self.be_honest(name, kind, reference)

    def be_realm_file(self, name, kind, reference):
        return self.bearer(name, "file:///etc/passwd")

    def token(self, query):
        if "Authorization" in self.headers and not self.basic_is_right():
            return self.answer(401, json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]}).encode())
        if "Authorization" not in self.headers and any("private" in scope for scope in query.get("scope", [])):
            return self.answer(401)
        return self.answer(200, json.dumps({"token": TOKEN, "expires_in": 60}).encode())

    def elsewhere(self, path):
        if path == "/challenge":
            return self.answer(401, WWW_Authenticate='Basic realm="give it to me"')
        if path.startswith("/blob/"):
            return self.be_honest("", "blobs", path[6:])
        return self.answer(404)


OTHER_PORT = registry_server.begin("other", Handler).server_port
main = registry_server.Server("main", Handler)
print(main.server_port, flush=True)
main.serve_forever()
