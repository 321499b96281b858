"""Short forms for the journal's plain statements: insert a row, update rows by equality."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ni.store.unit import Change


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
