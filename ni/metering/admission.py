"""Admitting a call: one part of a journal unit that takes a token of the key's rate and reserves what it may cost.

A crash after the commit leaves an `open_calls` row, which recovery settles. On PostgreSQL keys are visited in the same
order by every process, so that two of them never wait for each other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ni.domain.errors import Problem
from ni.metering.budget import Budget, ReservationRequest
from ni.metering.rate import Rate
from ni.store.database import Database
from ni.store.tables.metering import open_calls
from ni.store.unit import Transaction


@dataclass(frozen=True, slots=True)
class Admit:
    """What is asked of the ledger before a call is sent; `facts` is JSON enough to settle it after a crash."""

    request_id: str
    process_id: str
    wish: ReservationRequest
    rpm: int | None
    at_ms: int
    facts: str


@dataclass(frozen=True, slots=True)
class Granted:
    """An admitted call, and what is held for it until it is settled."""

    hold_nanos: int


class AdmissionWriter:
    """Writes `Admit` parts."""

    writes = Admit

    def __init__(self, database: Database) -> None:
        self._rate = Rate(database)
        self._budget = Budget(database)
        self._open = database.prepare(open_calls.insert())

    def write(self, ledger: Transaction, parts: Sequence[Admit]) -> Sequence[object]:
        """`Granted` per admitted call, else `RateLimited`, `CapExceeded` or `BalanceShort`."""
        results: list[Granted | Problem | None] = [None] * len(parts)
        for at in sorted(range(len(parts)), key=lambda at: parts[at].wish.key_id):
            results[at] = self._decided(ledger, parts[at])
        rows = [
            _row(part, result)
            for part, result in zip(parts, results, strict=True)
            if isinstance(result, Granted)
        ]
        ledger.run_many(self._open, rows)
        return results

    def _decided(self, ledger: Transaction, part: Admit) -> Granted | Problem:
        if part.rpm is not None:
            limited = self._rate.take(ledger, part.wish.key_id, part.rpm, part.at_ms * 1000)
            if limited is not None:
                return limited
        held = self._budget.reserve(ledger, part.wish)
        return held if isinstance(held, Problem) else Granted(held)

    def rolled_back(self) -> None:
        """Nothing is kept."""


def _row(part: Admit, granted: Granted) -> dict[str, object]:
    return {
        "request_id": part.request_id,
        "process_id": part.process_id,
        "account_id": part.wish.account_id,
        "key_id": part.wish.key_id,
        "day": part.wish.day,
        "held_nanos": granted.hold_nanos,
        "prepaid": int(part.wish.prepaid),
        "opened_at": part.at_ms,
        "facts": part.facts,
    }
