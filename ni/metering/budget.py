"""What may still be spent: the cap of a key's day, and where accounts prepay, the balance of the account.

A reservation is one conditional statement per limit: it is made only where spent, held and the new hold together stay
within it, so that no interleaving of greenlets or processes overshoots. A call whose output nobody bounded may be
granted less than it asked for: half of what is left, so that calls under way at the same time find something too.

What already stands against a call before anything is done for it: a cap that is used up, an empty balance.

It is a look, not a reservation: that is made later, in the one transaction that admits the call.
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
    """What a call would like to hold: at most `most_nanos`, and not less than `least_nanos`."""

    account_id: str
    key_id: str
    day: str
    most_nanos: int
    least_nanos: int
    cap_nanos: int | None = None
    prepaid: bool = False


@dataclass(frozen=True, slots=True)
class Spending:
    """A key's day so far, in nanos: the numbers that refuse are the numbers shown."""

    spent_nanos: int = 0
    held_nanos: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """A prepaid account, in nanos: what it was granted, what was charged, what calls under way hold."""

    granted_nanos: int = 0
    charged_nanos: int = 0
    held_nanos: int = 0

    @property
    def nanos(self) -> int:
        """What the account has."""
        return self.granted_nanos - self.charged_nanos


class CapExceeded(CapReached):
    """Raised by the transaction with the numbers it refused on; the line turns them into words."""

    def __init__(self, spending: Spending, hold_nanos: int) -> None:
        super().__init__()
        self.spending = spending
        self.hold_nanos = hold_nanos


class BalanceShort(BalanceEmpty):
    """Likewise for the balance."""

    def __init__(self, balance: Balance, hold_nanos: int) -> None:
        super().__init__()
        self.balance = balance
        self.hold_nanos = hold_nanos


def spending_of() -> sa.Select[Any]:
    """What the guard sees, and through `spendings_of` the pages: a key (`key_id`) on a day (`day`)."""
    return sa.select(budgets.c.spent_nanos, budgets.c.held_nanos).where(
        budgets.c.key_id == sa.bindparam("key_id"), budgets.c.day == sa.bindparam("day")
    )


def spendings_of() -> sa.Select[Any]:
    """The same for several keys (`key_ids`), each with its id before it."""
    return sa.select(budgets.c.key_id, budgets.c.spent_nanos, budgets.c.held_nanos).where(
        budgets.c.key_id.in_(sa.bindparam("key_ids", expanding=True)), budgets.c.day == sa.bindparam("day")
    )


def balance_of() -> sa.Select[Any]:
    """Likewise for the balance of an account (`account_id`)."""
    return sa.select(balances.c.granted_nanos, balances.c.charged_nanos, balances.c.held_nanos).where(
        balances.c.account_id == sa.bindparam("account_id")
    )


class Budget:
    """Reserves, inside a transaction of the journal."""

    def __init__(self, database: Database) -> None:
        self._reserve = database.prepare(_reserve(upsert(database)))
        self._release = database.prepare(_release())
        self._draw = database.prepare(_draw())
        self._spending = database.prepare(spending_of())
        self._balance = database.prepare(balance_of())

    def reserve(self, transaction: Transaction, reservation: ReservationRequest) -> int | Problem:
        """The nanos that are now held for the call, or why none are. What costs nothing is never refused."""
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
        """Hold against both limits or neither."""
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
    """A cap that is reached refuses everything that may cost something."""
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
    """So does an empty balance."""
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
    """Looks at what keys have spent and accounts have."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refusal(self, reservation: ReservationRequest) -> Problem | None:
        """Why a call with this reservation could not be admitted however small, or None. Raises `StoreUnavailable`."""
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
