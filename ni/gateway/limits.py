"""What a key may do now, before anything is done for it: its place, the rate's token, money that is used up.

Masking is the dearest thing that the gateway does by itself, so what would be refused after it is refused before. A
call that has no place or no token leaves no row: rows are bounded by the rate like everything else. The exact
reservation is made later, when it is known what is sent.
"""

from ni.domain.clock import to_ms
from ni.domain.errors import (
    IdempotencyInProgress,
    IdempotencyMismatch,
    IdempotencyUsed,
    Overloaded,
    RateLimited,
)
from ni.gateway.journey import Journey
from ni.gateway.ledger import CallLedger
from ni.gateway.refusal import in_words
from ni.gateway.stages import Stages
from ni.metering.rate import Token
from ni.store.unit import Unit

UNRECORDED = (RateLimited, Overloaded, IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed)
"""Refusals that leave no row and no record, where nothing was sent."""


class Limits:
    """Checks them, cheapest first."""

    def __init__(self, stages: Stages, ledger: CallLedger) -> None:
        self._room = stages.room
        self._journal = stages.journal
        self._standing = stages.standing
        self._claims = stages.claims
        self._currency = stages.instance.terms.currency
        self._ledger = ledger

    def enter(self, journey: Journey) -> None:
        """Take a place and a token. Raises `RateLimited`, `Overloaded`, `StoreUnavailable`, and what refuses a call
        that was made before with the same `Idempotency-Key`."""
        caller = journey.caller
        self._room.enter(caller.key_id)
        journey.in_room = True
        if caller.rpm is not None:
            self._journal.write(Unit((Token(caller.key_id, caller.rpm, to_ms(journey.started_at)),)))

        refusal = self._claims.refusal(journey.claim) if journey.claim else None
        if refusal is not None:
            raise refusal

    def leave(self, journey: Journey) -> None:
        """Give the place back, unless the call was admitted: then it has it until it is settled."""
        if not journey.admitted:
            self._ledger.leave(journey)

    def require_money(self, journey: Journey) -> None:
        """Raises `CapReached` or `BalanceEmpty` where nothing at all is left; what costs nothing is let through."""
        refusal = self._standing.refusal(self._ledger.wish(journey, len(journey.received)))
        if refusal is not None:
            raise in_words(refusal, journey, self._currency)
