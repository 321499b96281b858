"""Token counts of OpenAI's and Anthropic's APIs, and conversion between a whole `chat.completion` and its chunks.

Counts are read into classes that do not overlap: `prompt_tokens` includes cached tokens and cache writes, and
`completion_tokens` includes reasoning. Counts that contradict each other are bounded, so that no class is negative.
Some servers ignore `stream`; their answer is converted to the form that the client asked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ni.domain.call import Json
from ni.domain.reply import Usage

MOST_COUNT = 2**53 - 1
"""The largest integer that every reader of JSON keeps (RFC 8259, section 6); what is beyond it counted nothing."""

_TOTALS = ("prompt_tokens", "completion_tokens")
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def read_usage(usage: Any) -> Usage | None:
    """The counts of a `usage` object, or None if there is none that can be read."""
    if not isinstance(usage, dict) or not any(_is_count(usage.get(name)) for name in _TOTALS):
        return None
    prompt = _count(usage, "prompt_tokens")
    inputs = _details(usage, "prompt_tokens_details")
    outputs = _details(usage, "completion_tokens_details")
    cached = min(_count(inputs, "cached_tokens"), prompt)
    written = min(_count(inputs, "cache_write_tokens"), prompt - cached)
    output = _count(usage, "completion_tokens")
    reasoning = min(_count(outputs, "reasoning_tokens"), output)
    return Usage(prompt - cached - written, cached, written, output, reasoning)


def tidy_usage(usage: Any) -> Json | None:
    """The object as OpenAI's schema has it, with the server's own further numbers; None if it cannot be read."""
    read = read_usage(usage)
    if read is None:
        return None
    tidy: Json = {name: value for name, value in usage.items() if _is_number(value) and name not in _DETAILS}
    for name in _DETAILS:
        if details := _details(usage, name):
            tidy[name] = {key: _within(int(value)) for key, value in details.items() if _is_count(value)}
    total = read.prompt + read.output
    return tidy | {"prompt_tokens": read.prompt, "completion_tokens": read.output, "total_tokens": total}


def write_usage(counted: Usage) -> Json:
    """The `usage` object of OpenAI's API, with counts of at most `MOST_COUNT`."""
    usage = bounded(counted) or counted
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def bounded(usage: Usage | None) -> Usage | None:
    """The counts from 0 to `MOST_COUNT`: negative ones would pay money back; parts never more than their whole."""
    if usage is None:
        return None
    parts = (
        usage.uncached,
        usage.cached,
        usage.cache_write,
        usage.output,
        usage.reasoning,
        usage.cache_write_1h,
    )
    fit = min(parts) >= 0 and max(parts) <= MOST_COUNT
    if fit and usage.reasoning <= usage.output and usage.cache_write_1h <= usage.cache_write:
        return usage
    output, written = _within(usage.output), _within(usage.cache_write)
    return replace(
        usage,
        uncached=_within(usage.uncached),
        cached=_within(usage.cached),
        cache_write=written,
        output=output,
        reasoning=min(_within(usage.reasoning), output),
        cache_write_1h=min(_within(usage.cache_write_1h), written),
    )


def _details(usage: Json, name: str) -> Json:
    details = usage.get(name)
    return details if isinstance(details, dict) else {}


def _count(counts: Json, name: str) -> int:
    count: Any = counts.get(name)
    return _within(int(count)) if _is_count(count) else 0


def _within(count: int) -> int:
    return min(max(0, count), MOST_COUNT)


def _is_count(value: Any) -> bool:
    """Whether a value is a whole number, perhaps written as `5.0`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST_COUNT


_FRAME = ("id", "created", "model", "system_fingerprint")


def chunks_of(completion: Json) -> Iterator[Json]:
    """A completion as chunks: per choice one with the content and one with the finish reason, then the usage."""
    frame: Json = {name: completion[name] for name in _FRAME if name in completion}
    frame["object"] = "chat.completion.chunk"
    for choice in completion["choices"]:
        index, delta = choice.get("index", 0), dict(choice.get("message") or {})
        if calls := delta.get("tool_calls"):
            delta["tool_calls"] = [{"index": at, **call} for at, call in enumerate(calls)]
        yield frame | {"choices": [{"index": index, "delta": delta, "finish_reason": None}]}
        ending = {"index": index, "delta": {}, "finish_reason": choice.get("finish_reason")}
        yield frame | {"choices": [ending]}
    if isinstance(completion.get("usage"), dict):
        yield frame | {"choices": [], "usage": completion["usage"]}


def completion_of(chunks: Iterable[Json]) -> Json:
    """Chunks put together into a completion; text is joined, tool calls by their index."""
    completion: Json = {"object": "chat.completion", "choices": []}
    choices: dict[int, Json] = {}
    for chunk in chunks:
        for name in (*_FRAME, "usage", "native"):
            if chunk.get(name) is not None:
                completion[name] = chunk[name]
        for part in chunk.get("choices", ()):
            index = part.get("index", 0)
            choice = choices.setdefault(
                index,
                {"index": index, "message": {"role": "assistant", "content": None}, "finish_reason": None},
            )
            _merge(choice["message"], part.get("delta") or {})
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
    completion["choices"] = [choices[index] for index in sorted(choices)]
    return completion


def _merge(message: Json, delta: Json) -> None:
    for name, value in delta.items():
        if name == "tool_calls":
            calls = message.setdefault("tool_calls", [])
            for part in value or ():
                _merge_call(calls, part)
        elif isinstance(value, str) and name != "role":
            message[name] = (message.get(name) or "") + value
        elif value is not None:
            message[name] = value


def _merge_call(calls: list[Json], part: Json) -> None:
    index = part.get("index", len(calls))
    if index >= len(calls):
        calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
        index = len(calls) - 1
    call = calls[index]
    call.update({name: part[name] for name in ("id", "type") if part.get(name)})
    function: dict[str, Any] = part.get("function") or {}
    for name in ("name", "arguments"):
        call["function"][name] += function.get(name) or ""


def usage_of(counts: Json) -> Usage:
    """Anthropic's input tokens leave cached ones out, so its classes are disjoint as they come."""
    details = counts.get("output_tokens_details") or {}
    output = int(counts.get("output_tokens") or 0)
    return Usage(
        uncached=int(counts["input_tokens"]),
        cached=int(counts.get("cache_read_input_tokens") or 0),
        cache_write=int(counts.get("cache_creation_input_tokens") or 0),
        cache_write_1h=_written_for_an_hour(counts),
        output=output,
        reasoning=min(output, int(details.get("thinking_tokens") or 0)),
    )


def _written_for_an_hour(counts: Json) -> int:
    """The tokens written to the cache for an hour, which cost more."""
    written = int(counts.get("cache_creation_input_tokens") or 0)
    return min(written, int((counts.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0))
