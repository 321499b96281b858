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

from ni.custody.record import RecordKind
from ni.domain.clock import to_ms
from ni.domain.errors import Problem
from ni.domain.reply import Counted, Outcome, Usage
from ni.gateway.journey import Journey
from ni.gateway.outcome import begun_row, close_fields, close_record, complete_row, ended, open_record, used
from ni.gateway.refusal import in_words
from ni.gateway.stages import Stages
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


class CallLedger:
    """Writes what happens to calls."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._terms = stages.instance.terms
        self._home = stages.instance.jurisdiction
        self._build = stages.instance.build

    @cached_property
    def _entities(self) -> Mapping[str, str]:
        return self._stages.entities

    def admit(self, journey: Journey) -> None:
        """Reserve and open. Raises `CapReached`, `BalanceEmpty`, `StoreUnavailable`."""
        bounds = self._offer(journey, journey.sent_bytes)
        self._name(journey)
        journey.opened = open_record(
            journey, RecordKind.OPEN, self._stages.random, self._entities, self._build
        )
        journey.sent_at = self._stages.clock.now()
        journey.sent_s = self._stages.clock.monotonic()
        part = Admit(
            journey.request_id,
            self._stages.instance.process_id,
            self._wish(journey, bounds),
            None,  # its token was taken before
            to_ms(journey.started_at),
            self._crash_facts(journey),
        )
        try:
            claims = (journey.claim,) if journey.claim else ()
            granted = self._write(Unit((part, journey.opened, *claims)))[0]
        except Problem as refusal:
            journey.opened = journey.sent_at = None
            raise in_words(refusal, journey, self._terms.currency) from None
        journey.admitted = True
        journey.hold_nanos = granted.hold_nanos
        journey.output_limit = bounds.limit_for(granted.hold_nanos)
        journey.most = bounds.most
        if journey.output_limit is not None:
            journey.most = replace(bounds.most, output=journey.output_limit * bounds.choices)

    def settle(self, journey: Journey, outcome: Outcome) -> None:
        """Close an admitted call; returns when that is durable."""
        now = self._stages.clock.now()
        ended(journey, outcome, self._stages.clock.monotonic())
        charge = self._cost(journey, journey.usage)
        try:
            self._close(journey, charge, to_ms(now))
        except Unwritable:
            self._let_go(journey, to_ms(now))
        self.leave(journey)
        self._stages.meters.ended(journey)

    def _close(self, journey: Journey, charge: Cost, now_ms: int) -> None:
        """The last unit of a call. Raises `Unwritable`."""
        assert journey.row is not None  # it was admitted
        complete_row(journey.row, journey, charge)
        record = close_record(journey, charge, now_ms, self._stages.random)
        part = Settle(
            journey.row, True, journey.hold_nanos, self._protected(journey), self._stages.instance.prepaid
        )
        # Recovery may have taken this process for dead and closed the call: then its row stands.
        with suppress(AlreadySettled):
            self._write(Unit((part, record), must=True))

    def _let_go(self, journey: Journey, now_ms: int) -> None:
        """What was to be written lies aside: settle by our own count, or if that cannot be either, free the hold."""
        own = counted(journey.sent_bytes, 0)
        journey.usage = within(own, journey.most or own, own.source)
        try:
            self._close(journey, self._cost(journey, journey.usage), now_ms)
        except Unwritable:
            self._write(Unit((Release(journey.request_id),), must=True))

    def left(self, journey: Journey, exchange: Exchange | None = None) -> None:
        """The client left before a word of the answer: it pays for what the provider will charge all the same."""
        self.count(journey, exchange, 0, self.unseen_s(journey))
        self.settle(journey, Outcome.CLIENT_GONE)

    def note(self, journey: Journey, outcome: Outcome, kind: RecordKind, *more: object) -> None:
        """Record a call that never left: answered in chat, or refused. `more` are further parts of the same unit."""
        ended(journey, outcome, self._stages.clock.monotonic())
        self._name(journey)
        row = begun_row(journey, self._terms.rate_millionths, self._home)
        complete_row(row, journey, Cost())
        record = open_record(journey, kind, self._stages.random, self._entities, self._build)
        self._stages.journal.write(Unit((*more, Settle(row, False), record)))
        journey.opened = record
        self._stages.meters.ended(journey)

    def count(
        self, journey: Journey, exchange: Exchange | None, text_bytes: int, unseen_s: float = 0.0
    ) -> None:
        """What the call used: as the provider said at the end, else what it had told by then, else what we count.

        `text_bytes` is the size of what it wrote, `unseen_s` how long it worked without a word that we saw. A count of
        the provider's that cannot be is replaced by ours.
        """
        own = with_unseen(counted(journey.sent_bytes, text_bytes), unseen_s, journey.most)
        said = exchange.usage if exchange else None
        if said is None and exchange and exchange.told:
            told = exchange.told
            said = replace(told, output=max(told.output, own.output), source=own.source)
        most = journey.most or own
        journey.usage = within(own, most, own.source) if said is None else plausible(said, own, most)

    def unseen_s(self, journey: Journey) -> float:
        """How long the provider has worked on what nobody saw: a whole answer, or thought before the first word."""
        route = journey.route
        if journey.call.stream and (route is None or not route.capabilities.reasoning):
            return 0.0
        return self._stages.clock.monotonic() - journey.sent_s

    def _name(self, journey: Journey) -> None:
        """Put the model's name into the form in which it is stored: a route's id as it is, any other as it may be."""
        name = journey.call.model[:256].replace("\0", "")  # PostgreSQL takes no such character
        known = self._stages.catalog.resolve(name) is not None
        journey.model_on_record = name if known else self._stages.model_names.stored(name)

    def _write(self, unit: Unit) -> tuple[Any, ...]:
        """Write a unit of a call that has its place: where it is the only one, nobody else is held up by the disk."""
        return self._stages.journal.write(unit, alone=self._stages.room.taken() == 1)

    def leave(self, journey: Journey) -> None:
        """Give the call's place back, once, however often this is asked."""
        if journey.in_room:
            journey.in_room = False
            self._stages.room.leave(journey.caller.key_id)

    def wish(self, journey: Journey, body_bytes: int) -> Wish:
        """What the call would like to hold if it left with so many bytes."""
        return self._wish(journey, self._offer(journey, body_bytes))

    def _offer(self, journey: Journey, body_bytes: int) -> Offer:
        assert journey.route is not None
        return offer(journey.call, journey.route, body_bytes, self._terms, bool(journey.credential))

    def _wish(self, journey: Journey, bounds: Offer) -> Wish:
        caller = journey.caller
        return Wish(
            caller.account_id,
            caller.key_id,
            journey.day,
            bounds.most_nanos,
            bounds.least_nanos,
            caller.cap_nanos,
            self._stages.instance.prepaid,
        )

    def _cost(self, journey: Journey, usage: Usage) -> Cost:
        """What the call used; a provider that refused it used nothing, and images count as part of a prompt."""
        if journey.route is None or journey.route.price is None or not (usage.prompt or usage.output):
            return Cost()
        used = Quantities(usage, sum(1 for _ in journey.call.images()))
        return cost(used, journey.route.price, self._terms, bool(journey.credential))

    def _crash_facts(self, journey: Journey) -> str:
        """The call as it will stand if this process dies now: input counted, output unknown and not charged."""
        usage = Usage(uncached=counted(journey.sent_bytes, 0).uncached, source=Counted.ESTIMATED)
        journey.row = begun_row(journey, self._terms.rate_millionths, self._home)
        used(journey.row, usage, self._cost(journey, usage))
        journey.close = close_fields(journey, self._home, self._entities, self._build)
        facts = {"row": journey.row, "close": journey.close, "protected": self._protected(journey)}
        return orjson.dumps(facts).decode()

    def _protected(self, journey: Journey) -> int:
        return journey.masked.summary.total if journey.masked else 0
