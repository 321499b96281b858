"""A provider that means harm, or is broken: it answers a chat completion with whatever bytes a test says.

`act` writes to the connection until it is done or the peer leaves; the number of calls and the peers that left are
counted. Everything is bounded by `LONGEST_S`.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

LONGEST_S = 20.0
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
Act = Callable[[socket.socket], None]


class HostileUpstream:
    """Serves on loopback, one request per connection."""

    def __init__(self, act: Act | None = None) -> None:
        self.act: Act = act or whole({})
        self.served = 0
        self.left_at: list[float] = []

    @property
    def base_url(self) -> str:
        """The base URL, with `/v1`."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def __enter__(self) -> "HostileUpstream":
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, suppress(OSError):
            head = _request(peer)
            if head.startswith(b"GET "):
                _reply(peer, {"object": "list", "data": []})
                return
            self.served += 1
            try:
                self.act(peer)
            except OSError:
                self.left_at.append(time.monotonic())


def _request(peer: socket.socket) -> bytes:
    held = b""
    while b"\r\n\r\n" not in held:
        arrived = peer.recv(65536)
        if not arrived:
            return held
        held += arrived
    head, _, body = held.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(body) < length:
        body += peer.recv(65536)
    return head


def _reply(peer: socket.socket, body: Any) -> None:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n"
    peer.sendall(head.encode() + b"Connection: close\r\n\r\n" + raw)


def event(**chunk: Any) -> bytes:
    """One event of OpenAI's stream."""
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", **chunk}
    return b"data: " + json.dumps(frame).encode() + b"\n\n"


def text(piece: str, finish: str | None = None) -> bytes:
    """An event with a piece of the answer."""
    delta = {"content": piece} if piece else {}
    return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


def completion(usage: Any, content: str = "hello") -> dict[str, Any]:
    """A whole answer with whatever is said of its usage; None leaves it out."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    said = {} if usage is None else {"usage": usage}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **said,
    }


def whole(usage: Any, content: str = "hello") -> Act:
    """Answers with a whole completion."""
    return lambda peer: _reply(peer, completion(usage, content))


def streamed(*pieces: bytes, pause_s: float = 0.0) -> Act:
    """Answers with these pieces and ends."""

    def act(peer: socket.socket) -> None:
        peer.sendall(STREAM)
        for piece in pieces:
            peer.sendall(piece)
            time.sleep(pause_s)

    return act


def flood(piece: bytes, first: bytes = b"", seconds: float = LONGEST_S) -> Act:
    """Writes a piece again and again, as fast as the pipe takes it."""

    def act(peer: socket.socket) -> None:
        ends_at = time.monotonic() + min(seconds, LONGEST_S)
        peer.sendall(STREAM + first)
        many = piece * (65536 // len(piece) + 1)
        while time.monotonic() < ends_at:
            peer.sendall(many)

    return act


def slow(pieces: Iterator[bytes], pause_s: float) -> Act:
    """Writes pieces with pauses until the peer leaves."""

    def act(peer: socket.socket) -> None:
        peer.sendall(STREAM)
        for piece in pieces:
            peer.sendall(piece)
            time.sleep(pause_s)

    return act
