#!/usr/bin/python3 -ISB
"""A registry in memory that takes pushes in the ways that the distribution spec allows, and in some that it does not.

usage: writable_registry.py LOG

Prints its port. The first component of a repository's name picks the behaviour. A second server on another port is "another host". Each
request is in LOG, one JSON object a line (server, method, path, authorization, status).
"""
import hashlib
import json
import pathlib
import sys
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import registry_server  # noqa: E402

LOG = open(sys.argv[1], "a", buffering=1)
blobs, manifests, uploads, attempts = {}, {}, {}, {}
lock = threading.Lock()


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Handler(registry_server.RegistryHandler):
    def answer(self, status, body=b"", content_type="application/json", **headers):
        LOG.write(json.dumps({"server": self.server.label, "method": self.command, "path": self.path, "status": status,
                              "authorization": self.headers.get("Authorization", "")}) + "\n")
        if self.behaviour == "warning":
            headers["Warning"] = ['299 - "this registry \\"closes\\" soon"', '199 - "not for clients"']
        super().answer(status, body, content_type, **headers)

    def error(self, status, code):
        self.answer(status, json.dumps({"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}).encode())

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = urllib.parse.parse_qs(url.query)
        parts = url.path.strip("/").split("/")
        self.behaviour = parts[1] if len(parts) > 1 else ""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path == "/v2/":
            return self.answer(200, b"{}")
        for kind in ("manifests", "tags", "uploads", "blobs"):
            if kind in parts[1:]:
                where = len(parts) - 1 - parts[::-1].index(kind)
                repository = "/".join(parts[1:where]).removesuffix("/blobs")
                return getattr(self, kind)(repository, "/".join(parts[where + 1:]))
        return self.error(404, "UNSUPPORTED")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any

    # ------------------------------------------------------------ content

    def manifests(self, repository, reference):
        if self.command == "PUT":
            return self.put_manifest(repository, reference)
        if self.behaviour == "headless" and self.command == "HEAD":
            return self.error(405, "UNSUPPORTED")
        found = manifests.get((repository, reference))
        if found is None:
            return self.error(404, "MANIFEST_UNKNOWN")
        media_type, data = found
        headers = {} if self.behaviour == "mute" else {"Docker_Content_Digest": digest_of(data)}
        return self.answer(200, data, media_type, **headers)

    def put_manifest(self, repository, reference):
        entry = (self.headers["Content-Type"], self.body)
        manifests[repository, reference] = manifests[repository, digest_of(self.body)] = entry
        headers = {"Location": f"/v2/{repository}/manifests/{reference}"}
        headers["Docker_Content_Digest"] = digest_of(b"another" if self.behaviour == "liar" else self.body)
        subject = json.loads(self.body).get("subject")
        if self.behaviour == "subject" and subject:
            headers["OCI_Subject"] = subject["digest"]
        return self.answer(201, **headers)

    def tags(self, repository, _):
        names = sorted(reference for name, reference in manifests if name == repository and not reference.startswith("sha256:"))
        if self.behaviour != "paged":
            return self.answer(200, json.dumps({"name": repository, "tags": names}).encode())
        last = self.query.get("last", [""])[0]
        page = [name for name in names if name > last][:2]
        more = f'</v2/{repository}/tags/list?n=2&last={page[-1]}>; rel="next"' if page and page[-1] != names[-1] else ""
        if repository == "paged/elsewhere":
            more = f'<http://127.0.0.1:{OTHER_PORT}/v2/{repository}/tags/list>; rel="next"'
        if repository == "paged/forever":
            more = f'</v2/{repository}/tags/list>; rel="next"'
        return self.answer(200, json.dumps({"name": repository, "tags": page}).encode(), **({"Link": more} if more else {}))

    def blobs(self, repository, digest):
        data = blobs.get((repository, digest))
        return self.error(404, "BLOB_UNKNOWN") if data is None else self.answer(200, data, "application/octet-stream")

    # ------------------------------------------------------------ uploads

    def uploads(self, repository, session):
        if self.command == "POST":
            return self.begin(repository)
        if self.command != "PUT" or uploads.pop(session, None) != repository:
            return self.error(404, "BLOB_UPLOAD_UNKNOWN")
        digest = self.query.get("digest", [""])[0]
        with lock:
            attempts[digest] = attempts.get(digest, 0) + 1
        if self.behaviour == "flaky" and attempts[digest] == 1:
            return self.error(503, "UNAVAILABLE")
        if self.behaviour == "stateful" and self.query.get("state") != ["a b&c"]:
            return self.error(400, "BLOB_UPLOAD_INVALID")
        if digest_of(self.body) != digest:
            return self.error(400, "DIGEST_INVALID")
        blobs[repository, digest] = self.body
        return self.answer(201, Location=f"/v2/{repository}/blobs/{digest}", Docker_Content_Digest=digest)

    def begin(self, repository):
        digest, source = self.query.get("mount", [""])[0], self.query.get("from", [""])[0]
        if (source, digest) in blobs and self.behaviour != "unmountable":
            blobs[repository, digest] = blobs[source, digest]
            return self.answer(201, Location=f"/v2/{repository}/blobs/{digest}", Docker_Content_Digest=digest)
        with lock:
            session = f"session{len(attempts)}-{len(uploads)}-{id(self)}"
            uploads[session] = repository
        place = f"/v2/{repository}/blobs/uploads/{session}"
        if self.behaviour == "stateful":
            place += "?state=a%20b%26c"
        elif self.behaviour == "elsewhere":
            place = f"http://127.0.0.1:{OTHER_PORT}{place}"
        elif self.behaviour == "absolute":
            place = f"http://{self.headers['Host']}{place}"
        elif self.behaviour == "nowhere":
            return self.answer(202)
        return self.answer(202, Location=place)


OTHER_PORT = registry_server.begin("other", Handler).server_port
main = registry_server.Server("main", Handler)
print(main.server_port, flush=True)
main.serve_forever()
