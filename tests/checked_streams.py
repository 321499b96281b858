"""Every stream that any test makes goes through its dialect's state machine, whoever reads it and whatever for.

The dialects' `stream` is wrapped: the bytes of a stream are kept, up to a bound, and checked once it was ended or
failed. `tests/conftest.py` does so in this process, `tests/checked/` in servers that tests start; a stream out of order
fails the test that made it.
"""

from collections.abc import Callable
from typing import Any

from ni.dialects.dialect import StreamRenderer
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.shaped_chat import ShapedChatDialect
from ni.domain.call import Call, Json
from ni.domain.errors import Problem
from tests.dialects.checkers import CHECKS

MOST_BYTES = 64 * 1024
DIALECTS: tuple[type[Any], ...] = (MessagesDialect, ResponsesDialect, ShapedChatDialect)
Report = Callable[[str], None]
Make = Callable[[Any, Call, str], StreamRenderer]


class Checked:
    """A renderer whose stream is checked when it is over."""

    def __init__(self, renderer: StreamRenderer, dialect: str, report: Report) -> None:
        self._renderer = renderer
        self._dialect = dialect
        self._report = report
        self._kept = bytearray()

    def chunk(self, chunk: Json) -> bytes:
        return self._noted(self._renderer.chunk(chunk))

    def end(self) -> bytes:
        return self._over(self._noted(self._renderer.end()))

    def error(self, problem: Problem, message: str) -> bytes:
        return self._over(self._noted(self._renderer.error(problem, message)))

    def ping(self) -> bytes:
        return self._noted(self._renderer.ping())

    def _noted(self, octets: bytes) -> bytes:
        if len(self._kept) <= MOST_BYTES:
            self._kept += octets
        return octets

    def _over(self, octets: bytes) -> bytes:
        if len(self._kept) <= MOST_BYTES:
            try:
                CHECKS[self._dialect](bytes(self._kept))
            except (AssertionError, KeyError, ValueError, TypeError) as fault:
                self._report(f"{self._dialect}: {type(fault).__name__} {fault}\n{self._kept.decode()}")
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
