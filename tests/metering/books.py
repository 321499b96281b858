"""The part writers of metering on a database, and the sums that must hold after any sequence of writes."""

import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ni.custody.record_writer import custody_writers
from ni.domain.errors import Problem
from ni.metering.account_budgets import MARK, BudgetStanding
from ni.metering.admission import AdmissionWriter, Admit, Granted, RateToken, RateWriter
from ni.metering.budget import ReservationRequest
from ni.metering.settlement import ReleaseWriter, Settle, SettlementWriter, UsageRecord, budget_refs
from ni.store.database import Database
from ni.store.tables.metering import (
    balance_days,
    balances,
    budget_spans,
    budgets,
    grants,
    open_calls,
    totals,
    usage,
)
from ni.store.unit import Unit
from ni.store.writer import Result, Writer

DAY = "2026-11-23"

ROW = UsageRecord(
    request_id="", account_id="acc", key_id="key", at=0, day=DAY, dialect="chat", model="m", route="r", tier="",
    provider="p", jurisdiction="CA", outcome="completed", status=200, error="", stream=0, uncached_tokens=7,
    cached_tokens=2, cache_write_tokens=1, output_tokens=5, reasoning_tokens=0, tokens_from="provider",
    latency_ms=1, first_chunk_ms=None, pii="off", provider_cost_usd_nanos=0, provider_cost_nanos=0,
    ni_charge_nanos=0, rate_millionths=1_000_000, working="", credential_source="platform",
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A call that was admitted."""

    reservation: ReservationRequest
    request_id: str
    nanos: int
    budgets: tuple[BudgetStanding, ...] = ()


class Books:
    """The tables of money and their part writers; each method writes one batch, as the journal does."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writer = Writer(
            database,
            (
                RateWriter(database),
                AdmissionWriter(database),
                SettlementWriter(database),
                ReleaseWriter(database),
                *custody_writers(database, os.urandom),
            ),
        )
        self._made = 0

    def admit(
        self, *reservations: ReservationRequest, rpm: int | None = None, at_ms: int = 0
    ) -> list[Held | Problem]:
        """Ask for all of them in one batch."""
        parts = [Admit(self._name(), "process", reservation, at_ms, "{}") for reservation in reservations]
        return self.admit_parts([(part, rpm) for part in parts])

    def admit_parts(self, parts: list[tuple[Admit, int | None]]) -> list[Held | Problem]:
        """Write each part in a unit, behind a token of its key's rate where it has one."""
        units = [Unit((*_tokens(part, rpm), part)) for part, rpm in parts]
        return [
            _outcome(part, result) for (part, _), result in zip(parts, self.writer.run(units), strict=True)
        ]

    def settle(self, held: Held, charge_nanos: int) -> Result:
        """Settle one."""
        return self.settle_all([(held, charge_nanos)])[0]

    def settle_all(self, ended: list[tuple[Held, int]]) -> list[Result]:
        """Settle all of them in one batch."""
        return self.writer.run([Unit((_settled(held, charge),)) for held, charge in ended])

    def one(self, query: sa.Select[Any]) -> tuple[int, ...]:
        """The only row of a query over sums; nothing counts as 0."""
        with self.database.read() as connection:
            return tuple(int(value or 0) for value in connection.execute(query).one())

    def spent_and_held(self, key_id: str = "key") -> tuple[int, ...]:
        """What the cap of a key sees, over all days."""
        sums = (sa.func.sum(budgets.c.spent_nanos), sa.func.sum(budgets.c.held_nanos))
        return self.one(sa.select(*sums).where(budgets.c.key_id == key_id))

    def check(self) -> None:
        """Everything that is a sum of something else equals it, in both columns."""
        charged = self.one(sa.select(sa.func.sum(usage.c.ni_charge_nanos)))
        assert self.one(sa.select(sa.func.sum(budgets.c.spent_nanos))) == charged
        assert self.one(sa.select(sa.func.sum(totals.c.ni_charge_nanos))) == charged
        for column in ("provider_cost_nanos", "provider_cost_usd_nanos"):
            cost = self.one(sa.select(sa.func.sum(usage.c[column])))
            assert self.one(sa.select(sa.func.sum(totals.c[column]))) == cost
        rows = self.one(sa.select(sa.func.count()).select_from(usage))
        assert self.one(sa.select(sa.func.sum(totals.c.requests))) == rows
        held = self.one(sa.select(sa.func.sum(open_calls.c.held_nanos)))
        assert self.one(sa.select(sa.func.sum(budgets.c.held_nanos))) == held
        with self.database.read() as connection:
            calls = connection.execute(sa.select(open_calls.c.budgets, open_calls.c.held_nanos)).all()
            spans = {
                f"{row.budget_id}/{row.period}": row for row in connection.execute(sa.select(budget_spans))
            }
        against: Counter[str] = Counter()
        for refs, nanos in calls:
            against.update(dict.fromkeys(budget_refs(refs), nanos))
        for ref, row in spans.items():
            assert row.held_nanos == against[ref], ref
        prepaid = self.one(sa.select(sa.func.sum(open_calls.c.held_nanos)).where(open_calls.c.prepaid == 1))
        assert self.one(sa.select(sa.func.sum(balances.c.held_nanos))) == prepaid
        by_day = self.one(sa.select(sa.func.sum(balance_days.c.charged_nanos)))
        assert self.one(sa.select(sa.func.sum(balances.c.charged_nanos))) == by_day
        granted = self.one(sa.select(sa.func.sum(grants.c.amount_nanos)))
        assert self.one(sa.select(sa.func.sum(balances.c.granted_nanos))) == granted

    def _name(self) -> str:
        self._made += 1
        return f"{self._made:016x}"


def _tokens(part: Admit, rpm: int | None) -> tuple[RateToken, ...]:
    return (RateToken(part.reservation.key_id, rpm, part.at_ms),) if rpm is not None else ()


def _outcome(part: Admit, result: Result) -> Held | Problem:
    if isinstance(result, Problem):
        return result
    assert not isinstance(result, Exception)
    granted = result[-1]
    assert isinstance(granted, Granted)
    return Held(part.reservation, part.request_id, granted.hold_nanos, granted.budgets)


def _settled(held: Held, charge: int) -> Settle:
    reservation = held.reservation
    row = replace(
        ROW, request_id=held.request_id, account_id=reservation.account_id, key_id=reservation.key_id,
        day=reservation.day, provider_cost_nanos=charge - charge // 10, provider_cost_usd_nanos=charge // 2,
        ni_charge_nanos=charge, tag=reservation.tags.strip(MARK),
    )  # fmt: skip
    return Settle(row, True, held.nanos, 1, reservation.prepaid, refs_of(held.budgets))


def refs_of(standings: tuple[BudgetStanding, ...]) -> tuple[str, ...]:
    """The windows in which a call is held."""
    return tuple(standing.ref for standing in standings)
