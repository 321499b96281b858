"""Requests per minute of a key, exact across processes: a token bucket kept as one instant per key.

The instant is when the next request would be due (GCRA, the generic cell rate algorithm of ITU-T I.371); a key may run
one minute ahead of it. Taking a token is one conditional statement in the unit that admits the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ni.domain.errors import RateLimited
from ni.store.database import Database, Insert, upsert
from ni.store.tables.metering import rates
from ni.store.unit import Transaction

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class RateToken:
    """A part of a unit that takes a token of a key's rate, or refuses the unit."""

    key_id: str
    rpm: int
    at_ms: int


class RateWriter:
    """Writes `RateToken` parts."""

    writes = RateToken

    def __init__(self, database: Database) -> None:
        self._rate = Rate(database)

    def write(self, ledger: Transaction, parts: Sequence[RateToken]) -> Sequence[object]:
        """None per token, or `RateLimited`; keys in one order, so that no two processes wait in a circle."""
        results: list[RateLimited | None] = [None] * len(parts)
        for at in sorted(range(len(parts)), key=lambda at: parts[at].key_id):
            part = parts[at]
            results[at] = self._rate.take(ledger, part.key_id, part.rpm, part.at_ms * 1000)
        return results

    def rolled_back(self) -> None:
        """Nothing is kept."""


class Rate:
    """Takes tokens, inside a transaction of the journal."""

    def __init__(self, database: Database) -> None:
        self._take = database.prepare(_take(upsert(database)))
        self._due = database.prepare(
            sa.select(rates.c.due_us).where(rates.c.key_id == sa.bindparam("key_id"))
        )

    def take(self, ledger: Transaction, key_id: str, rpm: int, now_us: int) -> RateLimited | None:
        """None if the request may go on, else how long to wait."""
        step = MINUTE_US // rpm
        latest = now_us + MINUTE_US - step
        values = {"key_id": key_id, "now": now_us, "step": step, "latest": latest, "due_us": now_us + step}
        if ledger.run(self._take, values):
            return None
        due = int(ledger.rows(self._due, {"key_id": key_id})[0][0])
        wait_s = max(1, -(-(due - latest) // 1_000_000))
        return RateLimited(retry_after_s=wait_s, wait_s=wait_s)


def _take(insert: Insert) -> sa.ClauseElement:
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
