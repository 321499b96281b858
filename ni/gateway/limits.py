"""What a key may do now, checked before any work is done for it: concurrency, rate, repeated calls, money used up.

Masking costs more CPU than everything else that the gateway does, so what would be refused after it is refused before.
A call that gets no slot or no token leaves no row: rows are bounded by the rate too. The exact reservation is made
later, in the transaction that admits the call, when it is known what is sent.
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
from ni.gateway.concurrency import Concurrency
from ni.gateway.context import RequestContext, Resolved
from ni.metering.idempotency import Claims
from ni.metering.rate import Token
from ni.metering.standing import Standing
from ni.store.journal import Journal
from ni.store.unit import Unit

UNRECORDED = (RateLimited, Overloaded, IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed)
"""Refusals that leave no usage row and no record, where nothing was sent."""


class Limits:
    """Checks the limits, the cheapest first."""

    def __init__(
        self,
        concurrency: Concurrency,
        journal: Journal,
        claims: Claims,
        standing: Standing,
        accounting: Accounting,
    ) -> None:
        self._concurrency = concurrency
        self._journal = journal
        self._claims = claims
        self._standing = standing
        self._accounting = accounting

    def enter(self, context: RequestContext) -> None:
        """Take a slot and a token of the key's rate.

        Raises `RateLimited`, `Overloaded`, `StoreUnavailable`, and the refusal of a call that was made before with the
        same `Idempotency-Key`.
        """
        caller = context.caller
        self._concurrency.enter(caller.key_id)
        context.counted_in = True
        if caller.rpm is not None:
            self._journal.write(Unit((Token(caller.key_id, caller.rpm, to_ms(context.started_at)),)))
        refusal = self._claims.refusal(context.claim) if context.claim else None
        if refusal is not None:
            raise refusal

    def leave(self, context: RequestContext) -> None:
        """Give the slot back, unless the call was admitted: then it is kept until the call is settled."""
        if context.admitted is None:
            self._accounting.leave(context)

    def require_funds(self, context: RequestContext, resolved: Resolved) -> None:
        """Raises `CapReached` or `BalanceEmpty` where nothing at all is left; what costs nothing is let through."""
        refusal = self._standing.refusal(self._accounting.wish(context, resolved, len(context.received)))
        if refusal is not None:
            raise self._accounting.explained(refusal, context)
