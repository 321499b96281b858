"""Dependencies shared by this package (database, journal, clock, randomness), and plain journal statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.unit import Change, Unit


@dataclass(frozen=True, slots=True)
class Base:
    """Built once per process, by the factory or the command line."""

    database: Database
    journal: Journal
    clock: Clock
    random: Random

    def now_ms(self) -> int:
        """The wall time in milliseconds, as rows keep it."""
        return to_ms(self.clock.now())

    def write(self, *parts: object) -> None:
        """Make the parts durable together. Raises `Conflict`, `StoreUnavailable`."""
        self.journal.write(Unit(parts))


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
