"""Answers as they are read: `OpenAIResponse` for OpenAI's API, `TranslatedResponse` for all other APIs.

A stream is complete when every choice gave its finish reason; one that ends otherwise, with or without `[DONE]`, was
cut and raises. Only of own servers, some of which never say a reason, `[DONE]` alone is the end of what began. Events
without a piece of an answer, which servers send to keep a connection open (`null`, `[]`, blank data, a bare word such
as `ping`), are skipped; anything else that is not a JSON object is an error of the upstream. A `Reader` holds the
grammar of one API and writes `chat.completion.chunk` objects with `ChunkWriter`, which numbers tool calls 0, 1, 2 in
the order in which they begin.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import orjson

from ni.domain.call import Json
from ni.domain.clock import give_way
from ni.domain.errors import Problem, UpstreamError
from ni.domain.json_text import JsonStream, read_leniently
from ni.domain.reply import Peer, Usage
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import EventReader, Response, ServerSentEvent
from ni.providers.errors import Upstream, problem_in_stream, problem_of_fault
from ni.providers.repair import AnswerRepair, MalformedAnswer
from ni.providers.usage import bounded, chunks_of, completion_of, read_usage

_FILLER = re.compile(
    rb"""(?: null | \[\s*\] | \{\s*\} | [A-Za-z:][A-Za-z0-9_. :-]{0,63} | -?\d{1,20} | "[^"\\{}]{0,64}" )?""",
    re.VERBOSE,
)
_OBJECT = b"{"


def is_filler(event: ServerSentEvent) -> bool:
    """Whether an event holds no piece of an answer."""
    if event.data[:1] == _OBJECT and len(event.data) > len("{ }"):
        return False  # nearly every event there is
    return event.type != "error" and _FILLER.fullmatch(event.data.strip()) is not None


_DONE = b"[DONE]"
_SILENCE = b""
_END_WAIT_S = 0.05
MOST_CHOICES = 128
"""In one answer or event, unless more were asked for. OpenAI's own limit of `n`:
https://platform.openai.com/docs/api-reference/chat/create#chat-create-n"""
_SAYING = ("content", "tool_calls", "reasoning_content", "function_call", "refusal")


Prepare = Callable[[Any, str], Any]
"""Takes an object and the name of the part that holds a choice's text: `message` or `delta`."""


def unchanged(answer: Any, part: str) -> Any:
    """What came is in chat's form."""
    return answer


@dataclass(frozen=True, slots=True)
class Form:
    """What was asked for: streamed or not, and how many choices. `frame`, `limit`, `names` are as in `AnswerRepair`.

    `prepare` brings each object that came to chat's form, where the wire is a neighbour of it. `ends_unsaid`: `[DONE]`
    ends the choices that gave no finish reason.
    """

    streamed: bool
    choices: int
    frame: Json = field(default_factory=dict)
    prepare: Prepare = unchanged
    limit: int = 0
    names: Collection[str] = ()
    ends_unsaid: bool = False


class OpenAIResponse:
    """An answer of OpenAI's API, whole or streamed; implements `ProviderResponse`."""

    def __init__(self, response: Response, peer: Peer, upstream: Upstream, form: Form) -> None:
        self.peer = peer
        self.usage: Usage | None = None
        self._response = response
        self._upstream = upstream
        self._form = form
        self._repair = AnswerRepair(form.frame, form.limit, form.names)
        self._json = JsonStream()
        self._begun: set[int] = set()
        self._finished: set[int] = set()
        self._told = False  # whether there is a piece of an answer
        self._late: list[Json] = []  # usage that came before the end of a choice

    @property
    def partial_usage(self) -> Usage | None:
        """The usage; None until the end, where this API reports it."""
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
            completion = read_leniently(self._response.read())
        except OutboundFault as fault:
            raise problem_of_fault(fault, self._upstream) from fault
        except orjson.JSONDecodeError as fault:
            raise self._nonsense() from fault
        self._raise_error(completion)
        try:
            return self._repair.completion(self._form.prepare(self._few(completion), "message"))
        except MalformedAnswer as fault:
            raise self._nonsense() from fault

    def _streamed(self) -> Iterator[Json]:
        done = False
        try:
            for content in self._events():
                if content == _DONE and not done:
                    done = True
                    yield from self._unsaid_end()
                if not done:
                    yield from self._in_order(self._chunk(content)) if content else ({},)
            if not self._complete(done):
                raise UpstreamError(provider=self._upstream.name)
        except OutboundFault as fault:
            if not self._complete(done):
                raise (self._nonsense() if done else problem_of_fault(fault, self._upstream)) from fault
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

    def _in_order(self, chunk: Json) -> Iterator[Json]:
        """The chunk, or nothing yet: the usage is told behind the end of every choice."""
        if not chunk["choices"] and chunk.get("usage") and not self._begun <= self._finished:
            self._late.append(chunk)
            return
        yield chunk
        if self._late and self._begun <= self._finished:
            yield from self._late
            self._late.clear()

    def _unsaid_end(self) -> Iterator[Json]:
        """The chunk that ends the choices that gave no finish reason, where the server may leave it out."""
        unsaid = self._begun - self._finished
        if not self._form.ends_unsaid or not unsaid or not self._told:
            return
        try:
            chunk = self._repair.ending(unsaid, self.usage.output if self.usage else 0)
        except MalformedAnswer as fault:
            raise self._nonsense() from fault
        self._finished |= unsaid
        yield from self._in_order(chunk)

    def _complete(self, done: bool) -> bool:
        """Whether every choice that began has finished, and none can be missing."""
        all_there = done or len(self._finished) >= self._form.choices
        return bool(self._finished) and self._begun <= self._finished and all_there

    def _chunk(self, content: bytes) -> Json:
        try:
            chunk = self._json.read(content)
        except orjson.JSONDecodeError as fault:
            raise self._nonsense() from fault
        self._raise_error(chunk)
        try:
            chunk = self._repair.chunk(self._form.prepare(self._few(chunk), "delta"))
        except MalformedAnswer as fault:
            raise self._nonsense() from fault
        for choice in chunk["choices"]:
            (self._finished if choice["finish_reason"] else self._begun).add(choice["index"])
            self._told = self._told or any(map(choice["delta"].get, _SAYING))
        if chunk.get("usage"):
            self.usage = read_usage(chunk["usage"]) or self.usage
        return chunk

    def _few(self, answer: Any) -> Any:
        """The answer, before its choices are read one by one. Raises `MalformedAnswer` if they are far too many."""
        choices = answer.get("choices") if isinstance(answer, dict) else None
        if isinstance(choices, list) and len(choices) > max(self._form.choices, MOST_CHOICES):
            raise MalformedAnswer("an answer has more choices than were asked for")
        return answer

    def _raise_error(self, answer: Any) -> None:
        """Raise the problem that an error object inside an answer is."""
        if isinstance(answer, dict) and answer.get("error"):
            raise problem_in_stream(answer["error"], self._upstream)

    def _nonsense(self) -> Problem:
        return UpstreamError(provider=self._upstream.name)


logger = logging.getLogger(__name__)

_NONSENSE = (ValueError, KeyError, TypeError, AttributeError, IndexError)


class Framer(Protocol):
    """Takes bytes as they arrive and gives the events that are complete."""

    def feed(self, arrived: bytes) -> Iterable[Any]:
        """The events that these bytes complete. Raises `OutboundFault` or `ValueError` on nonsense."""


class Reader(Protocol):
    """Reads the events of one API into chunks, for one answer.

    `done`: nothing more will come. `usage`: once it is known. `partial_usage`: as far as it is known.
    """

    done: bool
    usage: Usage | None

    @property
    def finished(self) -> bool:
        """Whether the upstream said how the answer ended."""

    @property
    def partial_usage(self) -> Usage | None:
        """The usage reported so far."""

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
        self._json = JsonStream()

    def feed(self, arrived: bytes) -> Iterator[Json]:
        """The JSON objects of the events that are complete, without those that hold no piece of an answer."""
        for event in self._events.feed(arrived):
            if is_filler(event):
                continue
            parsed = self._json.read(event.data)
            if not isinstance(parsed, dict):
                raise TypeError("an event is not an object")
            yield parsed


class TranslatedResponse:
    """An answer of another API in chat form. `framer` is None where it comes whole, whatever the client asked for."""

    def __init__(
        self, response: Response, upstream: Upstream, reader: Reader, framer: Callable[[], Framer] | None
    ) -> None:
        self.peer = response.peer
        self.usage: Usage | None = None
        self._response = response
        self._upstream = upstream
        self._reader = reader
        self._framer = framer

    @property
    def partial_usage(self) -> Usage | None:
        """What the reader knows so far; nothing where its counts cannot be read, for the call must be settled."""
        try:
            return bounded(self._reader.partial_usage)
        except _NONSENSE:
            return None

    def named(self, request_id: str) -> "TranslatedResponse":
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
                raise UpstreamError(provider=self._upstream.name)
        except OutboundFault as fault:
            if not self._reader.finished:
                raise problem_of_fault(fault, self._upstream) from fault
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
                yield from self._each(self._reader.event, event)
            if self._reader.done:
                self._response.finish_within(_END_WAIT_S)

    def _sane(self, read: Callable[[Any], Iterable[Any]], given: Any) -> list[Any]:
        """All that was read, or the upstream's failure if it cannot be."""
        return list(self._each(read, given))

    def _each(self, read: Callable[[Any], Iterable[Any]], given: Any) -> Iterator[Any]:
        """What was read, up to the upstream's failure if it cannot be: its shape is not ours to vouch for."""
        try:
            yield from read(given)
        except Problem:
            raise
        except _NONSENSE as fault:
            logger.warning("%s sent what cannot be read: %s", self._upstream.name, type(fault).__name__)
            raise UpstreamError(provider=self._upstream.name) from fault


def _is_ping(event: Any) -> bool:
    """Anthropic's own sign that the connection is open, which says nothing of the answer."""
    return isinstance(event, dict) and event.get("type") == "ping"


def _parsed(answer: bytes) -> list[Any]:
    return [read_leniently(answer)]
