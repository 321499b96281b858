"""The daily cap of a key, the budgets of an account, its prepaid balance: `Budget` reserves, `SpendCheck` only reads.

A reservation is one conditional statement for the cap, one for all budgets and one for the balance: it is made only
where spent, held and the new hold together stay within every limit, so that no interleaving of greenlets or processes
exceeds one. A call without an output limit may be granted less than it asked for: half of what is left, so that
concurrent calls are granted something too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import Clock
from ni.domain.errors import BalanceEmpty, BudgetReached, CapReached, Problem
from ni.metering.account_budgets import MARK, MATCHING, BudgetStanding, standings, standings_of
from ni.metering.days import month_of
from ni.store.database import Database, Insert, upsert
from ni.store.tables.metering import account_budgets, balances, budget_spans, budgets
from ni.store.unit import Transaction

NO_CAP = 2**62


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """Asks to hold at most `most_nanos` for a call, and not less than `least_nanos`.

    `owner_id` is the person whose key it is, `tags` are its tags and those of its key (`marked_tags`).
    """

    account_id: str
    key_id: str
    day: str
    most_nanos: int
    least_nanos: int
    cap_nanos: int | None = None
    prepaid: bool = False
    owner_id: str = ""
    tags: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """The nanos held for a call, and the budgets that they are held against, with this hold."""

    nanos: int
    budgets: tuple[BudgetStanding, ...] = ()


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


class BudgetExceeded(BudgetReached):
    """A budget cannot cover the least hold; `ni.gateway.accounting` adds the amounts to the sentence."""

    def __init__(self, standing: BudgetStanding, hold_nanos: int) -> None:
        super().__init__()
        self.standing = standing
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
        self._budgets = BudgetHolds(database)

    def budgeted(self, transaction: Transaction, reservations: Iterable[ReservationRequest]) -> set[str]:
        """Which of the accounts have budgets."""
        account_ids = {reservation.account_id for reservation in reservations}
        return {each for each in account_ids if self._budgets.any(transaction, each)}

    def reserve(
        self, transaction: Transaction, reservation: ReservationRequest, budgeted: bool
    ) -> Hold | Problem:
        """What is now held for the call, or the problem that refuses it. Free calls are never refused.

        `budgeted` says whether its account has budgets.
        """
        if not reservation.most_nanos:
            return Hold(0)
        against = self._budgets.standings(transaction, reservation) if budgeted else ()
        held = self._held(transaction, reservation, against, reservation.most_nanos)
        if held is not None:
            return held
        spending, balance = self._stand(transaction, reservation)
        left = _left_of_cap(spending, reservation)
        if left < reservation.least_nanos or spending.spent_nanos >= _cap(reservation):
            return CapExceeded(spending, reservation.least_nanos)
        exceeded = _first_exceeded(against, reservation.least_nanos)
        if exceeded is not None:
            return exceeded
        left = min((left, *(standing.left_nanos for standing in against)))
        if reservation.prepaid:
            left = min(left, balance.nanos - balance.held_nanos)
        grant = max(reservation.least_nanos, min(reservation.most_nanos, left // 2))
        held = self._held(transaction, reservation, against, grant) if grant <= left else None
        return held or BalanceShort(balance, reservation.least_nanos)

    def _held(
        self,
        transaction: Transaction,
        reservation: ReservationRequest,
        against: Sequence[BudgetStanding],
        nanos: int,
    ) -> Hold | None:
        """Hold against cap, budgets and balance; where one of them fails, nothing is held."""
        cap, row = _cap(reservation), _day(reservation)
        values = {**row, "hold": nanos, "cap": cap, "spent_nanos": 0, "held_nanos": nanos}
        if nanos > cap or not cap or not transaction.run(self._reserve, values):
            return None
        if self._budgets.hold(transaction, reservation, len(against), nanos):
            draw = {"account_id": reservation.account_id, "hold": nanos}
            if not reservation.prepaid or transaction.run(self._draw, draw):
                return Hold(nanos, tuple(standing.holding(nanos) for standing in against))
            self._budgets.release(transaction, [(standing.ref, nanos) for standing in against])
        transaction.run(self._release, {**row, "hold": nanos})
        return None

    def _stand(self, transaction: Transaction, reservation: ReservationRequest) -> tuple[Spending, Balance]:
        spent = transaction.rows(self._spending, _day(reservation))
        has = (
            transaction.rows(self._balance, {"account_id": reservation.account_id})
            if reservation.prepaid
            else []
        )
        return Spending(*spent[0]) if spent else Spending(), Balance(*has[0]) if has else Balance()


class BudgetHolds:
    """Holds against the budgets of accounts, inside a transaction of the journal."""

    def __init__(self, database: Database) -> None:
        self._any = database.prepare(
            sa.select(sa.exists().where(account_budgets.c.account_id == sa.bindparam("account_id")))
        )
        self._standings = database.prepare(standings_of(MATCHING))
        self._hold = database.prepare(_hold(upsert(database)))
        self._change = database.prepare(_change())

    def any(self, transaction: Transaction, account_id: str) -> bool:
        """Whether the account has budgets."""
        return bool(transaction.rows(self._any, {"account_id": account_id})[0][0])

    def standings(
        self, transaction: Transaction, reservation: ReservationRequest
    ) -> tuple[BudgetStanding, ...]:
        """The budgets that the call counts for."""
        return standings(transaction.rows(self._standings, matching(reservation)))

    def hold(self, transaction: Transaction, reservation: ReservationRequest, count: int, nanos: int) -> bool:
        """Hold against all `count` budgets of the call, or against none; returns whether it is held."""
        return not count or transaction.run(self._hold, {**matching(reservation), "hold": nanos}) == count

    def release(self, transaction: Transaction, held: Iterable[tuple[str, int]]) -> None:
        """Give up what is held in the windows of these references."""
        self.settle(transaction, [(ref, (0, nanos)) for ref, nanos in held])

    def settle(self, transaction: Transaction, ended: Iterable[tuple[str, tuple[int, int]]]) -> None:
        """Charge and release, per reference and in their order, so that processes never deadlock."""
        transaction.run_many(
            self._change,
            [
                {"id": ref.partition("/")[0], "of": ref.partition("/")[2], "charge": charge, "held": held}
                for ref, (charge, held) in sorted(ended)
            ],
        )


def matching(reservation: ReservationRequest) -> Mapping[str, str]:
    """The parameters of `standings_of(MATCHING)` for a call."""
    return {
        "account_id": reservation.account_id,
        "key_id": reservation.key_id,
        "owner_id": reservation.owner_id,
        "tags": reservation.tags,
        "mark": MARK,
        "day": reservation.day,
        "month": month_of(reservation.day),
    }


def _first_exceeded(against: Sequence[BudgetStanding], least_nanos: int) -> BudgetExceeded | None:
    for standing in against:
        if standing.left_nanos < least_nanos or standing.spent_nanos >= standing.spec.limit_nanos:
            return BudgetExceeded(standing, least_nanos)
    return None


def _hold(insert: Insert) -> sa.ClauseElement:
    """Adds to the held amounts of all budgets of a call, unless one of them is used up or would be exceeded."""
    nanos = sa.bindparam("hold", type_=sa.BigInteger)
    each = standings_of(MATCHING).subquery("each")
    exceeded = sa.or_(
        each.c.spent_nanos >= each.c.limit_nanos,
        each.c.spent_nanos + each.c.held_nanos + nanos > each.c.limit_nanos,
    )
    one: sa.ColumnElement[int] = sa.literal_column("1")
    none: sa.ColumnElement[int] = sa.literal_column("0")
    most = sa.func.max(sa.case((exceeded, one), else_=none)).over().label("exceeded")
    judged = sa.select(each.c.id, each.c.period, most).subquery("judged")
    rows = (
        sa.select(judged.c.id, judged.c.period, none, nanos)
        .where(judged.c.exceeded == none)
        .order_by(judged.c.id)
    )
    fresh = insert(budget_spans).from_select(["budget_id", "period", "spent_nanos", "held_nanos"], rows)
    return fresh.on_conflict_do_update(
        index_elements=list(budget_spans.primary_key.columns),
        set_={"held_nanos": budget_spans.c.held_nanos + fresh.excluded.held_nanos},
    )


def _change() -> sa.ClauseElement:
    """Adds a charge to a window of a budget, and takes a hold from it."""
    return (
        budget_spans.update()
        .where(budget_spans.c.budget_id == sa.bindparam("id"), budget_spans.c.period == sa.bindparam("of"))
        .values(
            spent_nanos=budget_spans.c.spent_nanos + sa.bindparam("charge", type_=sa.BigInteger),
            held_nanos=budget_spans.c.held_nanos - sa.bindparam("held", type_=sa.BigInteger),
        )
    )


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


_LOOK_S = 2.0
"""For how long it is remembered which accounts have budgets; admission looks each time."""


class SpendCheck:
    """Finds calls that cannot be admitted, before any work is done for them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._budgeted: frozenset[str] = frozenset()
        self._look_at = 0.0

    def limits(self, account_id: str, cap_nanos: int | None, prepaid: bool) -> bool:
        """Whether anything limits what such calls may spend. Raises `StoreUnavailable`."""
        return cap_nanos is not None or prepaid or account_id in self._accounts_with_budgets()

    def refusal(self, reservation: ReservationRequest) -> Problem | None:
        """Why no hold of any size could be granted, or None. Raises `StoreUnavailable`."""
        if not reservation.most_nanos:
            return None
        budgeted = reservation.account_id in self._accounts_with_budgets()
        with self._database.read() as connection:
            return (
                _used_cap(connection, reservation)
                or (_used_budget(connection, reservation) if budgeted else None)
                or (_used_balance(connection, reservation) if reservation.prepaid else None)
            )

    def _accounts_with_budgets(self) -> frozenset[str]:
        now_s = self._clock.monotonic()
        if now_s >= self._look_at:
            self._look_at = now_s + _LOOK_S  # others go on with what is known meanwhile
            with self._database.read() as connection:
                owners = sa.select(account_budgets.c.account_id).distinct()
                self._budgeted = frozenset(connection.scalars(owners))
        return self._budgeted


def _used_cap(connection: sa.Connection, reservation: ReservationRequest) -> Problem | None:
    if reservation.cap_nanos is None:
        return None
    row = connection.execute(spending_of(), _day(reservation)).first()
    spending = Spending(*row) if row else Spending()
    used = spending.spent_nanos >= reservation.cap_nanos
    return CapExceeded(spending, reservation.least_nanos) if used else None


def _used_budget(connection: sa.Connection, reservation: ReservationRequest) -> Problem | None:
    for standing in standings(connection.execute(standings_of(MATCHING), matching(reservation)).all()):
        if standing.spent_nanos >= standing.spec.limit_nanos:
            return BudgetExceeded(standing, reservation.least_nanos)
    return None


def _used_balance(connection: sa.Connection, reservation: ReservationRequest) -> Problem | None:
    row = connection.execute(balance_of(), {"account_id": reservation.account_id}).first()
    balance = Balance(*row) if row else Balance()
    return BalanceShort(balance, reservation.least_nanos) if balance.nanos <= 0 else None
