"""A response whose head is in: its body is read once, as pieces that are passed on when they arrive, or whole.

The connection goes back to the pool when the body was read to its end, and is closed in every other case.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from ni.domain.clock import Clock
from ni.domain.reply import Peer
from ni.outbound.bodies import Body
from ni.outbound.connection import Connection
from ni.outbound.faults import TooLarge, TooSlow
from ni.outbound.http1 import Head

READ_LIMIT = 32 * 1024 * 1024
QUIET_LIMIT = 16 * 1024 * 1024
"""Bytes that may come without a sign of life: comments, pings, an event that does not end."""


class Deadlines:
    """How long the next wait may take: `idle_s` between signs of life, never past the end of the whole exchange.

    A wait lasts `beat_s` at most, so that whoever reads hears of the silence and can go on waiting. What is a sign of
    life says the reader (`heard`): a peer that sends bytes without meaning is silent.
    """

    __slots__ = ("_beat_at", "_beat_s", "_clock", "_ends_at", "_heard_at", "_idle_s", "_total_s")

    def __init__(self, clock: Clock, idle_s: float, total_s: float, beat_s: float) -> None:
        self._clock = clock
        self._idle_s = idle_s
        self._total_s = total_s
        self._beat_s = beat_s
        self._heard_at = self._beat_at = clock.monotonic()
        self._ends_at = self._heard_at + total_s

    def next_s(self) -> float:
        """Seconds that the next wait may take. Raises `TooSlow` when the whole, or the silence, took too long."""
        now = self._clock.monotonic()
        if now >= self._ends_at:
            raise TooSlow("the whole response", self._total_s)
        if now - self._heard_at >= self._idle_s:
            raise TooSlow("the next event", self._idle_s)
        ends_at = min(self._ends_at, self._heard_at + self._idle_s, self._beat_at + self._beat_s)
        return max(ends_at - now, 0.001)

    def heard(self) -> None:
        """A sign of life came."""
        self._heard_at = self._beat_at = self._clock.monotonic()

    def beat(self) -> bool:
        """Whether it is time to tell the reader of the silence; the next time is `beat_s` later."""
        now = self._clock.monotonic()
        if now - self._beat_at < self._beat_s:
            return False
        self._beat_at = now
        return True

    def hurry(self, left_s: float) -> None:
        """End the whole sooner: `left_s` from now."""
        self._total_s = left_s
        self._ends_at = self._clock.monotonic() + left_s


class Response:
    """Status, headers (lower-case names) and a body; `peer` says who answered."""

    __slots__ = (
        "_body",
        "_connection",
        "_deadlines",
        "_quiet_bytes",
        "_release",
        "_released",
        "headers",
        "peer",
        "status",
    )

    def __init__(self, head: Head, body: Body, connection: Connection, deadlines: Deadlines) -> None:
        self.status: int = head.status
        self.headers: Mapping[str, str] = head.headers
        self.peer = Peer(connection.address, connection.tls_spki, "", head.status)
        self._body = body
        self._connection = connection
        self._deadlines = deadlines
        self._release: Callable[[], None] = connection.close
        self._released = False
        self._quiet_bytes = 0

    def when_read(self, release: Callable[[], None]) -> None:
        """What to do with the connection once the body was read to its end; closing it, unless told otherwise."""
        self._release = release

    def alive(self) -> None:
        """What was read last had meaning: the silence of the peer is over."""
        self._quiet_bytes = 0
        self._deadlines.heard()

    def pieces(self) -> Iterator[bytes]:
        """The content as it arrives; nothing is held back to fill a block. Raises `OutboundFault`.

        An empty piece says that there was no sign of life for a while: who reads says by `alive()` what is one.
        """
        connection, body = self._connection, self._body
        arrived, connection.buffer = connection.buffer, b""
        try:
            while True:
                content = body.feed(arrived) if arrived else b""
                if content:
                    yield content
                if body.ended:
                    break
                self._quiet_bytes += len(arrived)
                if self._quiet_bytes > QUIET_LIMIT:
                    raise TooLarge(f"more than {QUIET_LIMIT} bytes came without an event")
                while (next_one := self._next()) is None:
                    yield b""
                arrived = next_one
                if not arrived:
                    body.finish()
        except BaseException:  # also an abandoned generator and a killed greenlet
            connection.close()
            raise
        if body.rest:  # bytes that belong to no answer: never to be read as somebody else's
            connection.close()
        self._released = True
        self._release()

    def _next(self) -> bytes | None:
        """What arrives next, empty at the end; None when the reader is to hear of a silence that may go on."""
        while True:
            wait_s = self._deadlines.next_s()
            if self._deadlines.beat():
                return None
            with suppress(TooSlow):
                return self._connection.receive(wait_s)

    def read(self, limit: int = READ_LIMIT) -> bytes:
        """The whole content. Raises `TooLarge` beyond `limit` bytes, `OutboundFault`."""
        pieces: list[bytes] = []
        size = 0
        for piece in self.pieces():
            if piece:
                self.alive()
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                self.close()
                raise TooLarge(f"the response is larger than {limit} bytes")
        return b"".join(pieces)

    def finish_within(self, wait_s: float) -> None:
        """No content is expected any more: wait a moment for the formal end of the body, so that it can be reused."""
        self._deadlines.hurry(wait_s)

    def close(self) -> None:
        """Close the connection now, from any thread or greenlet, any number of times; a reader gets `Closed`.

        Does nothing once the body was read to its end: the connection may by then serve somebody else.
        """
        if not self._released:
            self._connection.close()
