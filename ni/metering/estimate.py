"""Upper bounds before a call, and counts after one that ended without the provider's numbers.

A token is at least one byte of the text that is sent, so the bytes bound the input; an image is bounded by the most
that a provider named in the catalog charges for one, a file only by what the model can read at all. Input that the
client wants cached for an hour is bounded as written so, which is the dearest. A stream that was cut is counted at
four bytes a token.
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
    return _is_kept_longer(call.body) or (call.passable is not None and _is_kept_longer(call.passable))


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
