"""Deletes usage rows that are older than the retention period, in the background, a few rows per unit of the journal.

Daily totals, budgets, balances and statements stay, so that no sum of them changes when rows are deleted. Each deletion
is small, and calls under way are written between two of them.
"""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from ni.domain.clock import Clock, to_ms
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.access import accounts
from ni.store.tables.metering import usage
from ni.store.unit import Change, Unit

BATCH = 500


class Retention:
    """Deletes usage rows that are older than `days`; `pause` lets others write between two batches."""

    def __init__(self, database: Database, journal: Journal, clock: Clock, days: int) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._days = days

    def sweep(self, pause: Callable[[], object] = lambda: None) -> int:
        """Delete all that is due; how many rows. Raises `StoreUnavailable`."""
        before = to_ms(self._clock.now() - timedelta(days=self._days))
        with self._database.read() as connection:
            owners = list(connection.scalars(sa.select(accounts.c.id)))
        return sum(self._of(owner, before, pause) for owner in owners)

    def _of(self, account_id: str, before: int, pause: Callable[[], object]) -> int:
        gone = 0
        while batch := self._batch(account_id, before):
            gone += batch
            pause()
        return gone

    def _batch(self, account_id: str, before: int) -> int:
        """Delete the oldest rows that are due, `BATCH` at most. Found by the index on account and instant."""
        values = {"owner": account_id, "before": before, "most": BATCH}
        (touched,) = self._journal.write(Unit((Change(_oldest(), values),)))
        return int(touched)


def _oldest() -> sa.Delete:
    chosen = (
        sa.select(usage.c.request_id)
        .where(usage.c.account_id == sa.bindparam("owner"), usage.c.at < sa.bindparam("before"))
        .order_by(usage.c.at)
        .limit(sa.bindparam("most"))
    )
    return usage.delete().where(usage.c.request_id.in_(chosen))
