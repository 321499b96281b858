"""Prepaid balances and their statements, and the check that the instance's currency stays the same.

A grant is a row and an increment in the same unit; charges are written where calls are settled. The balance is always
the sum of the grants less the sum of the daily charges, which `Balances.check` verifies. Amounts are stored without a
currency, so another `NI_CURRENCY` would relabel them without converting: `hold_currency` refuses that.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from ni.domain.activity import ActivityKind, Subject, Tell
from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random, object_id
from ni.metering.budget import Balance, balance_of
from ni.metering.days import day_of
from ni.store.database import Database, upsert
from ni.store.journal import Journal
from ni.store.tables.access import keys
from ni.store.tables.metadata import instance
from ni.store.tables.metering import account_budgets, balance_days, balances, budgets, grants, totals, usage
from ni.store.unit import Change, Conflict, Unit


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A grant (`note` says why) or the charges of a day (negative), and the balance after it; in nanos."""

    day: str
    amount_nanos: int
    balance_nanos: int
    note: str = ""
    grant_id: str = ""


class Balances:
    """The balances of all accounts; `tell` makes the record of a grant."""

    def __init__(
        self, database: Database, journal: Journal, clock: Clock, random: Random, tell: Tell
    ) -> None:
        self._database = database
        self._tell = tell
        self._journal = journal
        self._clock = clock
        self._random = random

    def grant(
        self, account_id: str, time_zone: str, amount_nanos: int, note: str = "", grant_id: str = ""
    ) -> Balance:
        """Give an account credit, or take some back (negative); the balance after it. Raises `StoreUnavailable`.

        With a `grant_id` (from `fresh_id`) the call is idempotent.
        """
        now = self._clock.now()
        row = {
            "id": grant_id or self.fresh_id(),
            "account_id": account_id,
            "at": to_ms(now),
            "day": day_of(now, time_zone),
            "amount_nanos": amount_nanos,
            "note": note,
        }
        add = {"account_id": account_id, "granted_nanos": amount_nanos, "charged_nanos": 0, "held_nanos": 0}
        subject, changes = (
            Subject(str(row["id"])),
            (("amount_nanos", None, amount_nanos), ("note", None, note)),
        )
        told = self._tell(ActivityKind.CREDIT_GRANTED, account_id, subject, changes)
        with suppress(Conflict):  # given already
            self._journal.write(
                Unit((Change(self._noted(), row, expect=1), Change(self._added(), add, expect=1), told))
            )
        return self.of(account_id)

    def fresh_id(self) -> str:
        """A new id for `grant`."""
        return object_id("grant", self._random)

    def of(self, account_id: str) -> Balance:
        """The balance of an account, zero for one without grants. Raises `StoreUnavailable`."""
        with self._database.read() as connection:
            row = connection.execute(balance_of(), {"account_id": account_id}).first()
        return Balance(*row) if row else Balance()

    def all(self) -> Mapping[str, Balance]:
        """The balances of all accounts that have one, by account id."""
        query = sa.select(balances)
        with self._database.read() as connection:
            return {row.account_id: Balance(*row[1:]) for row in connection.execute(query)}

    def statement(self, account_id: str) -> Sequence[StatementLine]:
        """All grants and daily charges, oldest first; within a day the grants come first."""
        return tuple(_run(sorted(self._entries(account_id))))

    def check(self, account_id: str) -> bool:
        """Whether the balance is what the statement sums to."""
        lines = self.statement(account_id)
        return self.of(account_id).nanos == (lines[-1].balance_nanos if lines else 0)

    def _entries(self, account_id: str) -> Iterator[tuple[str, int, int, int, str, str]]:
        """Day, kind, instant, amount, note and id: sorted, they are the order of the statement."""
        given = sa.select(grants).where(grants.c.account_id == account_id)
        charged = sa.select(balance_days).where(balance_days.c.account_id == account_id)
        with self._database.read() as connection:
            for row in connection.execute(given):
                yield row.day, 0, row.at, row.amount_nanos, row.note, row.id
            for row in connection.execute(charged):
                yield row.day, 1, 0, -row.charged_nanos, "", ""

    def _noted(self) -> sa.ClauseElement:
        fresh = upsert(self._database)(grants).values(
            {column.name: sa.bindparam(column.name) for column in grants.c}
        )
        return fresh.on_conflict_do_nothing()

    def _added(self) -> sa.ClauseElement:
        fresh = upsert(self._database)(balances).values(
            {column.name: sa.bindparam(column.name) for column in balances.c}
        )
        return fresh.on_conflict_do_update(
            index_elements=[balances.c.account_id],
            set_={"granted_nanos": balances.c.granted_nanos + fresh.excluded.granted_nanos},
        )


def _run(entries: list[tuple[str, int, int, int, str, str]]) -> Iterator[StatementLine]:
    balance = 0
    for day, _, _, amount, note, grant_id in entries:
        balance += amount
        yield StatementLine(day, amount, balance, note, grant_id)


_NAME = "currency"
_AMOUNTS = (
    sa.exists(sa.select(usage.c.request_id).where(usage.c.ni_charge_nanos + usage.c.provider_cost_nanos > 0)),
    sa.exists(sa.select(totals.c.day).where(totals.c.ni_charge_nanos + totals.c.provider_cost_nanos > 0)),
    sa.exists(sa.select(budgets.c.day).where(budgets.c.spent_nanos > 0)),
    sa.exists(sa.select(grants.c.id)),
    sa.exists(sa.select(balances.c.account_id)),
    sa.exists(sa.select(keys.c.id).where(keys.c.cap_nanos.is_not(None))),
    sa.exists(sa.select(account_budgets.c.id)),
)


class CurrencyChanged(Exception):
    """`NI_CURRENCY` is another than that of the amounts in the database."""


def hold_currency(database: Database, journal: Journal, currency: str) -> None:
    """Record the currency, or compare it. Raises `CurrencyChanged`, `StoreUnavailable`."""
    recorded = sa.select(instance.c.value).where(instance.c.name == _NAME)
    with database.read() as connection:
        before = connection.scalar(recorded)
        if before == currency:
            return
        if before is not None and connection.scalar(sa.select(sa.or_(*_AMOUNTS))):
            raise CurrencyChanged(
                f"NI_CURRENCY is {currency}, and the amounts in the database are {before}: caps, balances and usage "
                f"would be called by another name, not converted. Set NI_CURRENCY={before}, or begin a new instance."
            )
    row = {"name": _NAME, "value": currency}
    journal.write(
        Unit((Change(instance.delete().where(instance.c.name == _NAME), {}), Change(instance.insert(), row)))
    )
