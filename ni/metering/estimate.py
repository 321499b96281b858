"""Upper bounds before a call, and counts after one that ended without the provider's numbers.

A token is at least one byte of the text that is sent, so the bytes bound the input; an image is bounded by the most
that a provider named in the catalog charges for one, a file only by what the model can read at all. Input that the
client wants cached for an hour is bounded as written so, which is the dearest. A stream that was cut is counted at
four bytes a token.
"""

from typing import Any

from ni.domain.call import Call, Json
from ni.domain.reply import Counted, Usage
from ni.domain.route import Route

IMAGE_TOKENS = 8192
MESSAGE_TOKENS = 16
TOOLS_TOKENS = 1024  # what a provider may write around tool definitions; Anthropic documents about 350
BYTES_PER_TOKEN = 4

_DEFAULT_TTL = "5m"
_MARKED = ("messages", "system", "tools", "content", "tool_calls")
"""Where a `cache_control` can stand below: in chat form, and in a Messages body."""


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
    if _is_kept_longer(call.body) or _is_kept_longer(call.passable):
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


def _is_kept_longer(entry: Any) -> bool:
    """Whether a mark in the body asks for a cache that lives longer than the usual five minutes."""
    if isinstance(entry, list):
        return any(map(_is_kept_longer, entry))
    if not isinstance(entry, dict):
        return False
    mark = entry.get("cache_control")
    if isinstance(mark, dict) and mark.get("ttl", _DEFAULT_TTL) != _DEFAULT_TTL:
        return True
    return any(_is_kept_longer(entry[name]) for name in _MARKED if name in entry)
