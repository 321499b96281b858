"""`python -m bench.otlp_sink PORT`: a collector that takes everything and reads nothing of it."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._taken()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._taken()

    def _taken(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer((LOOPBACK, int(sys.argv[1])), _Sink).serve_forever()
