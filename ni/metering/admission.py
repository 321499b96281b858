"""Admitting a call: one part of a journal unit that takes a token of the key's rate and reserves against its cap.

Each decision is one conditional statement, so that no interleaving of greenlets or processes overshoots: a reservation
is made only where spent, held and the new estimate together stay within the cap. A crash after the commit leaves an
`open_calls` row, which recovery settles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ni.domain.errors import CapReached, RateLimited
from ni.store.database import Database
from ni.store.tables.metering import budgets, open_calls, rates
from ni.store.unit import Ledger

NO_CAP = 2**62
MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Admit:
    """What is asked of the ledger before a call is sent; `facts` is JSON enough to settle it after a crash."""

    request_id: str
    process_id: str
    account_id: str
    key_id: str
    day: str
    hold_nanos: int
    cap_nanos: int | None
    rpm: int | None
    at_ms: int
    facts: str


@dataclass(frozen=True, slots=True)
class Spending:
    """A key's day so far, in nanos: the numbers that refuse are the numbers shown."""

    spent_nanos: int = 0
    held_nanos: int = 0


class CapExceeded(CapReached):
    """Raised by the ledger with the numbers it refused on; the line turns them into words."""

    def __init__(self, spending: Spending, hold_nanos: int) -> None:
        super().__init__()
        self.spending = spending
        self.hold_nanos = hold_nanos


def upsert(database: Database) -> "type[sqlite.Insert] | type[postgresql.Insert]":
    """The insert construct of this database that knows `ON CONFLICT`."""
    return sqlite.Insert if database.sqlite else postgresql.Insert


class AdmitScribe:
    """Writes `Admit` parts."""

    writes = Admit

    def __init__(self, database: Database) -> None:
        bind, insert = sa.bindparam, upsert(database)
        self._take = database.prepare(_take_statement(insert))
        self._due = database.prepare(sa.select(rates.c.due_us).where(rates.c.key_id == bind("key_id")))
        self._reserve = database.prepare(_reserve_statement(insert))
        self._spending = database.prepare(
            sa.select(budgets.c.spent_nanos, budgets.c.held_nanos).where(
                budgets.c.key_id == bind("key_id"), budgets.c.day == bind("day")
            )
        )
        self._open = database.prepare(open_calls.insert())

    def write(self, ledger: Ledger, parts: Sequence[Admit]) -> Sequence[object]:
        """None per admitted call, else `RateLimited` or `CapExceeded`."""
        results = [self._limited(ledger, part) or self._refused(ledger, part) for part in parts]
        admitted = [part for part, result in zip(parts, results, strict=True) if result is None]
        ledger.run_many(self._open, [_row(part) for part in admitted])
        return results

    def _limited(self, ledger: Ledger, part: Admit) -> Exception | None:
        """A token bucket as one instant per key: when the next request would be due (GCRA), burst of one minute."""
        if part.rpm is None:
            return None
        step, now = MINUTE_US // part.rpm, part.at_ms * 1000
        latest = now + MINUTE_US - step
        values = {"key_id": part.key_id, "now": now, "step": step, "latest": latest, "due_us": now + step}
        if ledger.run(self._take, values):
            return None
        due = int(ledger.rows(self._due, {"key_id": part.key_id})[0][0])
        wait_s = max(1, -(-(due - latest) // 1_000_000))
        return RateLimited(retry_after_s=wait_s, wait_s=wait_s)

    def _refused(self, ledger: Ledger, part: Admit) -> Exception | None:
        cap = NO_CAP if part.cap_nanos is None else part.cap_nanos
        where = {"key_id": part.key_id, "day": part.day}
        if part.hold_nanos <= cap:
            values = {
                **where,
                "hold": part.hold_nanos,
                "cap": cap,
                "spent_nanos": 0,
                "held_nanos": part.hold_nanos,
            }
            if ledger.run(self._reserve, values):
                return None
        found = ledger.rows(self._spending, where)
        return CapExceeded(Spending(*found[0]) if found else Spending(), part.hold_nanos)

    def rolled_back(self) -> None:
        """Nothing is kept."""


def _take_statement(insert: type[sqlite.Insert] | type[postgresql.Insert]) -> sa.ClauseElement:
    now = sa.bindparam("now", type_=sa.BigInteger)
    step = sa.bindparam("step", type_=sa.BigInteger)
    later = sa.case((rates.c.due_us > now, rates.c.due_us), else_=now) + step
    return (
        insert(rates)
        .values(key_id=sa.bindparam("key_id"), due_us=sa.bindparam("due_us"))
        .on_conflict_do_update(
            index_elements=[rates.c.key_id],
            set_={"due_us": later},
            where=rates.c.due_us <= sa.bindparam("latest", type_=sa.BigInteger),
        )
    )


def _reserve_statement(insert: type[sqlite.Insert] | type[postgresql.Insert]) -> sa.ClauseElement:
    hold = sa.bindparam("hold", type_=sa.BigInteger)
    names = ("key_id", "day", "spent_nanos", "held_nanos")
    return (
        insert(budgets)
        .values({name: sa.bindparam(name) for name in names})
        .on_conflict_do_update(
            index_elements=[budgets.c.key_id, budgets.c.day],
            set_={"held_nanos": budgets.c.held_nanos + hold},
            where=budgets.c.spent_nanos + budgets.c.held_nanos + hold
            <= sa.bindparam("cap", type_=sa.BigInteger),
        )
    )


def _row(part: Admit) -> dict[str, object]:
    return {
        "request_id": part.request_id,
        "process_id": part.process_id,
        "account_id": part.account_id,
        "key_id": part.key_id,
        "day": part.day,
        "held_nanos": part.hold_nanos,
        "opened_at": part.at_ms,
        "facts": part.facts,
    }
