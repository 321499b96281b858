"""The three framings of a response body (RFC 9112 section 6) as incremental decoders without sockets.

`feed` takes what arrived and gives all content in it at once: nothing that could be passed on is kept. `rest` holds
bytes behind the end of the body, which nobody asked for and which make a connection unfit for reuse.
"""

import re
from typing import Protocol

from ni.outbound.faults import Cut, Malformed

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LINE_LIMIT = 4096
_TRAILER_LIMIT = 16 * 1024


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
    """A body that ends with the connection: a cut cannot be told from an end."""

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
