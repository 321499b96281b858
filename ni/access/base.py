"""Dependencies of this package (database, journal, clock, randomness, who acts), and plain journal statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.domain.activity import (
    Acting,
    Activity,
    ActivityKind,
    Difference,
    Subject,
    unattended,
)
from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.unit import Change, Unit


@dataclass(frozen=True, slots=True)
class Base:
    """Built once per process, by the factory or the command line; `acting` gives who acts at the moment."""

    database: Database
    journal: Journal
    clock: Clock
    random: Random
    acting: Acting = unattended

    def now_ms(self) -> int:
        """The wall time in milliseconds, as rows keep it."""
        return to_ms(self.clock.now())

    def write(self, *parts: object) -> None:
        """Make the parts durable together. Raises `Conflict`, `StoreUnavailable`."""
        self.journal.write(Unit(parts))

    def activity(
        self, kind: ActivityKind, account_id: str, subject: Subject, changes: tuple[Difference, ...] = ()
    ) -> Activity:
        """The part of a unit that records what the unit does."""
        return Activity(kind, account_id, subject, self.acting(), self.now_ms(), changes)


def inserted(table: sa.Table, row: Mapping[str, Any]) -> Change:
    """Insert one row."""
    return Change(table.insert().values({column: sa.bindparam(column) for column in row}), row, expect=1)


def updated(table: sa.Table, row: Mapping[str, Any], *where: sa.ColumnElement[bool]) -> Change:
    """Set columns of exactly one row; another number is a `Conflict`."""
    return Change(
        table.update().where(*where).values({column: sa.bindparam(column) for column in row}), row, expect=1
    )


def deleted(table: sa.Table, *where: sa.ColumnElement[bool]) -> Change:
    """Delete any number of rows."""
    return Change(table.delete().where(*where), {})
