"""A server on loopback that answers each request with bytes given by the test, or does with the socket what it says."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Act = bytes | Callable[[socket.socket], None]
"""What to send as an answer, or what to do instead; after an act that is not bytes the connection is closed."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class RawServer:
    """`acts` are taken in order, then `OK` for ever; `seen` are the requests, `connections` those accepted."""

    acts: list[Act] = field(default_factory=list)
    wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock
    seen: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> "RawServer":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            with self.wrap(sock) as wrapped:
                while request := read_request(wrapped):
                    self.seen.append(request)
                    act = self.acts.pop(0) if self.acts else OK
                    if not isinstance(act, bytes):
                        return act(wrapped)
                    wrapped.sendall(act)
        except OSError:
            return None  # the peer left, or refused our certificate


def read_request(sock: socket.socket) -> bytes:
    """One request with its body; empty when the peer has left."""
    held = b""
    while b"\r\n\r\n" not in held:
        arrived = sock.recv(65536)
        if not arrived:
            return b""
        held += arrived
    head = held.split(b"\r\n\r\n")[0].lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(held) < len(head) + 4 + length:
        held += sock.recv(65536)
    return held


def until_peer_leaves(sock: socket.socket) -> None:
    """Say nothing more, and wait."""
    while sock.recv(1024):
        pass
