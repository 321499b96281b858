"""Which limit refused a call: a budget, the cap of its key, the prepaid balance; as its usage row keeps it.

The row keeps what the caller was told: the figures of the sentence, and of a budget its scope, window and id.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ni.domain.errors import BalanceEmpty, BudgetReached, CapReached, Problem
from ni.domain.money import format_amount
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetStanding
from ni.metering.budget import BudgetExceeded


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


BUDGET_NAMES = {
    (BudgetScope.KEY, BudgetSpan.DAY): _("this key's budget for the day"),
    (BudgetScope.KEY, BudgetSpan.MONTH): _("this key's budget for the month"),
    (BudgetScope.PERSON, BudgetSpan.DAY): _("the budget for the day of the person who owns this key"),
    (BudgetScope.PERSON, BudgetSpan.MONTH): _("the budget for the month of the person who owns this key"),
    (BudgetScope.TAG, BudgetSpan.DAY): _("the budget for the day of this request's tag"),
    (BudgetScope.TAG, BudgetSpan.MONTH): _("the budget for the month of this request's tag"),
    (BudgetScope.ACCOUNT, BudgetSpan.DAY): _("the account's budget for the day"),
    (BudgetScope.ACCOUNT, BudgetSpan.MONTH): _("the account's budget for the month"),
}

_KINDS: dict[str, type[CapReached]] = {"cap": CapReached, "budget": BudgetReached, "balance": BalanceEmpty}


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A limit that refused a call: `cap`, `budget` or `balance`, the refusal, and the id of a budget."""

    kind: str
    problem: Problem
    budget_id: str = ""


def budget_refusal(refusal: BudgetExceeded, currency: str, reset_at: str) -> Problem:
    """The sentence of a budget that does not cover a call."""
    standing = refusal.standing
    problem = BudgetReached(
        estimate=format_amount(refusal.hold_nanos),
        limit=format_amount(standing.spec.limit_nanos),
        currency=currency,
        spent=format_amount(standing.spent_nanos),
        held=format_amount(standing.held_nanos),
        reset_at=reset_at,
    )
    return problem.expecting(BUDGET_NAMES[standing.spec.scope, standing.spec.span])


def as_stored(problem: Problem | None, budgets: Sequence[BudgetStanding]) -> str:
    """A refusal as the usage row keeps it; `budgets` holds the one that refused. Empty for any other problem."""
    kind = next((name for name, each in _KINDS.items() if type(problem) is each), "")
    if problem is None or not kind:
        return ""
    kept = {"limit": kind, "figures": {name: str(value) for name, value in problem.fields.items()}}
    if kind == "budget":
        (standing,) = budgets
        kept |= {"id": standing.id, "scope": standing.spec.scope.value, "window": standing.spec.span.value}
    return orjson.dumps(kept).decode()


def from_stored(text: str) -> UsedUp | None:
    """What `as_stored` made; None for anything else."""
    if not text.startswith('{"limit":'):
        return None
    kept = orjson.loads(text)
    problem = _KINDS[kept["limit"]](**kept["figures"])
    if kept["limit"] == "budget":
        problem.expecting(BUDGET_NAMES[BudgetScope(kept["scope"]), BudgetSpan(kept["window"])])
    return UsedUp(kept["limit"], problem, kept.get("id", ""))
