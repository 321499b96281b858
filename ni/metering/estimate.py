"""Token and price bounds of a call before it is sent, and token counts that replace a provider's.

Before: a token is at least one byte of the text that is sent, so the bytes bound the input; an image counts as the most
that a provider in the catalog charges for one, a file as the whole context window. Input that the client wants cached
for an hour is priced as an hour's write, the dearest class. `PriceBounds` turns these into the most that a call can
cost and the least hold with which it is worth sending.

After: `counted` counts at four bytes a token where the provider gave no numbers. `plausible` checks numbers that it did
give: where they exceed the request or the model's limits, are negative, or are zero although text was delivered, that
side (input or output) is replaced by our count. Usage beyond the reservation is cut, so that a cap is never exceeded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ni.domain.call import Call, Json
from ni.domain.reply import Counted, Usage
from ni.domain.route import Price, Route
from ni.metering.cost import Ceiling, Quantities, Terms, ceiling

IMAGE_TOKENS = 8192
MESSAGE_TOKENS = 16
TOOLS_TOKENS = 1024  # what a provider may write around tool definitions; Anthropic documents about 350
BYTES_PER_TOKEN = 4
TOKENS_PER_S = 50
"""Output tokens per second of a typical hosted model."""

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
    """Usage of a call that ended before the provider reported any, from the bytes of body and delivered text."""
    return Usage(
        uncached=-(-body_bytes // BYTES_PER_TOKEN),
        output=-(-delivered_bytes // BYTES_PER_TOKEN),
        source=Counted.COUNTED,
    )


def with_unseen(own: Usage, seconds: float, most: Usage | None) -> Usage:
    """`own` plus the output that a provider may have generated in `seconds` without delivering it; at most `most`."""
    unseen = int(seconds * TOKENS_PER_S)
    if unseen <= 0:
        return own
    output = own.output + unseen
    if most is not None:
        output = max(own.output, min(output, most.output))
    return replace(own, output=output, source=Counted.ESTIMATED)


def _may_be_kept_longer(call: Call, price: Price | None) -> bool:
    """Whether a `cache_control` in either form of the body asks for a longer cache, and the price of that is higher."""
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
    """All objects of a parsed chat or Messages body that can hold `cache_control`."""
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
"""Providers exceed the output limit that they were given by a few tokens."""
FRAME_TOKENS = 1024
"""Input tokens that a provider may add to a conversation: chat template, own system prompt."""


def plausible(reported: Usage, own: Usage, most: Usage) -> Usage:
    """The `reported` usage, with each implausible side replaced by `own` (counted by bytes); at most `most`."""
    usage = reported
    if not _input_can_be(reported, own, most):
        usage = replace(
            usage, uncached=own.prompt, cached=0, cache_write=0, cache_write_1h=0, source=own.source
        )
    if not _output_can_be(reported, own, most):
        usage = replace(usage, output=own.output, reasoning=0, source=own.source)
    if usage.reasoning > usage.output:
        usage = replace(usage, reasoning=usage.output)
    return within(usage, most, own.source)


def within(usage: Usage, most: Usage, source: Counted) -> Usage:
    """The usage cut to what was reserved and marked with `source`, or unchanged. Uncached input is cut first."""
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


def _input_can_be(reported: Usage, own: Usage, most: Usage) -> bool:
    if min(reported.uncached, reported.cached, reported.cache_write, reported.cache_write_1h) < 0:
        return False
    if reported.cache_write_1h > reported.cache_write or (own.prompt and not reported.prompt):
        return False
    return reported.prompt <= most.prompt + FRAME_TOKENS


def _output_can_be(reported: Usage, own: Usage, most: Usage) -> bool:
    if reported.output < 0 or reported.reasoning < 0 or (own.output and not reported.output):
        return False
    return reported.output <= max(most.output + SLACK_TOKENS, own.output * BYTES_PER_TOKEN)


LEAST_OUTPUT = 256
LEAST_REASONED = 4096
LIMITS = ("max_completion_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class PriceBounds:
    """Bounds of one call in output tokens and in nanos; `choices` is the number of answers that share the output."""

    ceiling: Ceiling
    most: Usage
    least_output: int
    choices: int

    @property
    def most_output(self) -> int:
        """Output tokens at most, over all choices."""
        return self.most.output

    @property
    def most_nanos(self) -> int:
        """The most that the call can be charged."""
        return self.ceiling.nanos(self.most_output)

    @property
    def least_nanos(self) -> int:
        """The least hold with which the call is worth sending."""
        return self.ceiling.nanos(self.least_output)

    def limit_for(self, hold_nanos: int) -> int | None:
        """Output tokens per choice that a hold covers; None where it covers all that the call can use."""
        low, high = self.least_output // self.choices, self.most_output // self.choices
        if low >= high or self.ceiling.nanos(high * self.choices) <= hold_nanos:
            return None
        while low < high:
            middle = (low + high + 1) // 2
            if self.ceiling.nanos(middle * self.choices) <= hold_nanos:
                low = middle
            else:
                high = middle - 1
        return low


def price_bounds(call: Call, route: Route, body_bytes: int, terms: Terms, byok: bool) -> PriceBounds:
    """The bounds of a call whose request has `body_bytes`; the route has a price, or it could not be called."""
    assert route.price is not None
    most = bound(call, route, body_bytes)
    choices = call.body.get("n") or 1
    least = most.output
    if not any(call.body.get(name) for name in LIMITS):
        enough = LEAST_REASONED if route.capabilities.reasoning else LEAST_OUTPUT
        least = min(most.output, enough * choices)
    images = sum(1 for _ in call.images())
    most_charged = ceiling(Quantities(most, images), route.price, terms, byok)
    return PriceBounds(most_charged, most, least, choices)


def with_limit(body: Json, route: Route, output: int) -> Json:
    """The body with an output limit of ours, under the name that the model's family knows."""
    name = LIMITS[0] if route.capabilities.reasoning else LIMITS[1]
    return {**body, name: output}
