"""Signed thinking in tool loops: Claude wants it back before the calls that it led to, word for word.

Clients of the chat form do not carry it; it is kept by call id (`keepsakes.py`) as blocks of the wire it came over,
and put back here while a turn is written.
"""

from collections.abc import Callable

import orjson

from ni.domain.call import Json
from ni.providers.turns import Block, Conversation, ToolCall, ToolResult, Turn

Find = Callable[[str], bytes | None]
"""The blocks kept for a tool call id, as JSON."""


def forgotten(call_id: str) -> bytes | None:
    """A `Find` that finds nothing: where the model does not think, it must not be shown that it did."""
    return None


def may_think(conversation: Conversation, find: Find) -> bool:
    """Whether the model may think in this turn: a tool loop that began without signed thinking goes on without."""
    for turn in reversed(conversation.turns):
        if turn.role == "assistant":
            calls = [block for block in turn.blocks if isinstance(block, ToolCall)]
            return not calls or find(calls[0].id) is not None
        if any(not isinstance(block, ToolResult) for block in turn.blocks):
            return True  # the user spoke since: a new turn of thinking begins
    return True


def written(turn: Turn, find: Find, write: Callable[[Block], Json]) -> list[Json]:
    """The blocks of a turn, results of tools first; thinking goes before its call, that of the first before all."""
    found: list[Json] = []
    called = False
    for block in sorted(turn.blocks, key=lambda block: not isinstance(block, ToolResult)):
        if isinstance(block, ToolCall):
            place = len(found) if called else 0
            found[place:place] = orjson.loads(find(block.id) or b"[]")
            called = True
        found.append(write(block))
    return found
