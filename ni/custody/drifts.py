"""Drift events: a deployment was found in another place than its tags claim; with count, first and last time.

They are notes for the operator beside the log, not part of it: the refusal of a call has its own record. Events are
gathered in memory and written every few seconds, so that a flood of refused calls costs one row; a crash loses a few
seconds of counts. The newest `MOST` kinds are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import Clock, from_ms, to_ms
from ni.domain.drift import Drift
from ni.store.database import Database, upsert
from ni.store.journal import Journal
from ni.store.tables.custody import drift_events
from ni.store.unit import Change, Unit

MOST = 1000
MOST_WAITING = 500
_KEY = ("route", "rule", "expected", "found", "refused")


@dataclass(frozen=True, slots=True)
class DriftEvent:
    """A drift, how often it was seen, first and last time."""

    drift: Drift
    met: int
    first_at: datetime
    last_at: datetime


class Drifts:
    """Records drift of one process, and reads the events of all processes."""

    def __init__(self, database: Database, journal: Journal, clock: Clock) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._waiting: dict[Drift, tuple[int, int]] = {}

    def note(self, drift: Drift) -> None:
        """Count one event, to be written at the next flush."""
        met, first_at = self._waiting.get(drift, (0, to_ms(self._clock.now())))
        if met or len(self._waiting) < MOST_WAITING:
            self._waiting[drift] = met + 1, first_at

    def flush(self) -> Sequence[tuple[Drift, int]]:
        """Write events since the last flush; returns them with counts. Keeps them on `StoreUnavailable`."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return ()
        now = to_ms(self._clock.now())
        parts = [self._written(drift, met, first_at, now) for drift, (met, first_at) in waiting.items()]
        try:
            self._journal.write(Unit((*parts, _forget_old())))
        except BaseException:  # also a killed greenlet: what was not written is written next time
            for drift, (met, first_at) in waiting.items():
                self._waiting[drift] = met + self._waiting.get(drift, (0, 0))[0], first_at
            raise
        return [(drift, met) for drift, (met, _) in waiting.items()]

    def recent(self, most: int = 200) -> tuple[DriftEvent, ...]:
        """The newest events. Raises `StoreUnavailable`."""
        wanted = sa.select(drift_events).order_by(drift_events.c.last_at.desc()).limit(most)
        with self._database.read() as connection:
            return tuple(_event(row) for row in connection.execute(wanted).mappings())

    def met_since(self, since: datetime) -> int:
        """The summed counts of the events last seen since an instant. Raises `StoreUnavailable`."""
        total = sa.select(sa.func.coalesce(sa.func.sum(drift_events.c.met), 0))
        with self._database.read() as connection:
            return int(connection.scalar(total.where(drift_events.c.last_at >= to_ms(since))) or 0)

    def _written(self, drift: Drift, met: int, first_at: int, now: int) -> Change:
        insert = upsert(self._database)(drift_events)
        row = {
            "route": drift.route,
            "rule": drift.rule,
            "expected": drift.expected,
            "found": drift.found,
            "refused": int(drift.refused),
            "provider": drift.provider,
            "deployment": drift.deployment,
            "met": met,
            "first_at": first_at,
            "last_at": now,
        }
        fresh = insert.values({column: sa.bindparam(column) for column in row})
        again = {
            "met": drift_events.c.met + fresh.excluded.met,
            "last_at": fresh.excluded.last_at,
            "deployment": fresh.excluded.deployment,
        }
        return Change(fresh.on_conflict_do_update(index_elements=_KEY, set_=again), row, expect=1)


def _forget_old() -> Change:
    newest = sa.select(drift_events.c.last_at).order_by(drift_events.c.last_at.desc())
    oldest_kept = newest.offset(sa.literal(MOST)).limit(sa.literal(1)).scalar_subquery()
    return Change(drift_events.delete().where(drift_events.c.last_at <= oldest_kept), {})


def _event(row: Any) -> DriftEvent:
    drift = Drift(
        row["provider"],
        row["deployment"],
        row["route"],
        row["rule"],
        row["expected"],
        row["found"],
        bool(row["refused"]),
    )
    return DriftEvent(drift, row["met"], from_ms(row["first_at"]), from_ms(row["last_at"]))
