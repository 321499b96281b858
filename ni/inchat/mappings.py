"""Pinned model names of accounts: a name that is no route, and the route it stands for, for every key of the account.

Looked up on every call, so kept in memory and read anew when older than a few seconds; a change made in this process
counts at once. A mapping gives no right: whoever calls through it is checked as if they had named the route.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from ni.domain.clock import Clock, from_ms, to_ms
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.access import mappings
from ni.store.unit import Change, Unit

FRESH_S = 5.0
MOST_PER_ACCOUNT = 500


class TooManyMappings(Exception):
    """The account has as many pinned names as it may have."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One mapping; `key_id` is the key that made it."""

    account_id: str
    model: str
    route_id: str
    key_id: str
    created_at: datetime


class Mappings:
    """The mappings of all accounts. `stored` gives the form of a name that may be written down."""

    def __init__(
        self, database: Database, journal: Journal, clock: Clock, stored: Callable[[str], str] = str
    ) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._stored = stored
        self._pinned: dict[tuple[str, str], Pinned] = {}
        self._read_at: float | None = None

    def route_of(self, account_id: str, model: str) -> str | None:
        """The route id a name is pinned to, or None. Raises `StoreUnavailable`."""
        known = self._now()
        if not known:
            return None
        pinned = known.get((account_id, model)) or known.get((account_id, self._stored(model)))
        return pinned.route_id if pinned else None

    def of(self, account_id: str) -> tuple[Pinned, ...]:
        """The account's mappings by name. Raises `StoreUnavailable`."""
        return tuple(pinned for (owner, _), pinned in sorted(self._now().items()) if owner == account_id)

    def pin(self, pinned: Pinned) -> bool:
        """Make a mapping durable, in place of one for the same name. False if it was already so and nothing was
        written. Raises `TooManyMappings`, `StoreUnavailable`."""
        pinned = replace(pinned, model=self._stored(pinned.model))
        current = self.route_of(pinned.account_id, pinned.model)
        if current == pinned.route_id:
            return False
        if current is None and len(self.of(pinned.account_id)) >= MOST_PER_ACCOUNT:
            raise TooManyMappings
        row = {
            "account_id": pinned.account_id,
            "model": pinned.model,
            "route_id": pinned.route_id,
            "created_at": to_ms(pinned.created_at),
            "key_id": pinned.key_id,
        }
        # Deleting first makes this the same whether or not another process has just pinned the name.
        self._journal.write(
            Unit((_delete(pinned.account_id, pinned.model), Change(mappings.insert(), row, expect=1)))
        )
        self._read_at = None
        return True

    def unpin(self, account_id: str, model: str) -> bool:
        """Undo a mapping; False if there was none. Raises `StoreUnavailable`."""
        names = dict.fromkeys((model, self._stored(model)))
        touched = self._journal.write(Unit(tuple(_delete(account_id, name) for name in names)))
        self._read_at = None
        return any(touched)

    def _now(self) -> dict[tuple[str, str], Pinned]:
        asked_at = self._clock.monotonic()
        if self._read_at is None or asked_at - self._read_at > FRESH_S:
            with self._database.read() as connection:
                rows = connection.execute(sa.select(mappings)).all()
            self._pinned = {
                (row.account_id, row.model): Pinned(
                    row.account_id, row.model, row.route_id, row.key_id, from_ms(row.created_at)
                )
                for row in rows
            }
            self._read_at = asked_at
        return self._pinned


def _delete(account_id: str, model: str) -> Change:
    statement = mappings.delete().where(
        mappings.c.account_id == sa.bindparam("owner"), mappings.c.model == sa.bindparam("name")
    )
    return Change(statement, {"owner": account_id, "name": model})
