"""How many calls may be under way at once, in this process and per key; a call waits a tenth of a second for a slot.

Waiting longer would only move the queue into memory. A key that uses all its slots is told to slow down (429), a full
process that it is overloaded (503): both with `Retry-After`, both before anything is reserved or sent.
"""

from collections import Counter
from threading import Condition

from ni.domain.errors import Overloaded, RateLimited

WAIT_S = 0.1
RETRY_AFTER_S = 1


class Concurrency:
    """The slots of one process."""

    def __init__(self, slots: int, slots_per_key: int, wait_s: float = WAIT_S) -> None:
        self._slots = slots
        self._slots_per_key = slots_per_key
        self._wait_s = wait_s
        self._used: Counter[str] = Counter()
        self._all = 0
        self._waiting = 0
        self._changed = Condition()

    def enter(self, key_id: str) -> None:
        """Take a slot. Raises `RateLimited` or `Overloaded` if none was free for `WAIT_S`."""
        # Calls are greenlets of one thread: none gives way between looking and taking, and most need no lock.
        if not self._free(key_id) and not self._freed(key_id):
            if self._used[key_id] >= self._slots_per_key:
                raise RateLimited(retry_after_s=RETRY_AFTER_S, wait_s=RETRY_AFTER_S)
            raise Overloaded(retry_after_s=RETRY_AFTER_S)
        self._used[key_id] += 1
        self._all += 1

    def leave(self, key_id: str) -> None:
        """Give the slot back."""
        self._all -= 1
        self._used[key_id] -= 1
        if not self._used[key_id]:
            del self._used[key_id]
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def used(self, key_id: str = "") -> int:
        """Slots in use, by a key or in all."""
        return self._used[key_id] if key_id else self._all

    def _free(self, key_id: str) -> bool:
        return self._all < self._slots and self._used[key_id] < self._slots_per_key

    def _freed(self, key_id: str) -> bool:
        """Wait a moment for a slot; whether there is one now."""
        self._waiting += 1
        try:
            with self._changed:
                return self._changed.wait_for(lambda: self._free(key_id), self._wait_s)
        finally:
            self._waiting -= 1
