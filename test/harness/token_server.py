#!/usr/bin/python3 -ISB
"""A token server for docker-registry on loopback: JWTs signed with the key of the test's certificate.

usage: token_server.py CERTIFICATE KEY        (prints its port)

Anybody may pull from repositories below public/; "user" with the password "pass word" may do everything. Each request is
written to the file token.log: the user, then the scopes that were asked for.
Source: distribution's documentation, "Token Authentication Specification", "Token Authentication Implementation".
"""
import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse
import uuid

CERTIFICATE, KEY = sys.argv[1:]


def plain(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def integer(der, position):
    """A DER integer as 32 bytes, and where the next thing begins."""
    length = der[position + 1]
    return der[position + 2:position + 2 + length].lstrip(b"\0").rjust(32, b"\0"), position + 2 + length


def signed(claims):
    pem = open(CERTIFICATE).read().split("-----")[2]
    header = {"typ": "JWT", "alg": "ES256", "x5c": ["".join(pem.split())]}
    text = plain(json.dumps(header).encode()) + "." + plain(json.dumps(claims).encode())
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", KEY], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    r, position = integer(der, 2)
    s, _ = integer(der, position)
    return text + "." + plain(r + s)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        user = self.user()
        if user is None:
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong password"}]})
        scopes = [scope for text in query.get("scope", []) for scope in text.split(" ")]
        with open("token.log", "a") as log:
            log.write(f"{user} {' '.join(scopes)}\n")
        now = int(time.time())
        claims = {"iss": "test-issuer", "sub": user, "aud": query["service"][0], "exp": now + 300, "nbf": now - 10, "iat": now,
                  "jti": str(uuid.uuid4()), "access": [self.granted(user, scope) for scope in scopes]}
        self.answer(200, {"token": signed(claims), "expires_in": 300})

    def user(self):
        kind, _, rest = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return "anonymous"
        name, _, password = base64.b64decode(rest).decode().partition(":")
        return name if (name, password) == ("user", "pass word") else None

    @staticmethod
    def granted(user, scope):
        kind, rest = scope.split(":", 1)
        name, words = rest.rsplit(":", 1)
        actions = words.split(",")
        if user == "anonymous":
            actions = [action for action in actions if action == "pull" and name.startswith("public/")]
        return {"type": kind, "name": name, "actions": actions}

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
