"""Token counts of OpenAI's wire, read into classes that do not overlap.

`prompt_tokens` includes cached tokens, and where a server reports cache writes, those too; reasoning lies inside
`completion_tokens`. Counts that contradict each other are bounded rather than trusted, so that no class is negative.
"""

from dataclasses import replace
from typing import Any

from ni.domain.call import Json
from ni.domain.reply import Usage

MOST_COUNT = 2**53 - 1
"""The largest integer that every reader of JSON keeps (RFC 8259, section 6); what is beyond it counted nothing."""

_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def read_usage(usage: Any) -> Usage | None:
    """The counts of a `usage` object, or None if there is none that can be read."""
    if not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
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
            tidy[name] = {key: _within(value) for key, value in details.items() if _is_count(value)}
    total = read.prompt + read.output
    return tidy | {"prompt_tokens": read.prompt, "completion_tokens": read.output, "total_tokens": total}


def write_usage(counted: Usage) -> Json:
    """The inverse, for upstreams whose own wire is another; bounded, for what is too large cannot be written."""
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
    found = usage.get(name)
    return found if isinstance(found, dict) else {}


def _count(counts: Json, name: str) -> int:
    found: Any = counts.get(name)
    return _within(found) if _is_count(found) else 0


def _within(count: int) -> int:
    return min(max(0, count), MOST_COUNT)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST_COUNT
