"""In-memory cache of signed thinking blocks, by account, route and tool call id (1 h), for tool loops.

Claude and Gemini require their signed thinking unchanged before the calls that followed it, and clients of the chat
form do not return it. The number of entries and bytes is bounded; the oldest is dropped first. A lost entry costs
quality, never correctness. Blocks are stored as the provider sent them, so personal data in them is masked.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import orjson

from ni.domain.call import Json
from ni.domain.clock import Clock
from ni.providers.conversation import Block, ProviderConversation, ToolCall, ToolResult, Turn


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """How many entries, how many bytes in all, and for how long (seconds)."""

    entries: int = 4096
    octets: int = 16 * 1024 * 1024
    age_s: float = 3600.0


class ThinkingCache:
    """The cache of one provider; safe between threads and greenlets."""

    def __init__(self, clock: Clock, limits: KeepLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or KeepLimits()
        self._entries: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._octets = 0
        self._lock = Lock()

    def keep(self, owner: str, call_id: str, blocks: bytes) -> None:
        """Store `blocks` for a tool call of `owner`."""
        with self._lock:
            self._drop((owner, call_id))
            self._entries[owner, call_id] = self._clock.monotonic(), blocks
            self._octets += len(blocks)
            while self._entries and self._over():
                self._drop(next(iter(self._entries)))

    def find(self, owner: str, call_id: str) -> bytes | None:
        """The blocks stored for the call, or None."""
        with self._lock:
            kept_at, blocks = self._entries.get((owner, call_id), (0.0, None))
            fresh = blocks is not None and self._clock.monotonic() - kept_at < self._limits.age_s
            return blocks if fresh else None

    def __len__(self) -> int:
        return len(self._entries)

    def _over(self) -> bool:
        eldest_at = next(iter(self._entries.values()))[0]
        limits = self._limits
        too_much = len(self._entries) > limits.entries or self._octets > limits.octets
        return too_much or self._clock.monotonic() - eldest_at > limits.age_s

    def _drop(self, key: tuple[str, str]) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._octets -= len(entry[1])


Find = Callable[[str], bytes | None]
"""The blocks kept for a tool call id, as JSON."""


def forgotten(call_id: str) -> bytes | None:
    """A `Find` that finds nothing: where the model does not think, it must not be shown that it did."""
    return None


def may_think(conversation: ProviderConversation, find: Find) -> bool:
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
    content: list[Json] = []
    called = False
    for block in sorted(turn.blocks, key=lambda block: not isinstance(block, ToolResult)):
        if isinstance(block, ToolCall):
            place = len(content) if called else 0
            content[place:place] = orjson.loads(find(block.id) or b"[]")
            called = True
        content.append(write(block))
    return content
