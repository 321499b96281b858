"""Which budgets have reached a percentage at which people are to be told.

Of the percentages that a budget has reached in its window, the highest is told: one that jumped from 40 to 85 % is an
alert of 80 %, and none of 50 % follows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from ni.domain.alerts import Alert, AlertKind
from ni.domain.clock import Clock
from ni.domain.money import format_amount
from ni.metering.account_budgets import BudgetStanding, standings, standings_of
from ni.metering.days import day_of, month_of, zone
from ni.store.database import Database
from ni.store.tables.access import accounts
from ni.store.tables.metering import account_budgets, budget_spans

Names = Callable[[str], Mapping[str, str]]
"""Gives the names of an account's keys and people, by id."""


def reached(standing: BudgetStanding) -> int | None:
    """The highest percentage of its alerts that a budget has reached, None for none."""
    limit = standing.spec.limit_nanos
    met = [percent for percent in standing.spec.alerts if 100 * standing.spent_nanos >= percent * limit]
    return max(met) if met and standing.spent_nanos else None


class BudgetAlerts:
    """Looks at the budgets of all accounts. `names` says what their subjects are called."""

    def __init__(self, database: Database, clock: Clock, currency: str, names: Names) -> None:
        self._database = database
        self._clock = clock
        self._currency = currency
        self._names = names

    def alerts(self) -> Sequence[Alert]:
        """What is to be told now, raised before or not. Raises `StoreUnavailable`."""
        return list(self._alerts())

    def _alerts(self) -> Iterator[Alert]:
        now = self._clock.now()
        for account_id, time_zone in self._accounts():
            day = day_of(now, time_zone)
            values = {"account_id": account_id, "day": day, "month": month_of(day)}
            with self._database.read() as connection:
                rows = connection.execute(standings_of(budget_spans.c.spent_nanos > 0), values).all()
            for standing in standings(rows):
                percent = reached(standing)
                if percent is not None:
                    resets = standing.resets_at(now, time_zone).astimezone(zone(time_zone))
                    yield self._alert(standing, percent, resets.strftime("%Y-%m-%d %H:%M %Z"))

    def _accounts(self) -> Sequence[tuple[str, str]]:
        """Accounts with budgets, and their time zones."""
        query = sa.select(accounts.c.id, accounts.c.time_zone).where(
            accounts.c.id.in_(sa.select(account_budgets.c.account_id))
        )
        with self._database.read() as connection:
            return [(row.id, row.time_zone) for row in connection.execute(query)]

    def _alert(self, standing: BudgetStanding, percent: int, reset_at: str) -> Alert:
        spec = standing.spec
        details = {
            "budget": standing.id,
            "scope": spec.scope.value,
            "window": spec.span.value,
            "period": standing.period,
            "name": self._names(standing.account_id).get(spec.subject, "") or spec.title or spec.subject,
            "percent": percent,
            "spent": format_amount(standing.spent_nanos),
            "limit": format_amount(spec.limit_nanos),
            "currency": self._currency,
            "reset_at": reset_at,
        }
        subject = f"{standing.id}/{percent}"
        return Alert(AlertKind.BUDGET, standing.account_id, subject, standing.period, details)
