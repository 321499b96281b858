"""Gemini's answers read into the chat form, streamed or whole: both are made of the same objects.

Calls come whole and without ids, so ids are made here; the signature of a call is handed to `keep` under its id. A
prompt that was blocked has no candidates, and that is a refusal, not an empty answer.
"""

from collections.abc import Callable, Iterator

import orjson

from ni.domain import errors
from ni.domain.call import Json
from ni.domain.ids import Random, object_id
from ni.domain.reply import Usage
from ni.providers.chunks import ChunkWriter
from ni.providers.failures import Party, problem_of_status, read_complaint

REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}
"""Others (a malformed call, `OTHER`) are failures of the upstream: no reason of ours would be true."""
_UNSAID = "FINISH_REASON_UNSPECIFIED"

Keep = Callable[[str, bytes], None]


class VertexReader:
    """Implements `Reader`."""

    def __init__(
        self, writer: ChunkWriter, keep: Keep, party: Party, random: Random, choices: int = 1
    ) -> None:
        self.done = False  # nothing on this wire says so
        self.usage: Usage | None = None
        self._writer = writer
        self._keep = keep
        self._party = party
        self._random = random
        self._choices = choices
        self._begun: set[int] = set()
        self._ended: set[int] = set()

    @property
    def finished(self) -> bool:
        """Whether every candidate said how it ended."""
        return len(self._ended) >= self._choices and self._begun <= self._ended

    @property
    def told(self) -> Usage | None:
        """The usage, which this wire tells with each event."""
        return self.usage

    def event(self, event: Json) -> Iterator[Json]:
        """The chunks in one event."""
        if "error" in event:
            raise problem_in_event(event, self._party)
        if counts := event.get("usageMetadata"):
            self.usage = usage_of(counts) or self.usage
        if not event.get("candidates") and (event.get("promptFeedback") or {}).get("blockReason"):
            raise errors.ContentFiltered()
        for candidate in event.get("candidates") or ():
            yield from self._candidate(candidate)

    def whole(self, answer: Json) -> Iterator[Json]:
        """The chunks of a whole answer."""
        return self.event(answer)

    def close(self) -> Iterator[Json]:
        """The usage."""
        if self.usage is not None:
            yield self._writer.usage(self.usage)

    def _candidate(self, candidate: Json) -> Iterator[Json]:
        choice = int(candidate.get("index") or 0)
        if not 0 <= choice < self._choices:
            raise ValueError("a candidate that was not asked for")
        if choice not in self._begun:
            self._begun.add(choice)
            yield self._writer.begin(choice)
        for part in (candidate.get("content") or {}).get("parts") or ():
            yield from self._part(part, choice)
        reason = candidate.get("finishReason", _UNSAID)
        if reason != _UNSAID:
            self._ended.add(choice)
            finish = REASONS[reason]
            calls = finish == "stop" and self._writer.called(choice)
            yield self._writer.finish("tool_calls" if calls else finish, choice)

    def _part(self, part: Json, choice: int) -> Iterator[Json]:
        if call := part.get("functionCall"):
            call_id = call.get("id") or object_id("call", self._random)
            if signature := part.get("thoughtSignature"):
                self._keep(call_id, signature.encode())
            index, chunk = self._writer.call(call_id, call["name"], choice)
            yield chunk
            yield self._writer.arguments(index, orjson.dumps(call.get("args") or {}).decode(), choice)
        elif text := part.get("text"):
            yield (
                self._writer.thought(text, choice) if part.get("thought") else self._writer.text(text, choice)
            )


def usage_of(counts: Json) -> Usage | None:
    """Prompt tokens include cached ones; candidates' leave thoughts out. None until the prompt was counted."""
    if "promptTokenCount" not in counts:
        return None
    prompt = int(counts["promptTokenCount"]) + int(counts.get("toolUsePromptTokenCount") or 0)
    cached = min(prompt, int(counts.get("cachedContentTokenCount") or 0))
    thoughts = int(counts.get("thoughtsTokenCount") or 0)
    output = int(counts.get("candidatesTokenCount") or 0) + thoughts
    return Usage(uncached=prompt - cached, cached=cached, output=output, reasoning=thoughts)


def problem_in_event(event: Json, party: Party) -> errors.Problem:
    """The problem that an error object in the middle of a stream is."""
    status = event["error"].get("code", 500)
    found = problem_of_status(status if isinstance(status, int) else 500, read_complaint(event), None, party)
    return errors.UpstreamError(provider=party.name) if isinstance(found, errors.UpstreamRefused) else found
