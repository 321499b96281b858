"""Pinned model names: a name that is no route, and the route that it stands for.

A mapping holds for the key that made it or, where an owner allowed that, for every key of the account; a key's own
comes first. Every call looks names up, so they are cached for a few seconds; a change by this process counts at once. A
mapping gives no right: a call through it is checked as if it had named the route.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ni.domain.activity import Activity, ActivityKind, Actor, Difference, Subject, Tell, Way
from ni.domain.clock import Clock, from_ms, to_ms
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.shared_reads import SharedReads
from ni.store.tables.access import key_mappings, mappings
from ni.store.unit import Change, Unit

FRESH_S = 5.0
MOST_PER_ACCOUNT = 500


class TooManyMappings(Exception):
    """The account has as many pinned names as it may have."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One mapping; `key_id` is the key that made it, `shared` whether it holds for every key of the account."""

    account_id: str
    model: str
    route_id: str
    key_id: str
    created_at: datetime
    shared: bool = False

    @property
    def whose(self) -> str:
        """The id of the key that it holds for; empty for every key of the account."""
        return "" if self.shared else self.key_id


class Mappings:
    """The mappings of all accounts. `stored` gives the form in which a name may be stored.

    `tell` makes the record of a change; one that was made in a chat is the key's.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        clock: Clock,
        tell: Tell,
        stored: Callable[[str], str] = str,
    ) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._tell = tell
        self._stored = stored
        self._pinned: dict[tuple[str, str, str], Pinned] = {}
        self._read_at: float | None = None
        self._reads: SharedReads[dict[tuple[str, str, str], Pinned]] = SharedReads()
        self._changes = 0

    def route_of(self, account_id: str, model: str, key_id: str) -> str | None:
        """The route id a name is pinned to for a key, or None. Raises `StoreUnavailable`."""
        known = self._now()
        if not known:
            return None
        wanted = ((account_id, name, whose) for name in self._names(model) for whose in (key_id, ""))
        return next((known[key].route_id for key in wanted if key in known), None)

    def _names(self, model: str) -> tuple[str, ...]:
        """The name as the client sent it and in its stored form."""
        return tuple(dict.fromkeys((model, self._stored(model))))

    def of(self, account_id: str, key_id: str | None = None) -> tuple[Pinned, ...]:
        """The account's mappings by name, or those that hold for one of its keys. Raises `StoreUnavailable`."""
        own = [pinned for (owner, _, _), pinned in sorted(self._now().items()) if owner == account_id]
        return tuple(pinned for pinned in own if key_id is None or pinned.whose in ("", key_id))

    def pin(self, pinned: Pinned) -> bool:
        """Make a mapping durable, in place of one for the same name. False if it was already so and nothing was
        written. Raises `TooManyMappings`, `StoreUnavailable`."""
        pinned = replace(pinned, model=self._stored(pinned.model))
        current = self._now().get((pinned.account_id, pinned.model, pinned.whose))
        if current is not None and current.route_id == pinned.route_id:
            return False
        if current is None and len(self.of(pinned.account_id)) >= MOST_PER_ACCOUNT:
            raise TooManyMappings
        table = mappings if pinned.shared else key_mappings
        row = {
            "account_id": pinned.account_id,
            "model": pinned.model,
            "route_id": pinned.route_id,
            "created_at": to_ms(pinned.created_at),
            "key_id": pinned.key_id,
        }
        # Deleting first makes this the same whether or not another process has just pinned the name.
        forget = _delete(pinned.account_id, pinned.model, pinned.whose)
        routes = ("route", current.route_id if current else None, pinned.route_id)
        told = self._told(ActivityKind.MAPPING_MADE, pinned, (routes,), pinned.key_id)
        self._journal.write(Unit((forget, Change(table.insert(), row, expect=1), told)))
        self._changed()
        return True

    def _told(
        self, kind: ActivityKind, pinned: Pinned, changes: tuple[Difference, ...], by_key: str
    ) -> Activity:
        """The record of a change, made by a key in a chat or else by who acts now."""
        told = self._tell(
            kind, pinned.account_id, Subject(pinned.whose or pinned.account_id, pinned.model), changes
        )
        return replace(told, actor=Actor(by_key, Way.CHAT, told.actor.address)) if by_key else told

    def unpin(self, account_id: str, model: str, whose: str, by_key: str = "") -> bool:
        """Undo a mapping of a key, or the account's own (`whose` empty); False if there was none.

        `by_key` is the id of the key that asks in a chat.
        """
        self._changed()  # another process may have pinned it just now
        known = self._now()
        there = [known[key] for name in self._names(model) if (key := (account_id, name, whose)) in known]
        if not there:
            return False
        parts: list[object] = []
        for pinned in there:
            parts.append(_delete(account_id, pinned.model, whose))
            gone = (("route", pinned.route_id, None),)
            parts.append(self._told(ActivityKind.MAPPING_UNDONE, pinned, gone, by_key))
        self._journal.write(Unit(tuple(parts)))
        self._changed()
        return True

    def unpin_all(self, account_id: str, model: str) -> bool:
        """Undo all mappings of a name in an account; False if there was none."""
        owners = {pinned.whose for pinned in self.of(account_id) if pinned.model in self._names(model)}
        undone = [self.unpin(account_id, model, whose) for whose in sorted(owners)]
        return any(undone)

    def _changed(self) -> None:
        """Read anew at the next look-up; what is being read now is not kept."""
        self._changes += 1
        self._read_at = None

    def _now(self) -> dict[tuple[str, str, str], Pinned]:
        if self._read_at is not None and self._clock.monotonic() - self._read_at <= FRESH_S:
            return self._pinned
        return self._reads.get(self._changes, self._read)

    def _read(self) -> dict[tuple[str, str, str], Pinned]:
        changes, read_at = self._changes, self._clock.monotonic()
        with self._database.read() as connection:
            shared = connection.execute(sa.select(mappings)).all()
            own = connection.execute(sa.select(key_mappings)).all()
        stored = [_pinned(row, shared=True) for row in shared] + [_pinned(row, shared=False) for row in own]
        pinned = {(each.account_id, each.model, each.whose): each for each in stored}
        if changes == self._changes:  # nothing was changed while the database was asked
            self._pinned, self._read_at = pinned, read_at
        return pinned


def _pinned(row: Any, *, shared: bool) -> Pinned:
    return Pinned(row.account_id, row.model, row.route_id, row.key_id, from_ms(row.created_at), shared)


def _delete(account_id: str, model: str, whose: str) -> Change:
    table = key_mappings if whose else mappings
    mine = [table.c.account_id == sa.bindparam("owner"), table.c.model == sa.bindparam("name")]
    values = {"owner": account_id, "name": model}
    if whose:
        mine.append(table.c.key_id == sa.bindparam("whose"))
        values["whose"] = whose
    return Change(table.delete().where(*mine), values)
