"""Every stream that any test makes goes through its dialect's state machine, whoever reads it and whatever for.

The dialects' `stream` is wrapped: each piece is checked as it is made, whatever the size of the stream and whether its
client stays, and the end once it is made. `tests/conftest.py` does so in this process, `tests/checked/` in servers that
tests start; a stream out of order fails the test that made it.
"""

from collections.abc import Callable
from typing import Any

from ni.dialects.dialect import StreamRenderer
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.shaped_chat import ShapedChatDialect
from ni.domain.call import Call, Json
from ni.domain.errors import Problem
from tests.dialects.checkers import CHECKERS

SHOWN_BYTES = 16 * 1024
DIALECTS: tuple[type[Any], ...] = (MessagesDialect, ResponsesDialect, ShapedChatDialect)
Report = Callable[[str], None]
Make = Callable[[Any, Call, str], StreamRenderer]


class Checked:
    """A renderer whose stream is checked; its first fault is reported, with what came right before it."""

    def __init__(self, renderer: StreamRenderer, dialect: str, report: Report) -> None:
        self._renderer = renderer
        self._dialect = dialect
        self._report = report
        self._checker = CHECKERS[dialect]()
        self._shown = b""
        self._broken = False

    def chunk(self, chunk: Json) -> bytes:
        return self._noted(self._renderer.chunk(chunk))

    def end(self) -> bytes:
        return self._noted(self._renderer.end(), over=True)

    def error(self, problem: Problem, message: str) -> bytes:
        return self._noted(self._renderer.error(problem, message), over=True)

    def ping(self) -> bytes:
        return self._noted(self._renderer.ping())

    def _noted(self, octets: bytes, *, over: bool = False) -> bytes:
        if self._broken:
            return octets
        self._shown = (self._shown + octets)[-SHOWN_BYTES:]
        try:
            self._checker.feed(octets)
            if over:
                self._checker.over()
        except (AssertionError, KeyError, ValueError, TypeError, AttributeError) as fault:
            self._broken = True
            told = self._shown.decode(errors="replace")
            self._report(f"{self._dialect}: {type(fault).__name__} {fault}\n{told}")
        return octets


def checked(make: Make, dialect: str, report: Report) -> Make:
    """A dialect's `stream`, with what it makes checked."""

    def stream(self: Any, call: Call, model: str) -> StreamRenderer:
        return Checked(make(self, call, model), dialect, report)

    return stream


def install(put: Callable[[type[Any], str, Make], object], report: Report) -> None:
    """Wrap every dialect by `put(class, name, function)`."""
    for dialect in DIALECTS:
        put(dialect, "stream", checked(dialect.stream, dialect.name, report))
