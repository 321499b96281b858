"""Upper bounds before a call, and counts after one that ended without the provider's numbers.

A token is at least one byte of the text that is sent, so the bytes bound the input; an image is bounded by the most
that a provider named in the catalog charges for one, a file only by what the model can read at all. Input that the
client wants cached for an hour is bounded as written so, which is the dearest. A stream that was cut is counted at
four bytes a token.

Counts of a provider, believed as far as they can be.

A provider that says more than was asked for, more than its model can do, less than nothing, or nothing where text came,
is wrong: the reservation was made for what is possible, and a caller pays for no other. The side that cannot be (input
or output) is replaced by our own count, and the usage says so. Where a provider used more than was reserved all the
same, because it put a frame of its own around the prompt or wrote on past its limit, the rest is not charged: a cap is
never overshot.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ni.domain.call import Call, Json
from ni.domain.reply import Counted, Usage
from ni.domain.route import Price, Route

IMAGE_TOKENS = 8192
MESSAGE_TOKENS = 16
TOOLS_TOKENS = 1024  # what a provider may write around tool definitions; Anthropic documents about 350
BYTES_PER_TOKEN = 4
TOKENS_PER_S = 50
"""What a hosted model writes in a second, in the middle of what providers' models do."""

_DEFAULT_TTL = "5m"


def bound(call: Call, route: Route, body_bytes: int) -> Usage:
    """The most tokens that the call can use; `body_bytes` is the size of the request."""
    images = [url for _, url in call.images()]
    text_bytes = max(0, body_bytes - sum(len(url) for url in images if url.startswith("data:")))
    most_input = text_bytes + IMAGE_TOKENS * len(images) + MESSAGE_TOKENS * len(call.messages)
    if call.body.get("tools"):
        most_input += TOOLS_TOKENS
    if call.files():
        most_input = max(most_input, route.capabilities.context_window)
    most = most_output(call.body, route)
    if _may_be_kept_longer(call, route.price):
        return Usage(cache_write=most_input, output=most, source=Counted.ESTIMATED, cache_write_1h=most_input)
    return Usage(uncached=most_input, output=most, source=Counted.ESTIMATED)


def most_output(body: Json, route: Route) -> int:
    """Output tokens at most, over all choices: what the client allows, else what the model can."""
    limit = (
        body.get("max_completion_tokens") or body.get("max_tokens") or route.capabilities.max_output_tokens
    )
    most: int = min(limit, route.capabilities.max_output_tokens) * (body.get("n") or 1)
    return most


def counted(body_bytes: int, delivered_bytes: int) -> Usage:
    """What a call used that ended before the provider said: its input, and the text that was delivered."""
    return Usage(
        uncached=-(-body_bytes // BYTES_PER_TOKEN),
        output=-(-delivered_bytes // BYTES_PER_TOKEN),
        source=Counted.COUNTED,
    )


def with_unseen(own: Usage, seconds: float, most: Usage | None) -> Usage:
    """The count with what a provider made in so many seconds that nobody saw: an estimate, never more than `most`."""
    unseen = int(seconds * TOKENS_PER_S)
    if unseen <= 0:
        return own
    output = own.output + unseen
    if most is not None:
        output = max(own.output, min(output, most.output))
    return replace(own, output=output, source=Counted.ESTIMATED)


def _may_be_kept_longer(call: Call, price: Price | None) -> bool:
    """Whether a mark in either form of the call asks for a cache that lives longer, at a price that is dearer."""
    bands = (price.band(0), *price.bands) if price else ()
    if all(band.hour_write <= band.cache_write for band in bands):
        return False
    return _is_kept_longer(call.body) or (
        call.passthrough_body is not None and _is_kept_longer(call.passthrough_body)
    )


def _is_kept_longer(body: Json) -> bool:
    for place in _places(body):
        mark = place.get("cache_control") if type(place) is dict else None
        if isinstance(mark, dict) and mark.get("ttl", _DEFAULT_TTL) != _DEFAULT_TTL:
            return True
    return False


def _places(body: Json) -> Iterator[Any]:
    """Where a mark can stand, in chat form and in a Messages body, which were read before."""
    yield body
    yield from _listed(body.get("system"))
    yield from _listed(body.get("tools"))
    for message in _listed(body.get("messages")):
        yield message
        yield from _listed(message.get("tool_calls"))
        for part in _listed(message.get("content")):
            yield part
            if "content" in part:  # a tool's result
                yield from _listed(part["content"])


def _listed(entries: Any) -> Iterable[Any]:
    return entries if type(entries) is list else ()


SLACK_TOKENS = 64
"""Providers end an answer a little behind the limit they were given."""
FRAME_TOKENS = 1024
"""What a provider may write around a conversation: its chat template, its own system prompt."""


def plausible(told: Usage, own: Usage, most: Usage) -> Usage:
    """What `told` says, where `own` (counted by bytes) and `most` (the bound of the call) allow it."""
    usage = told
    if not _input_can_be(told, own, most):
        usage = replace(
            usage, uncached=own.prompt, cached=0, cache_write=0, cache_write_1h=0, source=own.source
        )
    if not _output_can_be(told, own, most):
        usage = replace(usage, output=own.output, reasoning=0, source=own.source)
    if usage.reasoning > usage.output:
        usage = replace(usage, reasoning=usage.output)
    return within(usage, most, own.source)


def within(usage: Usage, most: Usage, source: Counted) -> Usage:
    """The usage cut to what was reserved; it is then of this `source`. The input is cut where it is uncached first."""
    over = usage.prompt - most.prompt
    if over <= 0 and usage.output <= most.output:
        return usage
    left = {}
    for name in ("uncached", "cached", "cache_write"):
        cut = min(max(0, over), getattr(usage, name))
        left[name] = getattr(usage, name) - cut
        over -= cut
    output = min(usage.output, most.output)
    return replace(
        usage,
        **left,
        cache_write_1h=min(usage.cache_write_1h, left["cache_write"]),
        output=output,
        reasoning=min(usage.reasoning, output),
        source=source,
    )


def _input_can_be(told: Usage, own: Usage, most: Usage) -> bool:
    if min(told.uncached, told.cached, told.cache_write, told.cache_write_1h) < 0:
        return False
    if told.cache_write_1h > told.cache_write or (own.prompt and not told.prompt):
        return False
    return told.prompt <= most.prompt + FRAME_TOKENS


def _output_can_be(told: Usage, own: Usage, most: Usage) -> bool:
    if told.output < 0 or told.reasoning < 0 or (own.output and not told.output):
        return False
    return told.output <= max(most.output + SLACK_TOKENS, own.output * BYTES_PER_TOKEN)
