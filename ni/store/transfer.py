"""Copies every row of one database into another that is empty: how an instance moves from SQLite to PostgreSQL.

The copy is one transaction of the target, so that it is whole or not there; the source is only read. Both must have the
schema of this program.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.store import schema
from ni.store.backup import BackupError
from ni.store.database import Database
from ni.store.tables import metadata

ROWS = 500


def transfer(source: Database, target: Database) -> int:
    """Copy all rows; how many. Raises `BackupError` if the target is not empty, `SchemaError`."""
    schema.require_current(source)
    if schema.state(target) is schema.State.EMPTY:
        schema.upgrade(target)
    schema.require_current(target)
    with source.read() as origin, target.engine.begin() as end:
        for table in metadata.sorted_tables:
            if end.scalar(sa.select(sa.func.count()).select_from(table)):
                raise BackupError(f"The database has rows in `{table.name}` already; choose an empty one.")
        return sum(_copy(table, origin, end) for table in metadata.sorted_tables)


def _copy(table: sa.Table, origin: Connection, end: Connection) -> int:
    copied = 0
    found = origin.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
    for rows in found.partitions(ROWS):
        end.execute(table.insert(), [dict(row) for row in rows])
        copied += len(rows)
    counter = table.autoincrement_column
    if counter is not None and copied and end.dialect.name == "postgresql":
        _advance(counter, end)
    return copied


def _advance(counter: sa.Column[int], end: Connection) -> None:
    """Let the sequence behind a counted column go on after its greatest value."""
    sequence = sa.func.pg_get_serial_sequence(counter.table.name, counter.name)
    if end.scalar(sa.select(sequence)) is not None:
        end.execute(sa.select(sa.func.setval(sequence, sa.select(sa.func.max(counter)).scalar_subquery())))
