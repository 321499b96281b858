"""An answer on another wire while it is read into the chat form; implements the `Exchange` of the seam.

The wire's own grammar is a `Reader`: it takes one event (or the whole answer) and gives chunks. Everything that must
be alike for all of them is here: closing, cuts, nonsense, and that only an answer which said how it ended is complete.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol

import orjson

from ni.domain.call import Json
from ni.domain.clock import give_way
from ni.domain.errors import Problem, UpstreamError
from ni.domain.reply import Usage
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import Response
from ni.outbound.sse import EventReader
from ni.providers.failures import Party, problem_of_fault
from ni.providers.filler import is_filler
from ni.providers.shapes import completion_of
from ni.providers.usage import bounded

logger = logging.getLogger(__name__)

_END_WAIT_S = 0.05
_NONSENSE = (ValueError, KeyError, TypeError, AttributeError, IndexError)


class Framer(Protocol):
    """Takes bytes as they arrive and gives the events that are complete."""

    def feed(self, arrived: bytes) -> Iterable[Any]:
        """The events that these bytes complete. Raises `OutboundFault` or `ValueError` on nonsense."""


class Reader(Protocol):
    """The grammar of one wire, for one answer.

    `done`: nothing more will come. `usage`: once it is known. `told`: as far as it is known.
    """

    done: bool
    usage: Usage | None

    @property
    def finished(self) -> bool:
        """Whether the upstream said how the answer ended."""

    @property
    def told(self) -> Usage | None:
        """What the upstream has said of the usage so far."""

    def event(self, event: Any) -> Iterable[Json]:
        """The chunks in one event. Raises `Problem` for an error event; `KeyError` and its like for nonsense."""

    def whole(self, answer: Json) -> Iterable[Json]:
        """The chunks of an answer that came whole. Raises as `event` does."""

    def close(self) -> Iterable[Json]:
        """What is left to give at the end: the usage chunk."""


class SseFramer:
    """Server-sent events, of which most wires use only the data."""

    def __init__(self) -> None:
        self._events = EventReader()

    def feed(self, arrived: bytes) -> Iterator[Json]:
        """The JSON objects of the events that are complete, without those that hold no piece of an answer."""
        for event in self._events.feed(arrived):
            if is_filler(event):
                continue
            found = orjson.loads(event.data)
            if not isinstance(found, dict):
                raise TypeError("an event is not an object")
            yield found


class TranslatedExchange:
    """`framer` is None where the answer comes whole, whatever the client asked for."""

    def __init__(
        self, response: Response, party: Party, reader: Reader, framer: Callable[[], Framer] | None
    ) -> None:
        self.peer = response.peer
        self.usage: Usage | None = None
        self._response = response
        self._party = party
        self._reader = reader
        self._framer = framer

    @property
    def told(self) -> Usage | None:
        """What the reader knows so far; nothing where its counts cannot be read, for the call must be settled."""
        try:
            return bounded(self._reader.told)
        except _NONSENSE:
            return None

    def named(self, request_id: str) -> "TranslatedExchange":
        """Note the upstream's own id of the request, if it is fit for a record."""
        if len(request_id) <= 128 and request_id.isascii() and request_id.isprintable():
            self.peer = replace(self.peer, upstream_request_id=request_id)
        return self

    def reply(self) -> Json:
        """The whole `chat.completion`. Raises `Problem`."""
        completion = completion_of(self.chunks())
        for choice in completion["choices"]:
            message = choice["message"]
            if message.get("tool_calls") and not message["content"]:
                message["content"] = None  # as OpenAI writes it
        return completion

    def chunks(self) -> Iterator[Json]:
        """Chunks as they arrive. Raises `Problem`."""
        try:
            yield from self._streamed(self._framer()) if self._framer else self._whole()
            if not self._reader.finished:
                raise UpstreamError(provider=self._party.name)
        except OutboundFault as fault:
            if not self._reader.finished:
                raise problem_of_fault(fault, self._party) from fault
        finally:
            self._response.close()
        closing = self._sane(lambda _: self._reader.close(), None)
        self.usage = bounded(self._reader.usage)
        yield from closing

    def close(self) -> None:
        """Close the upstream connection now."""
        self._response.close()

    def _whole(self) -> Iterator[Json]:
        (answer,) = self._sane(_parsed, self._response.read())
        yield from self._sane(self._reader.whole, answer)

    def _streamed(self, framer: Framer) -> Iterator[Json]:
        for piece in self._response.pieces():
            if not piece:
                yield {}  # silent but there
            for event in self._sane(framer.feed, piece):
                give_way()
                if not _is_ping(event):
                    self._response.alive()
                yield from self._sane(self._reader.event, event)
            if self._reader.done:
                self._response.finish_within(_END_WAIT_S)

    def _sane(self, read: Callable[[Any], Iterable[Any]], given: Any) -> list[Any]:
        """What was read, or the upstream's failure if it cannot be: its shape is not ours to vouch for."""
        try:
            return list(read(given))
        except Problem:
            raise
        except _NONSENSE as fault:
            logger.warning("%s sent what cannot be read: %s", self._party.name, type(fault).__name__)
            raise UpstreamError(provider=self._party.name) from fault


def _is_ping(event: Any) -> bool:
    """Anthropic's own sign that the connection is open, which says nothing of the answer."""
    return isinstance(event, dict) and event.get("type") == "ping"


def _parsed(answer: bytes) -> list[Any]:
    return [orjson.loads(answer)]
