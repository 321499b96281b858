"""What a provider wants to see again and clients of the chat form do not carry: signed thinking, by tool call id.

Held in memory only, for the account and route that it was made for, within an hour and within bounds; the oldest goes
first. Losing an entry costs some quality, never correctness: adapters know how to go on without. What is kept is as
the provider sent it, so it holds stand-ins where personal data was masked.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from ni.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """How many entries, how many bytes in all, and for how long (seconds)."""

    entries: int = 4096
    octets: int = 16 * 1024 * 1024
    age_s: float = 3600.0


class Keepsakes:
    """One per provider."""

    def __init__(self, clock: Clock, limits: KeepLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or KeepLimits()
        self._entries: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._octets = 0
        self._lock = Lock()

    def keep(self, owner: str, call_id: str, kept: bytes) -> None:
        """Remember `kept` for a tool call of `owner`."""
        with self._lock:
            self._drop((owner, call_id))
            self._entries[owner, call_id] = self._clock.monotonic(), kept
            self._octets += len(kept)
            while self._entries and self._over():
                self._drop(next(iter(self._entries)))

    def find(self, owner: str, call_id: str) -> bytes | None:
        """What was kept for the call, if it is still there."""
        with self._lock:
            kept_at, kept = self._entries.get((owner, call_id), (0.0, None))
            fresh = kept is not None and self._clock.monotonic() - kept_at < self._limits.age_s
            return kept if fresh else None

    def __len__(self) -> int:
        return len(self._entries)

    def _over(self) -> bool:
        eldest_at = next(iter(self._entries.values()))[0]
        limits = self._limits
        too_much = len(self._entries) > limits.entries or self._octets > limits.octets
        return too_much or self._clock.monotonic() - eldest_at > limits.age_s

    def _drop(self, key: tuple[str, str]) -> None:
        if (found := self._entries.pop(key, None)) is not None:
            self._octets -= len(found[1])
