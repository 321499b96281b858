"""The counts that a client is told: those that its call is charged for.

A provider's counts reach the client in the provider's own object, with whatever else that says. Where they are not what
the call is charged for, because they cannot be, the object is written anew: in chat form, or in Anthropic's for an
answer or event in the client's own form.
"""

from collections.abc import Iterator
from typing import Any

from ni.domain.call import Json
from ni.domain.reply import Usage
from ni.providers.usage import write_usage


def holds_usage(chunk: Json) -> bool:
    """Whether a chunk tells counts, which few of a stream do."""
    native = chunk.get("native")
    return bool(chunk.get("usage")) or (native is not None and ("usage" in native or "message" in native))


def told(reply: Json, usage: Usage) -> Json:
    """The reply or chunk with these counts, where it holds any that differ from them."""
    if isinstance(reply.get("usage"), dict) and not _agrees(reply["usage"], counts := write_usage(usage)):
        reply = {**reply, "usage": counts}
    native = reply.get("native")
    if isinstance(native, dict):
        reply = {**reply, "native": _native(native, usage)}
    return reply


def _native(event: Json, usage: Usage) -> Json:
    """A message, `message_start` or `message_delta` of Anthropic's with these counts."""
    if isinstance(event.get("message"), dict):
        return {**event, "message": _native(event["message"], usage)}
    said = event.get("usage")
    counts = {
        "input_tokens": usage.uncached,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
    }
    if not isinstance(said, dict) or _agrees(said, counts):
        return event
    return {**event, "usage": {name: text for name, text in said.items() if isinstance(text, str)} | counts}


def _agrees(said: Json, counts: Json) -> bool:
    """Whether counts are the same where both hold them, and parts are no more than all of them."""
    totals = {name: count for name, count in counts.items() if isinstance(count, int)}
    if any(said.get(name) not in (None, count) for name, count in totals.items()):
        return False
    most = sum(totals.values())
    return all(
        0 <= number <= most for part in said.values() if isinstance(part, dict) for number in _numbers(part)
    )


def _numbers(part: Any) -> Iterator[float]:
    """Every number within an object or list."""
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _numbers(inner)
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield part
