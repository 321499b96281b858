"""Rows that a change needs to find as they were read (`HeldRows`): an optimistic lock in the transaction of the change.

Who decides by what an object says reads its rows, looks at the object, and makes the change while they are held. The
first unit written then begins with statements that touch nothing and match the rows only as they were: if another
change was committed meanwhile, the unit is refused whole. Columns that change without anybody's doing are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ni.domain.errors import ChangedMeanwhile
from ni.store.database import Database
from ni.store.unit import Change, Unit


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of an object: the table, how its key columns are named by who asks, columns that do not count."""

    table: sa.Table
    named: Mapping[str, str]
    volatile: frozenset[str] = frozenset()


_HELD: ContextVar[list[Change] | None] = ContextVar("held_rows", default=None)


class HeldRows:
    """Holds the rows of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def holding(self, held: Sequence[Held], names: Mapping[str, str]) -> Iterator[None]:
        """Hold the rows of these names for the first unit that is written meanwhile; rows that are gone are not held.

        The unit raises `ChangedMeanwhile` where a row is no longer what it was.
        """
        changes = [change for each in held for change in self._of(each, names)]
        token = _HELD.set(changes)
        try:
            yield
        finally:
            _HELD.reset(token)

    def _of(self, held: Held, names: Mapping[str, str]) -> Iterator[Change]:
        where = [held.table.c[column] == names[name] for column, name in held.named.items()]
        with self._database.read() as connection:
            rows = connection.execute(sa.select(held.table).where(*where)).mappings().all()
        for row in rows:
            yield _unchanged(held, row)


def _unchanged(held: Held, row: Mapping[Any, Any]) -> Change:
    columns = [column for column in held.table.c if column.name not in held.volatile]
    as_read = [column.is_not_distinct_from(row[column.name]) for column in columns]
    same = next(iter(held.table.primary_key.columns))
    statement = held.table.update().where(*as_read).values({same.name: same})
    return Change(statement, {}, expect=1, otherwise=ChangedMeanwhile())


def with_held(unit: Unit) -> Unit:
    """The unit, which finds the rows that are held as they were; a further unit does not, since it changed them."""
    changes = _HELD.get()
    if not changes:
        return unit
    parts = (*changes, *unit.parts)
    changes.clear()
    return replace(unit, parts=parts)


def values_of(unit: Unit, results: Sequence[Any]) -> tuple[Any, ...]:
    """The values of the unit's own parts, of those of the unit that was written."""
    return tuple(results[len(results) - len(unit.parts) :])
