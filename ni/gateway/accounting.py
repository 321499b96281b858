"""The two journal units of a call: admitted before the provider is asked, settled before the last byte is delivered.

A crash between them leaves an open call whose `facts` are enough to settle it: recovery writes the usage row and the
closing record from them. Calls that never leave are one unit. Nothing else in the pipeline writes.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from ni.catalog.health import Breakers, Met
from ni.custody.record import Record, RecordKind, SentBodies
from ni.domain.call import Json
from ni.domain.clock import Clock, rfc3339, to_ms
from ni.domain.errors import BalanceEmpty, CapReached, Problem
from ni.domain.ids import Random
from ni.domain.money import format_amount
from ni.domain.reply import Counted, Outcome, Usage
from ni.domain.timeline import ANSWERED, DeploymentAttempt, Phase
from ni.gateway.audit_fields import AuditFields, error_code
from ni.gateway.checks import CallLimits
from ni.gateway.context import Admitted, Ended, RequestContext, Resolved
from ni.gateway.dependencies import Dependencies, Instance, Meters
from ni.gateway.told_usage import told
from ni.gateway.used_up import budget_refusal
from ni.metering.account_budgets import marked_tags
from ni.metering.admission import Admit, Granted
from ni.metering.budget import BalanceShort, BudgetExceeded, CapExceeded, ReservationRequest, SpendCheck
from ni.metering.cost import Cost, Quantities, cost
from ni.metering.days import day_ends_at, zone
from ni.metering.estimate import (
    PriceBounds,
    counted,
    plausible,
    price_bounds,
    with_limit,
    with_unseen,
    within,
)
from ni.metering.settlement import AlreadySettled, Release, Settle
from ni.privacy.masking import Masked
from ni.providers.base import ProviderResponse
from ni.store.journal import Journal
from ni.store.unit import Unit
from ni.store.write_faults import Unwritable


def _met(context: RequestContext, now_ms: int) -> Iterator[Met]:
    """What each attempt met at its deployment; an answer that was cut failed there."""
    *before, last = context.attempts or [DeploymentAttempt("", "", "")]
    for attempt in before:
        yield Met(attempt.deployment, now_ms, attempt.result)
    if last.result == ANSWERED:
        cut = context.ended is not None and context.ended.outcome is Outcome.UPSTREAM_CUT
        first_token_ms = context.timeline.until_ms(Phase.FIRST_TOKEN)
        yield Met(last.deployment, now_ms, error_code(context) if cut else ANSWERED, first_token_ms)
    elif last.result:
        yield Met(last.deployment, now_ms, last.result)


@dataclass(frozen=True, slots=True)
class AccountingServices:
    """What accounting reads and writes: journal, spending of keys, slots in use, metrics, breakers.

    `label_of` gives the form in which a tag of an account is stored.
    """

    journal: Journal
    spend_check: SpendCheck
    limits: CallLimits
    meters: Meters
    breakers: Breakers
    label_of: Callable[[str, str], str]


def _local(moment: datetime, time_zone: str) -> str:
    return moment.astimezone(zone(time_zone)).strftime("%Y-%m-%d %H:%M %Z")


def text_bytes(said: Json) -> int:
    """How many bytes of text a message, or a delta of one, holds: by them its tokens are estimated."""
    texts = [said.get("content"), said.get("reasoning_content"), said.get("refusal")]
    for call in said.get("tool_calls") or ():
        texts.append((call.get("function") or {}).get("arguments"))
    count = 0
    for text in texts:
        if text and isinstance(text, str):
            count += len(text) if text.isascii() else len(text.encode(errors="replace"))
    return count


def written_bytes(reply: Json) -> int:
    """The same of a whole reply; vectors hold no text."""
    return sum(text_bytes(choice.get("message") or {}) for choice in reply.get("choices", ()))


class Accounting:
    """Reserves money for calls, writes their records and settles them."""

    def __init__(
        self,
        instance: Instance,
        audit: AuditFields,
        services: AccountingServices,
        clock: Clock,
        random: Random,
    ) -> None:
        self._instance = instance
        self._terms = instance.terms
        self._audit = audit
        self._services = services
        self._clock = clock
        self._random = random
        self._key_tags = lru_cache(maxsize=4096)(self._labels)

    def require_funds(self, context: RequestContext, resolved: Resolved) -> None:
        """Check before masking that any money is left; reserves nothing, and lets calls pass that cost nothing.

        Raises `CapReached` or `BalanceEmpty` where nothing at all is left.
        """
        check, caller = self._services.spend_check, context.caller
        if check.limits(caller.account_id, caller.cap_nanos, self._instance.prepaid):
            reservation = self._reservation(context, self._bounds(resolved, len(context.received)))
            refusal = check.refusal(reservation)
            if refusal is not None:
                raise self._explained(refusal, context)

    def admit(self, context: RequestContext, resolved: Resolved, masked: Masked) -> Admitted:
        """Reserve what the call may cost, and write its opening record.

        Where the money left covers less than the model may write, the masked body is given an output limit. Raises
        `CapReached`, `BalanceEmpty`, `StoreUnavailable`, and the refusals of an `Idempotency-Key`.
        """
        self.passed(context, Phase.MASKING)
        size = len(orjson.dumps(masked.body))
        bounds = self._bounds(resolved, size)
        opened = self._audit.open_record(context, RecordKind.OPEN)
        sent_at, sent_s = self._clock.now(), self._clock.monotonic()
        part = Admit(
            context.request_id,
            self._instance.process_id,
            self._reservation(context, bounds),
            to_ms(context.started_at),
            self._crash_facts(context, resolved, counted(size, 0).uncached, opened, sent_at),
        )
        claims = (context.claim,) if context.claim else ()
        try:
            granted: Granted = self._write(Unit((part, opened, *claims)))[0]
        except Problem as refusal:
            raise self._explained(refusal, context) from None
        context.record, context.budgets = opened, granted.budgets
        hold_nanos = granted.hold_nanos
        most, limit = bounds.most, bounds.limit_for(hold_nanos)
        if limit is not None:
            masked = replace(masked, body=with_limit(masked.body, resolved.route, limit))
            size, most = len(orjson.dumps(masked.body)), replace(most, output=limit * bounds.choices)
        sent = SentBodies(self._random)
        self.passed(context, Phase.ADMISSION)
        return Admitted(resolved, masked, size, opened, sent_at, sent_s, hold_nanos, most, limit, sent)

    def settle(self, context: RequestContext, admitted: Admitted, outcome: Outcome) -> None:
        """Close an admitted call; returns when that is durable."""
        now_ms = to_ms(self._clock.now())
        self.end(context, outcome)
        try:
            self._close(context, admitted, now_ms)
        except Unwritable:
            self._give_up(context, admitted, now_ms)
        self._services.limits.leave(context)
        self._services.meters.ended(context)
        name = context.breaker(admitted.resolved.route)
        if outcome is Outcome.COMPLETED:
            self._services.breakers.succeeded(name, to_ms(admitted.sent_at))
        elif outcome is Outcome.UPSTREAM_CUT:
            self._services.breakers.failed(name)

    def settle_abandoned(self, context: RequestContext) -> None:
        """Settle a call whose client left before the answer began; it is charged what the provider charges anyway."""
        admitted, exchange = context.admitted, context.sent.exchange if context.sent else None
        if admitted is None:
            return
        usage = self.count(admitted, exchange, 0, self._unseen_s(admitted))
        context.answered = replace(context.answered, usage=usage)
        self.settle(context, admitted, Outcome.CLIENT_GONE)

    def note(self, context: RequestContext, outcome: Outcome, kind: RecordKind) -> None:
        """Record a call that was not sent to a provider: answered in chat, or refused."""
        self.end(context, outcome)
        row = self._audit.usage_row(context, Usage(), Cost())
        record = self._audit.open_record(context, kind)
        self._services.journal.write(Unit((Settle(row, False), record)))
        context.record = record
        self._services.meters.ended(context)

    def refuse(self, context: RequestContext) -> None:
        """End a call that the limits refused, of which nothing is recorded."""
        self.end(context, Outcome.DENIED)
        self._services.meters.limited(context)

    def end(self, context: RequestContext, outcome: Outcome) -> None:
        """Note in the context how the call ended and how long it took; writes nothing."""
        context.ended = Ended(outcome, self.elapsed_ms(context))

    def count(
        self, admitted: Admitted, exchange: ProviderResponse | None, text_bytes: int, unseen_s: float = 0.0
    ) -> Usage:
        """What the call used: as the provider said at the end, else what it had told by then, else what we count.

        `text_bytes` is the size of what it wrote, `unseen_s` how long it worked without a word that we saw. A count of
        the provider's that cannot be is replaced by ours.
        """
        own = with_unseen(counted(admitted.body_bytes, text_bytes), unseen_s, admitted.most)
        reported = exchange.usage if exchange else None
        if reported is None and exchange and exchange.partial_usage:
            partial = exchange.partial_usage
            reported = replace(partial, output=max(partial.output, own.output), source=own.source)
        if reported is None:
            return within(own, admitted.most, own.source)
        return plausible(reported, own, admitted.most)

    def passed(self, context: RequestContext, phase: Phase) -> None:
        """Note that a phase of the call ended now."""
        context.timeline.end(phase, self._clock.monotonic())

    def told(self, admitted: Admitted, exchange: ProviderResponse, text_bytes: int, chunk: Json) -> Json:
        """The chunk of a stream with the provider's counts in it replaced where they cannot be."""
        reported = exchange.usage or exchange.partial_usage
        if reported is None:
            return chunk
        return told(chunk, plausible(reported, counted(admitted.body_bytes, text_bytes), admitted.most))

    def elapsed_ms(self, context: RequestContext) -> int:
        """Milliseconds since the request arrived."""
        return round((self._clock.monotonic() - context.started_s) * 1000)

    def since_sent_s(self, admitted: Admitted) -> float:
        """Seconds since the call was admitted and sent."""
        return self._clock.monotonic() - admitted.sent_s

    def _explained(self, refusal: Problem, context: RequestContext) -> Problem:
        """The refusal with its amounts and the time of the reset filled in; one that has none is returned as it is."""
        currency, caller = self._terms.currency, context.caller
        if isinstance(refusal, CapExceeded):
            resets = day_ends_at(context.started_at, caller.time_zone)
            return CapReached(
                spent=format_amount(refusal.spending.spent_nanos),
                cap=format_amount(caller.cap_nanos or 0),
                currency=currency,
                estimate=format_amount(refusal.hold_nanos),
                reset_at=_local(resets, caller.time_zone),
            )
        if isinstance(refusal, BudgetExceeded):
            context.budgets = (refusal.standing,)
            resets_at = refusal.standing.resets_at(context.started_at, caller.time_zone)
            return budget_refusal(refusal, currency, _local(resets_at, caller.time_zone))
        if isinstance(refusal, BalanceShort):
            return BalanceEmpty(
                balance=format_amount(refusal.balance.nanos),
                held=format_amount(refusal.balance.held_nanos),
                currency=currency,
                estimate=format_amount(refusal.hold_nanos),
            )
        return refusal

    def _close(self, context: RequestContext, admitted: Admitted, now_ms: int) -> None:
        """The last unit of a call. Raises `Unwritable`."""
        usage = context.answered.usage
        charge = self._cost(admitted.resolved, usage)
        self.passed(context, Phase.SETTLE)
        row = self._audit.usage_row(context, usage, charge)
        record = self._audit.close_record(context, admitted, charge, now_ms)
        total = admitted.masked.summary.total
        refs = tuple(standing.ref for standing in context.budgets)
        part = Settle(row, True, admitted.hold_nanos, total, self._instance.prepaid, refs)
        context.budgets = tuple(
            standing.settled(admitted.hold_nanos, charge.charge_nanos) for standing in context.budgets
        )
        # Recovery may have taken this process for dead and closed the call: then its row stands.
        with suppress(AlreadySettled):
            self._write(Unit((part, record, *_met(context, now_ms)), must=True))

    def _give_up(self, context: RequestContext, admitted: Admitted, now_ms: int) -> None:
        """After the closing unit was set aside: settle by our own count, or else release the reservation."""
        own = counted(admitted.body_bytes, 0)
        context.answered = replace(context.answered, usage=within(own, admitted.most, own.source))
        try:
            self._close(context, admitted, now_ms)
        except Unwritable:
            self._write(Unit((Release(context.request_id),), must=True))

    def _unseen_s(self, admitted: Admitted) -> float:
        """Seconds for which the provider has worked unseen: on a whole answer, or reasoning before the first word."""
        resolved = admitted.resolved
        if resolved.call.stream and not resolved.route.capabilities.reasoning:
            return 0.0
        return self.since_sent_s(admitted)

    def _write(self, unit: Unit) -> tuple[Any, ...]:
        """Write a unit of a call that has a slot.

        `alone` lets the journal write at once, as no other call would wait.
        """
        return self._services.journal.write(unit, alone=self._services.limits.alone)

    def _bounds(self, resolved: Resolved, body_bytes: int) -> PriceBounds:
        return price_bounds(resolved.call, resolved.route, body_bytes, self._terms, resolved.byok)

    def _reservation(self, context: RequestContext, bounds: PriceBounds) -> ReservationRequest:
        caller = context.caller
        return ReservationRequest(
            caller.account_id,
            caller.key_id,
            context.day,
            bounds.most_nanos,
            bounds.least_nanos,
            caller.cap_nanos,
            self._instance.prepaid,
            caller.owner_id,
            marked_tags((context.labels.tag, *self._key_tags(caller.account_id, caller.tags))),
        )

    def _labels(self, account_id: str, tags: frozenset[str]) -> tuple[str, ...]:
        """The tags of a key in the form in which those of calls are stored."""
        return tuple(self._services.label_of(account_id, tag) for tag in tags)

    def _cost(self, resolved: Resolved, usage: Usage) -> Cost:
        """What the call cost; a provider that refused it used nothing, and images count as part of a prompt."""
        price = resolved.route.price
        if price is None or not (usage.prompt or usage.output):
            return Cost()
        quantities = Quantities(usage, sum(1 for _ in resolved.call.images()))
        return cost(quantities, price, self._terms, resolved.byok)

    def _crash_facts(
        self, context: RequestContext, resolved: Resolved, tokens: int, opened: Record, sent_at: datetime
    ) -> str:
        """The call as it will stand if this process dies now: input counted, output unknown and not charged."""
        usage = Usage(uncached=tokens, source=Counted.ESTIMATED)
        row = self._audit.usage_row(context, usage, self._cost(resolved, usage))
        close = self._audit.close_fields(context, opened, rfc3339(sent_at))
        facts = {"row": row, "close": close, "protected": context.pii.total}
        return orjson.dumps(facts).decode()


def make_accounting(parts: Dependencies, audit: AuditFields, limits: CallLimits) -> Accounting:
    """The accounting of a pipeline with these services."""
    services = AccountingServices(
        parts.journal, parts.spend_check, limits, parts.meters, parts.breakers, parts.label_of
    )
    return Accounting(parts.instance, audit, services, parts.clock, parts.random)
