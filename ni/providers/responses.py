"""Answers as they are read: `OpenAIResponse` for OpenAI's API, `TranslatedResponse` for all other APIs.

A stream is complete when every choice gave its finish reason; one that ends otherwise, with or without `[DONE]`, was
cut and raises. Events without a piece of an answer, which servers send to keep a connection open (`null`, `[]`, blank
data, a bare word such as `ping`), are skipped; anything else that is not a JSON object is an error of the upstream. A
`Reader` holds the grammar of one API and writes `chat.completion.chunk` objects with `ChunkWriter`, which numbers tool
calls 0, 1, 2 in the order in which they begin.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

import orjson

from ni.domain.call import Json
from ni.domain.clock import give_way
from ni.domain.errors import Problem, UpstreamError
from ni.domain.json_text import read_leniently
from ni.domain.reply import Peer, Usage
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import EventReader, Response, ServerSentEvent
from ni.providers.errors import Upstream, problem_in_stream, problem_of_fault
from ni.providers.repair import AnswerRepair, MalformedAnswer
from ni.providers.usage import bounded, chunks_of, completion_of, read_usage, write_usage

_FILLER = re.compile(
    rb"""\s*(?: null | \[\s*\] | \{\s*\} | [A-Za-z:][A-Za-z0-9_. :-]{0,63} | -?\d{1,20} | "[^"\\{}]{0,64}" )?\s*""",
    re.VERBOSE,
)
_OBJECT = b"{"


def is_filler(event: ServerSentEvent) -> bool:
    """Whether an event holds no piece of an answer."""
    if event.data[:1] == _OBJECT and len(event.data) > len("{ }"):
        return False  # nearly every event there is
    return event.type != "error" and _FILLER.fullmatch(event.data) is not None


_DONE = b"[DONE]"
_SILENCE = b""
_END_WAIT_S = 0.05


Prepare = Callable[[Any, str], Any]
"""Takes an object and the name of the part that holds a choice's text: `message` or `delta`."""


def unchanged(answer: Any, part: str) -> Any:
    """What came is in chat's form."""
    return answer


@dataclass(frozen=True, slots=True)
class Form:
    """What was asked for: streamed or not, and how many choices. `frame` and `limit` are as in `AnswerRepair`.

    `prepare` brings each object that came to chat's form, where the wire is a neighbour of it.
    """

    streamed: bool
    choices: int
    frame: Json = field(default_factory=dict)
    prepare: Prepare = unchanged
    limit: int = 0


class OpenAIResponse:
    """An answer of OpenAI's API, whole or streamed; implements `ProviderResponse`."""

    def __init__(self, response: Response, peer: Peer, upstream: Upstream, form: Form) -> None:
        self.peer = peer
        self.usage: Usage | None = None
        self._response = response
        self._upstream = upstream
        self._form = form
        self._repair = AnswerRepair(form.frame, form.limit)
        self._begun: set[int] = set()
        self._finished: set[int] = set()

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
            return self._repair.completion(self._form.prepare(completion, "message"))
        except MalformedAnswer as fault:
            raise self._nonsense() from fault

    def _streamed(self) -> Iterator[Json]:
        done = False
        try:
            for content in self._events():
                done = done or content == _DONE
                if not done:
                    yield self._chunk(content) if content else {}
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

    def _complete(self, done: bool) -> bool:
        """Whether every choice that began has finished, and none can be missing."""
        all_there = done or len(self._finished) >= self._form.choices
        return bool(self._finished) and self._begun <= self._finished and all_there

    def _chunk(self, content: bytes) -> Json:
        try:
            chunk = read_leniently(content)
        except orjson.JSONDecodeError as fault:
            raise self._nonsense() from fault
        self._raise_error(chunk)
        try:
            chunk = self._repair.chunk(self._form.prepare(chunk, "delta"))
        except MalformedAnswer as fault:
            raise self._nonsense() from fault
        for choice in chunk["choices"]:
            (self._finished if choice["finish_reason"] else self._begun).add(choice["index"])
        if chunk.get("usage"):
            self.usage = read_usage(chunk["usage"]) or self.usage
        return chunk

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

    def feed(self, arrived: bytes) -> Iterator[Json]:
        """The JSON objects of the events that are complete, without those that hold no piece of an answer."""
        for event in self._events.feed(arrived):
            if is_filler(event):
                continue
            parsed = read_leniently(event.data)
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
            logger.warning("%s sent what cannot be read: %s", self._upstream.name, type(fault).__name__)
            raise UpstreamError(provider=self._upstream.name) from fault


def _is_ping(event: Any) -> bool:
    """Anthropic's own sign that the connection is open, which says nothing of the answer."""
    return isinstance(event, dict) and event.get("type") == "ping"


def _parsed(answer: bytes) -> list[Any]:
    return [read_leniently(answer)]


class ChunkWriter:
    """`frame` holds `id`, `created` and `model`."""

    def __init__(self, frame: Json) -> None:
        self._frame = {**frame, "object": "chat.completion.chunk"}
        self._calls: dict[int, int] = {}

    def begin(self, choice: int = 0) -> Json:
        """The first chunk."""
        return self._chunk({"role": "assistant", "content": ""}, choice)

    def text(self, text: str, choice: int = 0) -> Json:
        """A piece of the answer. Raises `TypeError` for an upstream that sent no text, as all below do."""
        return self._chunk({"content": _text(text)}, choice)

    def thought(self, text: str, choice: int = 0) -> Json:
        """A piece of the model's thinking."""
        return self._chunk({"reasoning_content": _text(text)}, choice)

    def call(self, call_id: str, name: str, choice: int = 0) -> tuple[int, Json]:
        """A tool call begins: its index and its chunk."""
        index = self._calls.get(choice, 0)
        self._calls[choice] = index + 1
        if not _text(name):
            raise ValueError("a tool call has no name")
        function = {"name": name, "arguments": ""}
        call = {"index": index, "id": _text(call_id), "type": "function", "function": function}
        return index, self._chunk({"tool_calls": [call]}, choice)

    def arguments(self, index: int, piece: str, choice: int = 0) -> Json:
        """A piece of the arguments of the call with that index."""
        return self._chunk(
            {"tool_calls": [{"index": index, "function": {"arguments": _text(piece)}}]}, choice
        )

    def called(self, choice: int = 0) -> bool:
        """Whether a tool was called."""
        return choice in self._calls

    def finish(self, reason: str, choice: int = 0) -> Json:
        """The last chunk of a choice; some models say that they stopped where they called a tool."""
        if reason == "stop" and self.called(choice):
            reason = "tool_calls"
        return self._frame | {"choices": [{"index": choice, "delta": {}, "finish_reason": reason}]}

    def usage(self, usage: Usage) -> Json:
        """The chunk behind the last."""
        return self._frame | {"choices": [], "usage": write_usage(usage)}

    def _chunk(self, delta: Json, choice: int) -> Json:
        return self._frame | {"choices": [{"index": choice, "delta": delta, "finish_reason": None}]}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


class BlockReader:
    """What readers of APIs whose answers are numbered blocks share: calls of tools, and the thoughts before them.

    `keep` takes the thoughts before a call, by its id. `schema_tool` names the tool whose input is the answer itself,
    if one was forced.
    """

    reasons: ClassVar[Mapping[str, str]]
    """Chat's finish reasons, by the API's."""

    def __init__(
        self,
        writer: ChunkWriter,
        keep: Callable[[str, bytes], None],
        upstream: Upstream,
        schema_tool: str = "",
    ) -> None:
        self.finished = False
        self.done = False
        self.usage: Usage | None = None
        self._writer = writer
        self._keep = keep
        self._upstream = upstream
        self._schema_tool = schema_tool
        self._calls: dict[int, int] = {}  # index of a block -> index of its call, -1: the answer itself
        self._silent: dict[
            int, str
        ] = {}  # calls without a piece of their arguments, and what they began with
        self._thoughts: list[Json] = []  # since the last call

    @property
    def partial_usage(self) -> Usage | None:
        """The usage reported so far."""
        return self.usage

    def close(self) -> Iterator[Json]:
        """The usage."""
        self.usage = self.partial_usage
        if self.usage is not None:
            yield self._writer.usage(self.usage)

    def _call(self, index: int, call_id: str, name: str, begun: str = "{}") -> Iterator[Json]:
        """The beginning of a call; `begun` are its arguments if no piece of them follows."""
        if name == self._schema_tool:
            self._calls[index] = -1
            return
        if self._thoughts:
            self._keep(call_id, orjson.dumps(self._thoughts))
            self._thoughts = []
        self._calls[index], chunk = self._writer.call(call_id, name)
        self._silent[index] = begun
        yield chunk

    def _arguments(self, index: int, piece: str) -> Iterator[Json]:
        call = self._calls.get(index)
        if call is not None and piece:
            self._silent.pop(index, None)
            yield self._writer.text(piece) if call < 0 else self._writer.arguments(call, piece)

    def _end_of_block(self, index: int) -> Iterator[Json]:
        """A call without a piece of its arguments has none."""
        return self._arguments(index, self._silent.get(index, ""))

    def _finish(self, reason: str) -> Json:
        self.finished = True
        if reason == "tool_use" and not self._writer.called():
            return self._writer.finish("stop")  # the forced tool was the answer
        return self._writer.finish(self.reasons[reason] if reason in self.reasons else self._other(reason))

    @staticmethod
    def _other(reason: str) -> str:
        """The finish reason for one that is not known. Raises `KeyError` where it means a failure."""
        raise KeyError(reason)
