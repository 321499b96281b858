"""One open connection: a connected socket, plain or TLS, with deadlines on every wait and a close that works from
anywhere. It knows bytes, not HTTP. It runs alike on plain sockets and on gevent's.
"""

import socket
import ssl
from contextlib import suppress

from ni.domain.pace import give_way
from ni.outbound.faults import Closed, Cut, TooSlow

_RECEIVE_BYTES = 64 * 1024
_SEND_BYTES = 256 * 1024


class Connection:
    """A socket to a vetted peer; `address` and `tls_spki` say who it is, `opened_at` and `idle_at` are monotonic."""

    __slots__ = (
        "_in_use",
        "_sock",
        "_timeout_s",
        "address",
        "buffer",
        "closed",
        "idle_at",
        "opened_at",
        "tls_spki",
    )

    def __init__(self, sock: socket.socket, address: str, tls_spki: str, opened_at: float) -> None:
        self._sock = sock
        self._timeout_s: float | None = -1.0
        self._in_use = False
        self.address = address
        self.tls_spki = tls_spki
        self.opened_at = opened_at
        self.idle_at = opened_at
        self.buffer = b""
        self.closed = False

    def send(self, wire: bytes, timeout_s: float) -> None:
        """Write all bytes. Raises `TooSlow`, `Cut`, `Closed`."""
        self._wait_at_most(timeout_s)
        self._in_use = True
        try:
            sent = self._sock.send(
                wire
            )  # nearly always all of it: `sendall` asks the socket for its size first
            if sent < len(wire):
                self._send_rest(memoryview(wire)[sent:])
        except TimeoutError as fault:
            raise TooSlow("sending the request", timeout_s) from fault
        except (OSError, ValueError) as fault:
            raise self._ended() from fault
        finally:
            self._leave()

    def _send_rest(self, rest: memoryview) -> None:
        for at in range(0, len(rest), _SEND_BYTES):
            self._sock.sendall(rest[at : at + _SEND_BYTES])
            give_way()  # neither does `sendall`, as long as there is room

    def receive(self, timeout_s: float) -> bytes:
        """What arrives next, as it arrives; empty at the end. Raises `TooSlow`, `Cut`, `Closed`."""
        self._wait_at_most(timeout_s)
        self._in_use = True
        try:
            arrived = self._sock.recv(_RECEIVE_BYTES)
        except TimeoutError as fault:
            raise TooSlow("the next byte", timeout_s) from fault
        except (OSError, ValueError) as fault:  # ValueError: a TLS socket that was shut down under its reader
            raise self._ended() from fault
        finally:
            self._leave()
        if self.closed:  # what a reader still finds after our own shutdown is not the answer
            raise Closed("closed by our side")
        give_way()  # `recv` does not, as long as there is data
        return arrived

    def quiet(self) -> bool:
        """Whether an idle connection is still open and silent: a peer that closed or spoke unasked is not reusable."""
        try:
            self._wait_at_most(0.0)
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except (OSError, ValueError, Closed):
            return False
        return False

    def close(self) -> None:
        """Shut the socket down, which wakes whoever waits on it; safe from any thread or greenlet, any number of times.

        The descriptor itself is released by the one who is using it, so that it cannot be reused under a reader.
        """
        if self.closed:
            return
        self.closed = True
        with suppress(OSError, ValueError):  # it may be gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        if not self._in_use:
            self._sock.close()

    def _leave(self) -> None:
        self._in_use = False
        if self.closed:
            self._sock.close()

    def _ended(self) -> Closed | Cut:
        return Closed("closed by our side") if self.closed else Cut("the connection was cut")

    def _wait_at_most(self, timeout_s: float) -> None:
        if self.closed:
            raise Closed("closed by our side")
        if timeout_s != self._timeout_s:
            self._timeout_s = timeout_s
            try:
                self._sock.settimeout(timeout_s)
            except OSError as fault:
                raise Closed("closed by our side") from fault
