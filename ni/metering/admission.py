"""Parts of journal units that admit calls: `RateToken` takes a token of a key's rate, `Admit` reserves what a call may
cost.

A crash after the commit of an `Admit` leaves an `open_calls` row, which `ni.gateway.recovery` settles. Keys are visited
in the same order by every process, so that two transactions on PostgreSQL never wait for each other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ni.domain.errors import Problem, RateLimited
from ni.metering.account_budgets import BudgetStanding
from ni.metering.budget import Budget, ReservationRequest
from ni.store.database import Database, Insert, upsert
from ni.store.tables.metering import open_calls, rates
from ni.store.unit import Transaction

MINUTE_US = 60_000_000
_FROM_A_LATER_CLOCK_US = 2 * MINUTE_US
"""An instant that is farther ahead was written before the clock was set back: nobody runs ahead more than a minute."""


@dataclass(frozen=True, slots=True)
class RateToken:
    """Takes one of the `rpm` requests per minute that a key has, or refuses the unit with `RateLimited`."""

    key_id: str
    rpm: int
    at_ms: int


class RateWriter:
    """Writes `RateToken` parts: a token bucket, exact across processes, kept as one instant per key.

    The instant is when the next request would be due (GCRA, the generic cell rate algorithm of ITU-T I.371); a key may
    run one minute ahead of it. Taking a token is one conditional statement.
    """

    writes = RateToken

    def __init__(self, database: Database) -> None:
        self._take = database.prepare(_take(upsert(database)))
        self._due = database.prepare(
            sa.select(rates.c.due_us).where(rates.c.key_id == sa.bindparam("key_id"))
        )

    def write(self, transaction: Transaction, parts: Sequence[RateToken]) -> Sequence[object]:
        """None per token, or `RateLimited` with the seconds to wait."""
        results: list[RateLimited | None] = [None] * len(parts)
        for at in sorted(range(len(parts)), key=lambda at: parts[at].key_id):
            results[at] = self._refusal(transaction, parts[at])
        return results

    def _refusal(self, transaction: Transaction, part: RateToken) -> RateLimited | None:
        now_us, step = part.at_ms * 1000, MINUTE_US // part.rpm
        latest = now_us + MINUTE_US - step
        times = {"now": now_us, "step": step, "latest": latest, "due_us": now_us + step}
        times |= {"beyond": now_us + _FROM_A_LATER_CLOCK_US}
        if transaction.run(self._take, {"key_id": part.key_id, **times}):
            return None
        due = int(transaction.rows(self._due, {"key_id": part.key_id})[0][0])
        wait_s = max(1, -(-(due - latest) // 1_000_000))
        return RateLimited(retry_after_s=wait_s, wait_s=wait_s)

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


def _take(insert: Insert) -> sa.ClauseElement:
    now = sa.bindparam("now", type_=sa.BigInteger)
    step = sa.bindparam("step", type_=sa.BigInteger)
    beyond = sa.bindparam("beyond", type_=sa.BigInteger)
    later = (
        sa.case((sa.and_(rates.c.due_us > now, rates.c.due_us <= beyond), rates.c.due_us), else_=now) + step
    )
    return (
        insert(rates)
        .values(key_id=sa.bindparam("key_id"), due_us=sa.bindparam("due_us"))
        .on_conflict_do_update(
            index_elements=[rates.c.key_id],
            set_={"due_us": later},
            where=sa.or_(
                rates.c.due_us <= sa.bindparam("latest", type_=sa.BigInteger), rates.c.due_us > beyond
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class Admit:
    """Reserves what a call may cost before it is sent; `facts` is the JSON from which a crashed call is settled."""

    request_id: str
    process_id: str
    reservation: ReservationRequest
    at_ms: int
    facts: str


@dataclass(frozen=True, slots=True)
class Granted:
    """An admitted call: the nanos that are held for it until it is settled, and the budgets that hold them."""

    hold_nanos: int
    budgets: tuple[BudgetStanding, ...] = ()


class AdmissionWriter:
    """Writes `Admit` parts."""

    writes = Admit

    def __init__(self, database: Database) -> None:
        self._budget = Budget(database)
        self._open = database.prepare(open_calls.insert())

    def write(self, transaction: Transaction, parts: Sequence[Admit]) -> Sequence[object]:
        """`Granted` per admitted call, else `CapExceeded`, `BudgetExceeded` or `BalanceShort`."""
        results: list[Granted | Problem | None] = [None] * len(parts)
        budgeted = self._budget.budgeted(transaction, (part.reservation for part in parts))
        for at in sorted(range(len(parts)), key=lambda at: parts[at].reservation.key_id):
            with_budgets = parts[at].reservation.account_id in budgeted
            results[at] = self._result(transaction, parts[at], with_budgets)
        rows = [
            _row(part, result)
            for part, result in zip(parts, results, strict=True)
            if isinstance(result, Granted)
        ]
        transaction.run_many(self._open, rows)
        return results

    def _result(self, transaction: Transaction, part: Admit, budgeted: bool) -> Granted | Problem:
        hold = self._budget.reserve(transaction, part.reservation, budgeted)
        return hold if isinstance(hold, Problem) else Granted(hold.nanos, hold.budgets)

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


def _row(part: Admit, granted: Granted) -> dict[str, object]:
    return {
        "request_id": part.request_id,
        "process_id": part.process_id,
        "account_id": part.reservation.account_id,
        "key_id": part.reservation.key_id,
        "day": part.reservation.day,
        "held_nanos": granted.hold_nanos,
        "prepaid": int(part.reservation.prepaid),
        "opened_at": part.at_ms,
        "facts": part.facts,
        "budgets": ",".join(standing.ref for standing in granted.budgets),
    }
