"""Bedrock's answers read into the chat form: whole ones, and the binary event stream of ConverseStream.

The framing (lengths and checksums) is botocore's parser; what the events mean is here. Text blocks have no start event,
and usage comes behind the stop reason.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.reply import Usage
from ni.providers.chunks import ChunkWriter
from ni.providers.failures import Party, problem_of_status, read_complaint

REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
_STATUS = {"throttlingException": 429, "serviceUnavailableException": 503, "validationException": 400}

Keep = Callable[[str, bytes], None]


class EventStreamFramer:
    """Implements `Framer`: events as (name, payload), where the name of an exception begins with `!`."""

    def __init__(self) -> None:
        from botocore.eventstream import EventStreamBuffer, ParserError

        self._buffer = EventStreamBuffer()
        self._fault: type[Exception] = ParserError

    def feed(self, arrived: bytes) -> list[tuple[str, Json]]:
        """The events that are complete. Raises `ValueError` for a wrong length or checksum."""
        self._buffer.add_data(arrived)
        try:
            return [_named(message) for message in self._buffer]
        except self._fault as fault:
            raise ValueError("the event stream is broken") from fault


def _named(message: Any) -> tuple[str, Json]:
    headers = message.headers
    payload = orjson.loads(message.payload or b"{}")
    if headers.get(":message-type") == "event":
        return headers[":event-type"], payload
    return "!" + (headers.get(":exception-type") or headers.get(":error-code") or ""), payload


class BedrockReader:
    """Implements `Reader`. `schema_tool` names the tool whose input is the answer itself, if one was forced."""

    def __init__(self, writer: ChunkWriter, keep: Keep, party: Party, schema_tool: str = "") -> None:
        self.finished = False
        self.done = False
        self.usage: Usage | None = None
        self._writer = writer
        self._keep = keep
        self._party = party
        self._schema_tool = schema_tool
        self._calls: dict[
            int, int
        ] = {}  # index of a content block -> index of its call, -1: the answer itself
        self._silent: set[int] = set()  # calls without a piece of their arguments
        self._thoughts: list[Json] = []  # since the last call
        self._thinking = -1  # index of the block that is being thought

    @property
    def told(self) -> Usage | None:
        """The usage, which this wire tells at the end alone."""
        return self.usage

    def event(self, event: tuple[str, Json]) -> Iterator[Json]:
        """The chunks in one event."""
        name, payload = event
        match name:
            case "contentBlockDelta":
                yield from self._delta(payload["contentBlockIndex"], payload["delta"])
            case "contentBlockStart":
                if use := payload["start"].get("toolUse"):
                    yield from self._call(payload["contentBlockIndex"], use)
            case "contentBlockStop":
                index = payload["contentBlockIndex"]
                yield from self._arguments(index, "{}" if index in self._silent else "")
            case "messageStart":
                yield self._writer.begin()
            case "messageStop":
                yield self._finish(payload["stopReason"])
            case "metadata":
                self.usage = usage_of(payload["usage"])
                self.done = True
            case _ if name.startswith("!"):
                raise problem_of_exception(name[1:], payload, self._party)

    def whole(self, answer: Json) -> Iterator[Json]:
        """The chunks of a whole answer."""
        yield self._writer.begin()
        for index, block in enumerate(answer["output"]["message"]["content"]):
            if "text" in block:
                yield self._writer.text(block["text"])
            elif "reasoningContent" in block:
                yield from self._thought(block["reasoningContent"])
            elif "toolUse" in block:
                yield from self._call(index, block["toolUse"])
                yield from self._arguments(index, orjson.dumps(block["toolUse"]["input"]).decode())
        self.usage = usage_of(answer["usage"])
        yield self._finish(answer["stopReason"])

    def close(self) -> Iterator[Json]:
        """The usage."""
        if self.usage is not None:
            yield self._writer.usage(self.usage)

    def _thought(self, content: Json) -> Iterator[Json]:
        self._thoughts.append({"reasoningContent": content})
        if words := content.get("reasoningText", {}).get("text"):
            yield self._writer.thought(words)

    def _call(self, index: int, use: Json) -> Iterator[Json]:
        if use["name"] == self._schema_tool:
            self._calls[index] = -1
            return
        if self._thoughts:
            self._keep(use["toolUseId"], orjson.dumps(self._thoughts))
            self._thoughts = []
        self._calls[index], chunk = self._writer.call(use["toolUseId"], use["name"])
        self._silent.add(index)
        yield chunk

    def _delta(self, index: int, delta: Json) -> Iterator[Json]:
        if text := delta.get("text"):
            yield self._writer.text(text)
        elif "toolUse" in delta:
            yield from self._arguments(index, delta["toolUse"]["input"])
        elif "reasoningContent" in delta:
            yield from self._thinking_delta(index, delta["reasoningContent"])

    def _thinking_delta(self, index: int, piece: Json) -> Iterator[Json]:
        if self._thinking != index:
            self._thinking = index
            self._thoughts.append({"reasoningContent": {}})
        content = self._thoughts[-1]["reasoningContent"]
        if "redactedContent" in piece:
            content["redactedContent"] = piece["redactedContent"]
            return
        thought = content.setdefault("reasoningText", {"text": ""})
        if "signature" in piece:
            thought["signature"] = piece["signature"]
        if words := piece.get("text"):
            thought["text"] += words
            yield self._writer.thought(words)

    def _arguments(self, index: int, piece: str) -> Iterator[Json]:
        call = self._calls.get(index)
        if call is not None and piece:
            self._silent.discard(index)
            yield self._writer.text(piece) if call < 0 else self._writer.arguments(call, piece)

    def _finish(self, reason: str) -> Json:
        self.finished = True
        if reason == "tool_use" and not self._writer.called():
            return self._writer.finish("stop")  # the forced tool was the answer
        return self._writer.finish(REASONS[reason])


def usage_of(counts: Json) -> Usage:
    """Bedrock's input tokens leave cached ones out, so its classes are disjoint as they come."""
    written = int(counts.get("cacheWriteInputTokens") or 0)
    kept = [detail["inputTokens"] for detail in counts.get("cacheDetails") or () if detail["ttl"] == "1h"]
    return Usage(
        uncached=int(counts["inputTokens"]),
        cached=int(counts.get("cacheReadInputTokens") or 0),
        cache_write=written,
        cache_write_1h=min(written, sum(kept)),
        output=int(counts["outputTokens"]),
    )


def problem_of_exception(name: str, payload: Json, party: Party) -> errors.Problem:
    """The problem that an exception in the middle of a stream is."""
    found = problem_of_status(_STATUS.get(name, 500), read_complaint(payload), None, party)
    return errors.UpstreamError(provider=party.name) if isinstance(found, errors.UpstreamRefused) else found
