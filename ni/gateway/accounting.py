"""The two journal units of a call: admitted before the provider is asked, settled before the last byte is delivered.

A crash between them leaves an open call whose `facts` are enough to settle it: recovery writes the usage row and the
closing record from them. Nothing else in the line writes.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

import orjson

from ni.custody.record import Kind
from ni.domain.clock import to_ms
from ni.domain.errors import Problem
from ni.domain.reply import Counted, Outcome, Usage
from ni.gateway.audit_fields import (
    begun_row,
    close_fields,
    close_record,
    complete_row,
    ended,
    open_record,
    used,
)
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Dependencies
from ni.gateway.refusal import in_words
from ni.metering.admission import Admit
from ni.metering.budget import Wish
from ni.metering.cost import Cost, Quantities, cost
from ni.metering.estimate import counted, with_unseen
from ni.metering.offer import Offer, offer
from ni.metering.plausible import plausible, within
from ni.metering.release import Release
from ni.metering.settlement import AlreadySettled, Settle
from ni.providers.provider import Exchange
from ni.store.faults import Unwritable
from ni.store.unit import Unit


class Accounting:
    """Writes what happens to calls."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._terms = dependencies.instance.terms
        self._home = dependencies.instance.jurisdiction
        self._build = dependencies.instance.build

    @cached_property
    def _entities(self) -> Mapping[str, str]:
        return self._dependencies.entities

    def admit(self, context: RequestContext) -> None:
        """Reserve and open. Raises `CapReached`, `BalanceEmpty`, `StoreUnavailable`."""
        bounds = self._offer(context, context.sent_bytes)
        self._name(context)
        context.opened = open_record(
            context, Kind.OPEN, self._dependencies.random, self._entities, self._build
        )
        context.sent_at = self._dependencies.clock.now()
        context.sent_s = self._dependencies.clock.monotonic()
        part = Admit(
            context.request_id,
            self._dependencies.instance.process_id,
            self._wish(context, bounds),
            None,  # its token was taken before
            to_ms(context.started_at),
            self._crash_facts(context),
        )
        try:
            claims = (context.claim,) if context.claim else ()
            granted = self._write(Unit((part, context.opened, *claims)))[0]
        except Problem as refusal:
            context.opened = context.sent_at = None
            raise in_words(refusal, context, self._terms.currency) from None
        context.admitted = True
        context.hold_nanos = granted.hold_nanos
        context.output_limit = bounds.limit_for(granted.hold_nanos)
        context.most = bounds.most
        if context.output_limit is not None:
            context.most = replace(bounds.most, output=context.output_limit * bounds.choices)

    def settle(self, context: RequestContext, outcome: Outcome) -> None:
        """Close an admitted call; returns when that is durable."""
        now = self._dependencies.clock.now()
        ended(context, outcome, self._dependencies.clock.monotonic())
        charge = self._cost(context, context.usage)
        try:
            self._close(context, charge, to_ms(now))
        except Unwritable:
            self._let_go(context, to_ms(now))
        self.leave(context)
        self._dependencies.meters.ended(context)

    def _close(self, context: RequestContext, charge: Cost, now_ms: int) -> None:
        """The last unit of a call. Raises `Unwritable`."""
        assert context.row is not None  # it was admitted
        complete_row(context.row, context, charge)
        record = close_record(context, charge, now_ms, self._dependencies.random)
        part = Settle(
            context.row,
            True,
            context.hold_nanos,
            self._protected(context),
            self._dependencies.instance.prepaid,
        )
        # Recovery may have taken this process for dead and closed the call: then its row stands.
        with suppress(AlreadySettled):
            self._write(Unit((part, record), must=True))

    def _let_go(self, context: RequestContext, now_ms: int) -> None:
        """What was to be written lies aside: settle by our own count, or if that cannot be either, free the hold."""
        own = counted(context.sent_bytes, 0)
        context.usage = within(own, context.most or own, own.source)
        try:
            self._close(context, self._cost(context, context.usage), now_ms)
        except Unwritable:
            self._write(Unit((Release(context.request_id),), must=True))

    def left(self, context: RequestContext, exchange: Exchange | None = None) -> None:
        """The client left before a word of the answer: it pays for what the provider will charge all the same."""
        self.count(context, exchange, 0, self.unseen_s(context))
        self.settle(context, Outcome.CLIENT_GONE)

    def note(self, context: RequestContext, outcome: Outcome, kind: Kind, *more: object) -> None:
        """Record a call that never left: answered in chat, or refused. `more` are further parts of the same unit."""
        ended(context, outcome, self._dependencies.clock.monotonic())
        self._name(context)
        row = begun_row(context, self._terms.rate_millionths, self._home)
        complete_row(row, context, Cost())
        record = open_record(context, kind, self._dependencies.random, self._entities, self._build)
        self._dependencies.journal.write(Unit((*more, Settle(row, False), record)))
        context.opened = record
        self._dependencies.meters.ended(context)

    def count(
        self, context: RequestContext, exchange: Exchange | None, text_bytes: int, unseen_s: float = 0.0
    ) -> None:
        """What the call used: as the provider said at the end, else what it had told by then, else what we count.

        `text_bytes` is the size of what it wrote, `unseen_s` how long it worked without a word that we saw. A count of
        the provider's that cannot be is replaced by ours.
        """
        own = with_unseen(counted(context.sent_bytes, text_bytes), unseen_s, context.most)
        said = exchange.usage if exchange else None
        if said is None and exchange and exchange.told:
            told = exchange.told
            said = replace(told, output=max(told.output, own.output), source=own.source)
        most = context.most or own
        context.usage = within(own, most, own.source) if said is None else plausible(said, own, most)

    def unseen_s(self, context: RequestContext) -> float:
        """How long the provider has worked on what nobody saw: a whole answer, or thought before the first word."""
        route = context.route
        if context.call.stream and (route is None or not route.capabilities.reasoning):
            return 0.0
        return self._dependencies.clock.monotonic() - context.sent_s

    def _name(self, context: RequestContext) -> None:
        """Put the model's name into the form in which it is stored: a route's id as it is, any other as it may be."""
        name = context.call.model[:256].replace("\0", "")  # PostgreSQL takes no such character
        known = self._dependencies.catalog.resolve(name) is not None
        context.model_on_record = name if known else self._dependencies.model_names.stored(name)

    def _write(self, unit: Unit) -> tuple[Any, ...]:
        """Write a unit of a call that has its place: where it is the only one, nobody else is held up by the disk."""
        return self._dependencies.journal.write(unit, alone=self._dependencies.concurrency.taken() == 1)

    def leave(self, context: RequestContext) -> None:
        """Give the call's place back, once, however often this is asked."""
        if context.counted_in:
            context.counted_in = False
            self._dependencies.concurrency.leave(context.caller.key_id)

    def wish(self, context: RequestContext, body_bytes: int) -> Wish:
        """What the call would like to hold if it left with so many bytes."""
        return self._wish(context, self._offer(context, body_bytes))

    def _offer(self, context: RequestContext, body_bytes: int) -> Offer:
        assert context.route is not None
        return offer(context.call, context.route, body_bytes, self._terms, bool(context.credential))

    def _wish(self, context: RequestContext, bounds: Offer) -> Wish:
        caller = context.caller
        return Wish(
            caller.account_id,
            caller.key_id,
            context.day,
            bounds.most_nanos,
            bounds.least_nanos,
            caller.cap_nanos,
            self._dependencies.instance.prepaid,
        )

    def _cost(self, context: RequestContext, usage: Usage) -> Cost:
        """What the call used; a provider that refused it used nothing, and images count as part of a prompt."""
        if context.route is None or context.route.price is None or not (usage.prompt or usage.output):
            return Cost()
        used = Quantities(usage, sum(1 for _ in context.call.images()))
        return cost(used, context.route.price, self._terms, bool(context.credential))

    def _crash_facts(self, context: RequestContext) -> str:
        """The call as it will stand if this process dies now: input counted, output unknown and not charged."""
        usage = Usage(uncached=counted(context.sent_bytes, 0).uncached, source=Counted.ESTIMATED)
        context.row = begun_row(context, self._terms.rate_millionths, self._home)
        used(context.row, usage, self._cost(context, usage))
        context.close = close_fields(context, self._home, self._entities, self._build)
        facts = {"row": context.row, "close": context.close, "protected": self._protected(context)}
        return orjson.dumps(facts).decode()

    def _protected(self, context: RequestContext) -> int:
        return context.masked.summary.total if context.masked else 0
