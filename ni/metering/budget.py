"""The daily cap of a key and the prepaid balance of an account: `Budget` reserves, `SpendCheck` only reads.

A reservation is one conditional statement per limit: it is made only where spent, held and the new hold together stay
within the limit, so that no interleaving of greenlets or processes exceeds it. A call without an output limit may be
granted less than it asked for: half of what is left, so that concurrent calls are granted something too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.domain.errors import BalanceEmpty, CapReached, Problem
from ni.store.database import Database, Insert, upsert
from ni.store.tables.metering import balances, budgets
from ni.store.unit import Transaction

NO_CAP = 2**62


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """Asks to hold at most `most_nanos` for a call, and not less than `least_nanos`."""

    account_id: str
    key_id: str
    day: str
    most_nanos: int
    least_nanos: int
    cap_nanos: int | None = None
    prepaid: bool = False


@dataclass(frozen=True, slots=True)
class Spending:
    """Nanos that a key has spent on a day, and those held for calls under way."""

    spent_nanos: int = 0
    held_nanos: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """A prepaid account in nanos: total granted, total charged, and held for calls under way."""

    granted_nanos: int = 0
    charged_nanos: int = 0
    held_nanos: int = 0

    @property
    def nanos(self) -> int:
        """Granted less charged, in nanos."""
        return self.granted_nanos - self.charged_nanos


class CapExceeded(CapReached):
    """The daily cap cannot cover the least hold; `ni.gateway.accounting` adds the amounts to the sentence."""

    def __init__(self, spending: Spending, hold_nanos: int) -> None:
        super().__init__()
        self.spending = spending
        self.hold_nanos = hold_nanos


class BalanceShort(BalanceEmpty):
    """The prepaid balance cannot cover the least hold."""

    def __init__(self, balance: Balance, hold_nanos: int) -> None:
        super().__init__()
        self.balance = balance
        self.hold_nanos = hold_nanos


def spending_of() -> sa.Select[Any]:
    """Query for what a key (`key_id`) has spent and holds on a day (`day`)."""
    return sa.select(budgets.c.spent_nanos, budgets.c.held_nanos).where(
        budgets.c.key_id == sa.bindparam("key_id"), budgets.c.day == sa.bindparam("day")
    )


def spendings_of() -> sa.Select[Any]:
    """Query for id, spent and held of several keys (`key_ids`) on a day (`day`)."""
    return sa.select(budgets.c.key_id, budgets.c.spent_nanos, budgets.c.held_nanos).where(
        budgets.c.key_id.in_(sa.bindparam("key_ids", expanding=True)), budgets.c.day == sa.bindparam("day")
    )


def balance_of() -> sa.Select[Any]:
    """Query for granted, charged and held of an account (`account_id`)."""
    return sa.select(balances.c.granted_nanos, balances.c.charged_nanos, balances.c.held_nanos).where(
        balances.c.account_id == sa.bindparam("account_id")
    )


class Budget:
    """Makes reservations inside a transaction of the journal."""

    def __init__(self, database: Database) -> None:
        self._reserve = database.prepare(_reserve(upsert(database)))
        self._release = database.prepare(_release())
        self._draw = database.prepare(_draw())
        self._spending = database.prepare(spending_of())
        self._balance = database.prepare(balance_of())

    def reserve(self, transaction: Transaction, reservation: ReservationRequest) -> int | Problem:
        """The nanos now held for the call, or the problem that refuses it. Free calls are never refused."""
        if not reservation.most_nanos:
            return 0
        if self._held(transaction, reservation, reservation.most_nanos):
            return reservation.most_nanos
        spending, balance = self._stand(transaction, reservation)
        left = _left_of_cap(spending, reservation)
        if left < reservation.least_nanos or spending.spent_nanos >= _cap(reservation):
            return CapExceeded(spending, reservation.least_nanos)
        if reservation.prepaid:
            left = min(left, balance.nanos - balance.held_nanos)
        grant = max(reservation.least_nanos, min(reservation.most_nanos, left // 2))
        if grant <= left and self._held(transaction, reservation, grant):
            return grant
        return BalanceShort(balance, reservation.least_nanos)

    def _held(self, transaction: Transaction, reservation: ReservationRequest, nanos: int) -> bool:
        """Hold against cap and balance; on failure of one, neither is held. Returns whether it is held."""
        cap = _cap(reservation)
        values = {**_day(reservation), "hold": nanos, "cap": cap, "spent_nanos": 0, "held_nanos": nanos}
        if nanos > cap or not cap or not transaction.run(self._reserve, values):
            return False
        if not reservation.prepaid or transaction.run(
            self._draw, {"account_id": reservation.account_id, "hold": nanos}
        ):
            return True
        transaction.run(self._release, {**_day(reservation), "hold": nanos})
        return False

    def _stand(self, transaction: Transaction, reservation: ReservationRequest) -> tuple[Spending, Balance]:
        spent = transaction.rows(self._spending, _day(reservation))
        has = (
            transaction.rows(self._balance, {"account_id": reservation.account_id})
            if reservation.prepaid
            else []
        )
        return Spending(*spent[0]) if spent else Spending(), Balance(*has[0]) if has else Balance()


def _cap(reservation: ReservationRequest) -> int:
    return NO_CAP if reservation.cap_nanos is None else reservation.cap_nanos


def _left_of_cap(spending: Spending, reservation: ReservationRequest) -> int:
    return _cap(reservation) - spending.spent_nanos - spending.held_nanos


def _day(reservation: ReservationRequest) -> Mapping[str, Any]:
    return {"key_id": reservation.key_id, "day": reservation.day}


def _reserve(insert: Insert) -> sa.ClauseElement:
    """Adds to the held amount of a day while the cap is not reached and covers it."""
    hold, cap = (sa.bindparam(name, type_=sa.BigInteger) for name in ("hold", "cap"))
    names = ("key_id", "day", "spent_nanos", "held_nanos")
    return (
        insert(budgets)
        .values({name: sa.bindparam(name) for name in names})
        .on_conflict_do_update(
            index_elements=[budgets.c.key_id, budgets.c.day],
            set_={"held_nanos": budgets.c.held_nanos + hold},
            where=sa.and_(
                budgets.c.spent_nanos < cap, budgets.c.spent_nanos + budgets.c.held_nanos + hold <= cap
            ),
        )
    )


def _release() -> sa.ClauseElement:
    return (
        budgets.update()
        .where(budgets.c.key_id == sa.bindparam("key_id"), budgets.c.day == sa.bindparam("day"))
        .values(held_nanos=budgets.c.held_nanos - sa.bindparam("hold", type_=sa.BigInteger))
    )


def _draw() -> sa.ClauseElement:
    """Adds to the held amount of an account while its balance is positive and covers it."""
    hold = sa.bindparam("hold", type_=sa.BigInteger)
    has = balances.c.granted_nanos - balances.c.charged_nanos
    return (
        balances.update()
        .where(
            balances.c.account_id == sa.bindparam("account_id"),
            balances.c.granted_nanos > balances.c.charged_nanos,
            has - balances.c.held_nanos >= hold,
        )
        .values(held_nanos=balances.c.held_nanos + hold)
    )


class SpendCheck:
    """Finds calls that cannot be admitted, before any work is done for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refusal(self, reservation: ReservationRequest) -> Problem | None:
        """Why no hold of any size could be granted, or None. Raises `StoreUnavailable`."""
        if not reservation.most_nanos or (reservation.cap_nanos is None and not reservation.prepaid):
            return None
        with self._database.read() as connection:
            if reservation.cap_nanos is not None:
                row = connection.execute(
                    spending_of(), {"key_id": reservation.key_id, "day": reservation.day}
                ).first()
                spending = Spending(*row) if row else Spending()
                if spending.spent_nanos >= reservation.cap_nanos:
                    return CapExceeded(spending, reservation.least_nanos)
            if reservation.prepaid:
                row = connection.execute(balance_of(), {"account_id": reservation.account_id}).first()
                balance = Balance(*row) if row else Balance()
                if balance.nanos <= 0:
                    return BalanceShort(balance, reservation.least_nanos)
        return None
