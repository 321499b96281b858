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
from ni.gateway.accounting import Accounting
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Dependencies
from ni.gateway.refusal import in_words
from ni.metering.rate import Token
from ni.store.unit import Unit

UNRECORDED = (RateLimited, Overloaded, IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed)
"""Refusals that leave no row and no record, where nothing was sent."""


class Limits:
    """Checks them, cheapest first."""

    def __init__(self, dependencies: Dependencies, accounting: Accounting) -> None:
        self._concurrency = dependencies.concurrency
        self._journal = dependencies.journal
        self._standing = dependencies.standing
        self._claims = dependencies.claims
        self._currency = dependencies.instance.terms.currency
        self._accounting = accounting

    def enter(self, context: RequestContext) -> None:
        """Take a place and a token. Raises `RateLimited`, `Overloaded`, `StoreUnavailable`, and what refuses a call
        that was made before with the same `Idempotency-Key`."""
        caller = context.caller
        self._concurrency.enter(caller.key_id)
        context.counted_in = True
        if caller.rpm is not None:
            self._journal.write(Unit((Token(caller.key_id, caller.rpm, to_ms(context.started_at)),)))

        refusal = self._claims.refusal(context.claim) if context.claim else None
        if refusal is not None:
            raise refusal

    def leave(self, context: RequestContext) -> None:
        """Give the place back, unless the call was admitted: then it has it until it is settled."""
        if not context.admitted:
            self._accounting.leave(context)

    def require_money(self, context: RequestContext) -> None:
        """Raises `CapReached` or `BalanceEmpty` where nothing at all is left; what costs nothing is let through."""
        refusal = self._standing.refusal(self._accounting.wish(context, len(context.received)))
        if refusal is not None:
            raise in_words(refusal, context, self._currency)
