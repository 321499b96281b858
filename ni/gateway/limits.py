"""Limits that are checked before any work is done for a call: concurrency, the key's rate, repeated calls.

Masking costs more CPU than everything else that the gateway does, so what would be refused after it is refused before.
A call that gets no slot or no token leaves no row: rows are bounded by the rate too. A key that uses all its slots is
told to slow down (429), a full process that it is overloaded (503), both with `Retry-After`.
"""

from collections import Counter
from threading import Condition

from ni.domain.clock import to_ms
from ni.domain.errors import (
    IdempotencyInProgress,
    IdempotencyMismatch,
    IdempotencyUsed,
    Overloaded,
    RateLimited,
)
from ni.gateway.context import RequestContext
from ni.metering.admission import RateToken
from ni.metering.idempotency import Claims
from ni.store.journal import Journal
from ni.store.unit import Unit

WAIT_S = 0.1
"""How long a call waits for a slot. Waiting longer would only move the queue into memory."""
RETRY_AFTER_S = 1
UNRECORDED = (RateLimited, Overloaded, IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed)
"""Refusals that leave no usage row and no record, where nothing was sent."""


class Concurrency:
    """How many calls may be under way at once, in this process and per key."""

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


class CallLimits:
    """Takes a slot and a token for each call, and refuses calls that were made before."""

    def __init__(self, concurrency: Concurrency, journal: Journal, claims: Claims) -> None:
        self._concurrency = concurrency
        self._journal = journal
        self._claims = claims

    def enter(self, context: RequestContext) -> None:
        """Take a slot and a token of the key's rate.

        Raises `RateLimited`, `Overloaded`, `StoreUnavailable`, and the refusal of a call that was made before with the
        same `Idempotency-Key`.
        """
        caller = context.caller
        self._concurrency.enter(caller.key_id)
        context.holds_slot = True
        if caller.rpm is not None:
            self._journal.write(Unit((RateToken(caller.key_id, caller.rpm, to_ms(context.started_at)),)))
        refusal = self._claims.refusal(context.claim) if context.claim else None
        if refusal is not None:
            raise refusal

    def leave(self, context: RequestContext) -> None:
        """Give the slot back, once, however often this is asked."""
        if context.holds_slot:
            context.holds_slot = False
            self._concurrency.leave(context.caller.key_id)

    @property
    def alone(self) -> bool:
        """Whether only one call is under way in this process."""
        return self._concurrency.used() == 1
