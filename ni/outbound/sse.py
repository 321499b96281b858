"""Incremental parser of server-sent events (WHATWG HTML, section 9.2.6): bytes in, events out.

Lines end with CR, LF or CRLF, also when split between the two. Comments, unknown fields, `id` and `retry` are skipped,
since nothing reconnects. An event without its closing empty line is dropped, as the standard says; `unfinished` reports
it. Lines and events are bounded in size.
"""

import re
from typing import NamedTuple

from ni.outbound.errors import TooLarge

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
