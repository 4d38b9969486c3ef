"""What the registries of the tests share: requests are answered in one way, and a second server is "another host".

Used by hostile_registry.py and writable_registry.py; isolated mode (-I) leaves out their directory, so they add it to sys.path.
"""
import http.server
import threading


class RegistryHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", content_type="application/json", **headers):
        """Underscores in the names of `headers` stand for hyphens; a list is a header several times."""
        self.send_response(status)
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name.replace("_", "-"), str(one))
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, label, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.label = label

    def handle_error(self, *_):
        pass


def begin(label, handler):
    """Serves beside the program's own thread; gives the server."""
    server = Server(label, handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
