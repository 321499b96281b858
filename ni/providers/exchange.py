"""An answer of OpenAI's shape while it is read: whole or as chunks, whichever form the upstream chose.

Complete is a stream whose every choice gave its finish reason; anything else that ends, with or without `[DONE]`,
was cut and raises. (Who says `[DONE]` may leave out choices that it never began.) Events without a piece of an answer
are skipped (`filler.py`); what else is not JSON, or not an object, is a failure of the upstream.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from ni.domain.call import Json
from ni.domain.clock import give_way
from ni.domain.errors import Problem, UpstreamError
from ni.domain.reply import Peer, Usage
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import Response
from ni.outbound.sse import EventReader
from ni.providers.answer_repair import AnswerRepair
from ni.providers.call_repair import Malformed
from ni.providers.failures import Party, problem_in_stream, problem_of_fault
from ni.providers.filler import is_filler
from ni.providers.shapes import chunks_of, completion_of
from ni.providers.usage import read_usage

_DONE = b"[DONE]"
_SILENCE = b""
_END_WAIT_S = 0.05


Prepare = Callable[[Any, str], Any]
"""Takes an object and the name of the part that holds a choice's text: `message` or `delta`."""


def unchanged(told: Any, part: str) -> Any:
    """What came is in chat's form."""
    return told


@dataclass(frozen=True, slots=True)
class Form:
    """What was asked for: streamed or whole, and how many choices; `frame` and `limit` as for `AnswerRepair`.

    `prepare` brings each object that came to chat's form, where the wire is a neighbour of it.
    """

    streamed: bool
    choices: int
    frame: Json = field(default_factory=dict)
    prepare: Prepare = unchanged
    limit: int = 0


class RelayedExchange:
    """Implements the `Exchange` of the seam."""

    def __init__(self, response: Response, peer: Peer, party: Party, form: Form) -> None:
        self.peer = peer
        self.usage: Usage | None = None
        self._response = response
        self._party = party
        self._form = form
        self._repair = AnswerRepair(form.frame, form.limit)
        self._begun: set[int] = set()
        self._finished: set[int] = set()

    @property
    def told(self) -> Usage | None:
        """The usage, which this wire tells at the end."""
        return self.usage

    def reply(self) -> Json:
        """The whole `chat.completion`. Raises `Problem`."""
        if self._came_streamed():
            return completion_of(self._streamed())
        completion = self._whole()
        self.usage = read_usage(completion.get("usage"))
        return completion

    def chunks(self) -> Iterator[Json]:
        """Chunks as they arrive. Raises `Problem`."""
        return self._streamed() if self._came_streamed() else self._cut_up()

    def close(self) -> None:
        """Close the upstream connection now."""
        self._response.close()

    def _came_streamed(self) -> bool:
        form = self._response.headers.get("content-type", "").lower()
        return "event-stream" in form or (self._form.streamed and "json" not in form)

    def _cut_up(self) -> Iterator[Json]:
        completion = self._whole()
        self.usage = read_usage(completion.get("usage"))
        yield from chunks_of(completion)

    def _whole(self) -> Json:
        try:
            completion = orjson.loads(self._response.read())
        except OutboundFault as fault:
            raise problem_of_fault(fault, self._party) from fault
        except orjson.JSONDecodeError as fault:
            raise self._nonsense() from fault
        self._raise_error(completion)
        try:
            return self._repair.completion(self._form.prepare(completion, "message"))
        except Malformed as fault:
            raise self._nonsense() from fault

    def _streamed(self) -> Iterator[Json]:
        done = False
        try:
            for content in self._events():
                done = done or content == _DONE
                if not done:
                    yield self._chunk(content) if content else {}
            if not self._complete(done):
                raise UpstreamError(provider=self._party.name)
        except OutboundFault as fault:
            if not self._complete(done):
                raise (self._nonsense() if done else problem_of_fault(fault, self._party)) from fault
        finally:
            self._response.close()

    def _events(self) -> Iterator[bytes]:
        reader = EventReader()
        for piece in self._response.pieces():
            if not piece:
                yield _SILENCE
            events = [event for event in reader.feed(piece) if not is_filler(event)]
            if events:
                self._response.alive()
            for event in events:
                give_way()
                if event.data == _DONE:
                    self._response.finish_within(_END_WAIT_S)
                yield event.data

    def _complete(self, done: bool) -> bool:
        """Whether every choice that began has finished, and none can be missing."""
        all_there = done or len(self._finished) >= self._form.choices
        return bool(self._finished) and self._begun <= self._finished and all_there

    def _chunk(self, content: bytes) -> Json:
        try:
            chunk = orjson.loads(content)
        except orjson.JSONDecodeError as fault:
            raise self._nonsense() from fault
        self._raise_error(chunk)
        try:
            chunk = self._repair.chunk(self._form.prepare(chunk, "delta"))
        except Malformed as fault:
            raise self._nonsense() from fault
        for choice in chunk["choices"]:
            (self._finished if choice["finish_reason"] else self._begun).add(choice["index"])
        if chunk.get("usage"):
            self.usage = read_usage(chunk["usage"]) or self.usage
        return chunk

    def _raise_error(self, answer: Any) -> None:
        """Raise the problem that an error object inside an answer is."""
        if isinstance(answer, dict) and answer.get("error"):
            raise problem_in_stream(answer["error"], self._party)

    def _nonsense(self) -> Problem:
        return UpstreamError(provider=self._party.name)
