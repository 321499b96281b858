"""A strict fake of OpenAI's chat wire on loopback. Each request takes the next `Script` of the queue, if there is one,
which says how the answer goes wrong; requests that OpenAI would refuse are refused whatever the script says.
"""

import json
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes.openai_rules import error, refuse
from tests.fakes.openai_wire import completion, events
from tests.fakes.text_rules import (
    embeddings,
    refuse_completions,
    refuse_embeddings,
    text_completion,
    text_events,
)
from tests.fakes.usage_log import billed

KEY = "sk-fake-0123456789"
MODELS = ("qwen", "llama3:8b")
REFUSALS = {
    "/v1/chat/completions": refuse,
    "/v1/completions": refuse_completions,
    "/v1/embeddings": refuse_embeddings,
}
STREAMS = {"/v1/chat/completions": events, "/v1/completions": text_events}


@dataclass(frozen=True)
class Script:
    """How one answer is to go: everything None or 0 is as OpenAI does it. Positions are bytes of the body."""

    delay_s: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    piece: int = 0  # send the body in pieces of this size
    end_at: int | None = None  # end here, properly framed
    cut_at: int | None = None  # close here, in the middle of the framing
    reset: bool = False  # close with RST instead of FIN
    stall_at: int | None = None  # stop here and wait for the peer to leave
    no_answer: bool = False  # close before the first byte
    keep_alive: bool = True


class FakeOpenAI(ThreadingHTTPServer):
    """The server; `requests` are the bodies that came, `connections` counts connections."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripts: deque[Script] = deque()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.log: list[dict[str, Any]] = []  # the provider's own account of what it served
        self.connections = 0
        self.base64_known = True  # whether vectors are given so when asked for
        self.stalled = threading.Event()
        self.peer_left = threading.Event()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """The base URL, with `/v1`."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> "FakeOpenAI":
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.shutdown()
        self.server_close()

    def whole(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer that comes whole."""
        if path == "/v1/embeddings":
            return embeddings(body, base64_known=self.base64_known)
        return completion(body) if path == "/v1/chat/completions" else text_completion(body)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Peers leave in tests; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FakeOpenAI

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Say nothing."""

    def do_GET(self) -> None:
        script = self._script()
        listing = {"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]}
        if script.body is not None:
            self._send(script, "application/json", script.body)
        else:
            self._answer(script, *self._authorised() or (200, listing))

    def do_POST(self) -> None:
        script = self._script()
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(raw)
        self.server.requests.append(body)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        refused = self._authorised() or self._addressed() or REFUSALS[self.path](body)
        if refused:
            self._answer(Script(), *refused)
        elif script.body is not None or script.status != 200:
            self._send(script, script.headers.get("Content-Type", "application/json"), script.body or b"")
        elif body.get("stream"):
            self._send(script, "text/event-stream; charset=utf-8", STREAMS[self.path](body))
        else:
            self._answer(script, 200, self.server.whole(self.path, body))

    def _script(self) -> Script:
        script = self.server.scripts.popleft() if self.server.scripts else Script()
        time.sleep(script.delay_s)
        return script

    def _authorised(self) -> tuple[int, dict[str, Any]] | None:
        if self.headers["Authorization"] == f"Bearer {KEY}":
            return None
        shown = self.headers["Authorization"]
        return error(401, f"Incorrect API key provided: {shown}.", "invalid_api_key")

    def _addressed(self) -> tuple[int, dict[str, Any]] | None:
        if self.path not in REFUSALS:
            return error(404, f"Invalid URL (POST {self.path})", None)
        if self.headers["Content-Type"] != "application/json":
            return error(400, "Unsupported content type", None)
        return None

    def _answer(self, script: Script, status: int, body: dict[str, Any]) -> None:
        script = script if status == 200 else Script(status=status)
        self._send(script, "application/json", json.dumps(body, ensure_ascii=False).encode())

    def _send(self, script: Script, form: str, body: bytes) -> None:
        if script.no_answer:
            self._hang_up(script)
            return
        self.send_response(script.status)
        self.send_header("x-request-id", "req_fake")
        for name, value in ({"Content-Type": form} | script.headers).items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        stop_at = min(
            (at for at in (script.cut_at, script.stall_at, script.end_at) if at is not None), default=None
        )
        self.server.log += billed(body, cut=stop_at is not None and stop_at < len(body))
        self._emit(body[:stop_at], script.piece)
        if script.stall_at is not None:
            self.server.stalled.set()
            if self.connection.recv(1) == b"":
                self.server.peer_left.set()
        if script.cut_at is not None or script.stall_at is not None:
            self._hang_up(script)
            return
        self.wfile.write(b"0\r\n\r\n")
        self.close_connection = not script.keep_alive
        return

    def _emit(self, body: bytes, piece: int) -> None:
        step = piece or max(1, len(body))
        for at in range(0, len(body), step):
            part = body[at : at + step]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def _hang_up(self, script: Script) -> None:
        self.close_connection = True
        if script.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
