"""Settles the calls that processes left open when they died: none is lost, and none is settled twice.

Each open call carries the facts to settle it. Recovery runs when a process starts and every few seconds after; it uses
the same journal unit as the pipeline does, so that a call which its own process settles first stays as it was.
"""

import logging
from typing import Any

import orjson
import sqlalchemy as sa

from ni.custody.record import RecordKind, make_record
from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random
from ni.metering.processes import Processes
from ni.metering.settlement import AlreadySettled, Release, Settle, UsageRecord, budget_refs
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.metering import open_calls
from ni.store.unit import Unit
from ni.store.write_faults import Unwritable

log = logging.getLogger(__name__)


class Recovery:
    """Settles the calls of dead processes as `crashed`."""

    def __init__(
        self, database: Database, journal: Journal, processes: Processes, clock: Clock, random: Random
    ) -> None:
        self._database = database
        self._journal = journal
        self._processes = processes
        self._clock = clock
        self._random = random

    def sweep(self) -> int:
        """Settle every open call of every dead process; how many there were."""
        settled = 0
        for process_id in self._processes.dead(to_ms(self._clock.now())):
            settled += self._close_all(process_id)
            self._processes.forget(process_id)
        if settled:
            log.warning("closed %d calls of processes that died", settled)
        return settled

    def _close_all(self, process_id: str) -> int:
        query = sa.select(open_calls).where(open_calls.c.process_id == process_id)
        with self._database.read() as connection:
            open_rows = connection.execute(query).all()
        return sum(map(self._close, open_rows))

    def _close(self, opened: sa.Row[Any]) -> int:
        known = orjson.loads(opened.facts)
        now_ms = to_ms(self._clock.now())
        row = UsageRecord(**{**known["row"], "latency_ms": max(0, now_ms - opened.opened_at)})
        fields = {
            **known["close"],
            "outcome": row.outcome,
            "tok_in": row.uncached_tokens,
            "tok_out": 0,
            "tok_src": row.tokens_from,
            "cost_nano_usd": row.provider_cost_usd_nanos,
        }
        record = make_record(RecordKind.CLOSE, now_ms, fields, {}, self._random)
        try:
            refs = budget_refs(opened.budgets)
            part = Settle(row, True, opened.held_nanos, known["protected"], bool(opened.prepaid), refs)
            self._journal.write(Unit((part, record), must=True))
        except AlreadySettled:
            return 0
        except Unwritable:
            self._journal.write(Unit((Release(row.request_id),), must=True))
        return 1
