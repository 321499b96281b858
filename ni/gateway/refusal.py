"""Refusals of accounting as sentences for the caller: amounts in the currency of the instance, time of the reset."""

from ni.domain.errors import BalanceEmpty, CapReached, Problem
from ni.domain.money import format_amount
from ni.gateway.context import RequestContext
from ni.metering.budget import BalanceShort, CapExceeded
from ni.metering.days import day_ends_at, zone


def in_words(refusal: Problem, context: RequestContext, currency: str) -> Problem:
    """The refusal with its numbers filled in; one that has none is returned as it is."""
    if isinstance(refusal, CapExceeded):
        return _cap(refusal, context, currency)
    if isinstance(refusal, BalanceShort):
        return BalanceEmpty(
            balance=format_amount(refusal.balance.nanos - refusal.balance.held_nanos),
            currency=currency,
            estimate=format_amount(refusal.hold_nanos),
        )
    return refusal


def _cap(refusal: CapExceeded, context: RequestContext, currency: str) -> CapReached:
    caller, spending = context.caller, refusal.spending
    resets = day_ends_at(context.started_at, caller.time_zone).astimezone(zone(caller.time_zone))
    return CapReached(
        spent=format_amount(spending.spent_nanos),
        cap=format_amount(caller.cap_nanos or 0),
        currency=currency,
        estimate=format_amount(refusal.hold_nanos),
        reset_at=resets.strftime("%Y-%m-%d %H:%M %Z"),
    )
