"""HTTP/1.1 messages (RFC 9112): writing requests, reading response heads, bodies in their three framings, and the
server-sent events in them (WHATWG HTML, section 9.2.6).

It is our own because it must never hold back a piece of a stream. It supports what an API client needs and refuses
what is ambiguous: bare line feeds, folded lines, repeated lengths, unknown codings. Body decoders
(section 6) return all content in the bytes they are fed; `rest` holds bytes after the body, which make a connection
unfit for reuse. A `Response` is read once, in pieces or whole; its connection returns to the pool if the body was read
to its end.

Of event streams, lines end with CR, LF or CRLF, also when split between the two. Comments, unknown fields, `id` and
`retry` are skipped, since nothing reconnects. An event without its closing empty line is dropped, as the standard says;
`unfinished` reports it. Lines and events are bounded in size.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ni.domain.clock import Clock
from ni.domain.reply import Peer
from ni.outbound.connection import Connection
from ni.outbound.errors import Cut, Malformed, TooLarge, TooSlow, Unsendable

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LINE_LIMIT = 4096
_TRAILER_LIMIT = 16 * 1024
_INFLATED_LIMIT = 4 * 1024 * 1024  # of one piece of at most 64 KiB


class Body(Protocol):
    """A decoder of one body."""

    ended: bool
    rest: bytes

    def feed(self, arrived: bytes) -> bytes:
        """The content in what arrived. Raises `Malformed`."""

    def finish(self) -> None:
        """The peer closed. Raises `Cut` if the body was not complete."""


class Sized:
    """A body of a known length."""

    def __init__(self, length: int) -> None:
        self._missing = length
        self.ended = length == 0
        self.rest = b""

    def feed(self, arrived: bytes) -> bytes:
        """All that arrived, up to the length."""
        if len(arrived) > self._missing:
            arrived, self.rest = arrived[: self._missing], arrived[self._missing :]
        self._missing -= len(arrived)
        self.ended = self._missing == 0
        return arrived

    def finish(self) -> None:
        """The peer closed: fine only behind the last byte."""
        if not self.ended:
            raise Cut(f"the connection ended {self._missing} bytes before the end of the body")


class UntilClose:
    """A body that ends with the connection, where a cut looks like an end."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""

    def feed(self, arrived: bytes) -> bytes:
        """All that arrived."""
        return arrived

    def finish(self) -> None:
        """The end."""
        self.ended = True


class Chunked:
    """The chunked coding; chunk extensions and trailers are read and dropped."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._pending = b""  # an unfinished size line, separator or trailer
        self._missing = 0  # of the current chunk
        self._separator = False  # the line end behind a chunk is due
        self._trailer_bytes = -1  # -1 until the last chunk was seen

    def feed(self, arrived: bytes) -> bytes:
        """The content of all chunks and parts of chunks in what arrived."""
        buffer, self._pending = self._pending + arrived, b""
        content: list[bytes] = []
        at = 0
        while at < len(buffer) and not self.ended:
            if self._missing:
                piece = buffer[at : at + self._missing]
                content.append(piece)
                at += len(piece)
                self._missing -= len(piece)
                self._separator = self._missing == 0
                continue
            end = buffer.find(b"\r\n", at)
            if end < 0:
                self._hold(buffer[at:])
                break
            self._line(buffer[at:end])
            at = end + 2
        if self.ended:
            self.rest = buffer[at:]
        return content[0] if len(content) == 1 else b"".join(content)

    def _hold(self, pending: bytes) -> None:
        if len(pending) > _LINE_LIMIT or (self._separator and pending != b"\r"):
            raise Malformed("a chunk does not end where it said")
        self._pending = pending

    def _line(self, line: bytes) -> None:
        if self._trailer_bytes >= 0:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > _TRAILER_LIMIT:
                raise Malformed("the trailer is too long")
            self.ended = not line
        elif self._separator:
            if line:
                raise Malformed("a chunk does not end where it said")
            self._separator = False
        else:
            match = _SIZE_LINE.fullmatch(line)
            if match is None:
                raise Malformed("a chunk has no size")
            self._missing = int(match[1], 16)
            if self._missing == 0:
                self._trailer_bytes = 0

    def finish(self) -> None:
        """The peer closed: fine only behind the last chunk and its trailer."""
        if not self.ended:
            raise Cut("the connection ended in the middle of a chunked body")


class Gzipped:
    """A body under the coding gzip (RFC 9110 section 8.4.1.3), which proxies before local servers apply unasked."""

    def __init__(self, framed: Body) -> None:
        self._framed = framed
        self._inflater = zlib.decompressobj(31)
        self.ended = False
        self.rest = b""

    def feed(self, arrived: bytes) -> bytes:
        """The content in what arrived, all that its sender flushed."""
        try:
            content = self._inflater.decompress(self._framed.feed(arrived), _INFLATED_LIMIT)
        except zlib.error as fault:
            raise Malformed("the answer is not valid gzip data") from fault
        if self._inflater.unconsumed_tail or self._inflater.unused_data:
            raise Malformed("the answer inflates to too much, or goes on behind its gzip data")
        self.ended, self.rest = self._framed.ended, self._framed.rest
        if self.ended and not self._inflater.eof:
            raise Cut("the gzip data ended too early")
        return content

    def finish(self) -> None:
        """The peer closed: fine only behind the end of framing and of coding."""
        self._framed.finish()
        self.feed(b"")


HEAD_LIMIT = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: .*)?", re.DOTALL)
_OURS = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "expect"})


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """Status and headers (lower-case names; repeated ones joined by a comma); `persistent` if the peer keeps open."""

    status: int
    headers: Mapping[str, str]
    persistent: bool


def write_request(line: tuple[str, str, str], headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of a request; `line` is method, request target and authority. Raises `Unsendable`.

    Framing and connection headers are ours: a caller's are left out. Compression is declined, so that
    nothing that comes back has to be inflated.
    """
    method, path, authority = line
    lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}", "Accept-Encoding: identity"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in _OURS]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    text = "\r\n".join(lines)
    if text.count("\r") != len(lines) - 1 or text.count("\n") != len(lines) - 1 or "\0" in text:
        raise Unsendable("a header holds a control character")
    try:
        return text.encode("latin-1") + b"\r\n\r\n" + body
    except UnicodeEncodeError as fault:
        raise Unsendable("a header holds a character outside Latin-1") from fault


def read_head(block: bytes) -> ResponseHead:
    """The head whose bytes lie before the empty line. Raises `Malformed`."""
    first, *lines = block.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(first)
    if match is None or block.count(b"\n") != len(lines) or block.count(b"\r") != len(lines):
        raise Malformed("the answer does not begin like HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed("a header line is not `name: value`")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    closes = "close" in headers.get("connection", "").lower()
    return ResponseHead(int(match[2]), headers, match[1] == b"1" and not closes)


def body_of(method: str, head: ResponseHead) -> tuple[Body, bool]:
    """A decoder for the body, and whether the connection can be used again after it (RFC 9112 section 6.3).

    Raises `Malformed` on a coding other than gzip, or lengths that disagree.
    """
    framed, reusable = _framed(method, head)
    coding = head.headers.get("content-encoding", "identity").lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise Malformed("the answer is compressed although that was declined")
    return framed if coding == "identity" or framed.ended else Gzipped(framed), reusable


def _framed(method: str, head: ResponseHead) -> tuple[Body, bool]:
    coding, length = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if method == "HEAD" or head.status in (204, 304):
        return Sized(0), head.persistent
    if coding is not None:
        if coding.lower() != "chunked":
            raise Malformed("the answer has an unknown transfer coding")
        return Chunked(), head.persistent and length is None
    if length is not None:
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise Malformed("the answer's length is not a number")
        return Sized(int(length)), head.persistent
    return UntilClose(), False


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

    def __init__(self, head: ResponseHead, body: Body, connection: Connection, deadlines: Deadlines) -> None:
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
        """Set what happens to the connection once the body was read to its end; by default it is closed."""
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


EVENT_LIMIT = 8 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event: its type (`message` unless named) and its data, lines joined by LF, as the UTF-8 that came."""

    type: str
    data: bytes


_BLANK_LINES = re.compile(rb"\n{3,}")


class EventReader:
    """Holds what is unfinished between two feeds; nothing complete is held back."""

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._limit = limit
        self._parts: list[bytes] = []  # of a line whose end has not come
        self._size = 0  # bytes in `_parts` and `_lines`
        self._lines: list[bytes] = []  # data lines of an event whose end has not come
        self._type = b""
        self._after_cr = False
        self._begun = False

    @property
    def unfinished(self) -> bool:
        """Whether bytes are left that belong to an event that never ended."""
        return bool(self._parts or self._lines or self._type)

    def feed(self, arrived: bytes) -> list[ServerSentEvent]:
        """The events that are complete with these bytes. Raises `TooLarge`."""
        if self._after_cr and arrived:
            self._after_cr = False
            if arrived.startswith(b"\n"):
                arrived = arrived[1:]
        if b"\r" in arrived:
            self._after_cr = arrived.endswith(b"\r")
            arrived = arrived.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n\n\n" in arrived:
            arrived = _BLANK_LINES.sub(b"\n\n", arrived)  # of several, the first ends the event
        first, *lines = arrived.split(b"\n")
        if not lines:
            self._keep(first)
            return []
        lines.insert(0, self._joined(first))
        rest = lines.pop()
        events: list[ServerSentEvent] = []
        for line in lines:
            if line:
                self._field(line)
            elif self._lines or self._type:
                self._dispatch(events)
        self._keep(rest)
        return events

    def _keep(self, part: bytes) -> None:
        if part:
            self._parts.append(part)
            self._grow(len(part))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise TooLarge(f"an event is larger than {self._limit} bytes")

    def _joined(self, end: bytes) -> bytes:
        line = end
        if self._parts:
            line = b"".join((*self._parts, end))
            self._size -= len(line) - len(end)
            self._parts.clear()
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        return line

    def _field(self, line: bytes) -> None:
        if line.startswith(b"data: "):  # nearly every line there is
            self._lines.append(line[6:])
            self._grow(len(line))
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._lines.append(value.removeprefix(b" "))
            self._grow(len(line))
        elif name == b"event":
            self._type = value.removeprefix(b" ")

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        if self._lines:
            data = self._lines[0] if len(self._lines) == 1 else b"\n".join(self._lines)
            events.append(ServerSentEvent(self._type.decode("utf-8", "replace") or "message", data))
            self._lines.clear()
        self._type = b""
        self._size = 0
