"""Every stream that any test makes goes through its dialect's state machine, whoever reads it and whatever for.

The dialects' `stream` is wrapped: each piece is checked as it is made, whatever the size of the stream and whether its
client stays, and the end once it is made. `tests/conftest.py` does so in this process, `tests/checked/` in servers that
tests start; a stream out of order fails the test that made it. In this process, events and whole replies are also held
against the types of the official SDKs (`tests/sdk_types.py`).
"""

from collections.abc import Callable
from typing import Any

from ni.dialects.base import StreamRenderer
from ni.dialects.chat_variants import ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.texts import CompletionsDialect
from ni.domain.call import Call, Json
from ni.domain.errors import Problem
from tests.dialects.checkers import CHECKERS

SHOWN_BYTES = 16 * 1024
DIALECTS: tuple[type[Any], ...] = (
    CompletionsDialect,
    MessagesDialect,
    ResponsesDialect,
    ChatVariantsDialect,
)
Report = Callable[[str], None]
Make = Callable[[Any, Call, str], StreamRenderer]
Typed = Callable[[str, bytes], None]
"""Raises `ValueError` for bytes of a dialect that its official types do not allow."""


def untyped(dialect: str, octets: bytes) -> None:
    """In servers that tests start: the SDKs would take longer to load than the server."""


class Checked:
    """A renderer whose stream is checked; its first fault is reported, with what came right before it."""

    def __init__(
        self, renderer: StreamRenderer, dialect: str, report: Report, typed: Typed | None = None
    ) -> None:
        self._renderer = renderer
        self._typed = typed or untyped
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
            self._typed(self._dialect, octets)
            self._checker.feed(octets)
            if over:
                self._checker.over()
        except (AssertionError, KeyError, ValueError, TypeError, AttributeError) as fault:
            self._broken = True
            told = self._shown.decode(errors="replace")
            self._report(f"{self._dialect}: {type(fault).__name__} {fault}\n{told}")
        return octets


def checked(make: Make, dialect: str, report: Report, typed: Typed = untyped) -> Make:
    """A dialect's `stream`, with what it makes checked."""

    def stream(self: Any, call: Call, model: str) -> StreamRenderer:
        return Checked(make(self, call, model), dialect, report, typed)

    return stream


def typed_reply(
    make: Callable[..., bytes], dialect: str, report: Report, typed: Typed
) -> Callable[..., bytes]:
    """A dialect's `reply`, with what it makes checked."""

    def reply(self: Any, call: Call, model: str, told: Json) -> bytes:
        octets = make(self, call, model, told)
        try:
            typed(dialect, octets)
        except (AssertionError, KeyError, ValueError) as fault:
            report(f"{dialect}: {fault}\n{octets[:SHOWN_BYTES].decode(errors='replace')}")
        return octets

    return reply


def install(
    put: Callable[[type[Any], str, Any], object],
    report: Report,
    event: Typed = untyped,
    whole: Typed | None = None,
) -> None:
    """Wrap every dialect by `put(class, name, function)`; `event` and `whole` hold what is made against types."""
    for dialect in DIALECTS:
        put(dialect, "stream", checked(dialect.stream, dialect.name, report, event))
        if whole is not None:
            put(dialect, "reply", typed_reply(dialect.reply, dialect.name, report, whole))
