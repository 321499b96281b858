"""A copy of a whole database at one instant, in a new SQLite file of the same schema, while others read and write it.

On SQLite the file is made by SQLite itself. On PostgreSQL the rows are read in one transaction (REPEATABLE READ,
https://www.postgresql.org/docs/current/transaction-iso.html) and written into tables that the migrations make, so that
one kind of backup serves both. The schema may be an older one.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.store import schema
from ni.store.database import Database, copy_sqlite

ROWS = 500


def snapshot(database: Database, target: Path) -> None:
    """Write the copy, readable by its owner alone. Raises `SchemaError` for a schema that is not ours or newer."""
    if database.sqlite:
        copy_sqlite(database, target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600, exist_ok=False)
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, "stream_results": True}
    with closing(Database(f"sqlite:///{target}")) as copy:
        with database.engine.connect().execution_options(**options) as origin:
            schema.migrate_empty(copy, schema.revision(origin))
            _copy_all(origin, copy)
        with copy.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _copy_all(origin: Connection, copy: Database) -> None:
    tables = sa.MetaData()
    tables.reflect(copy.engine)
    with copy.engine.connect() as end:
        end.exec_driver_sql(
            "PRAGMA foreign_keys=OFF"
        )  # all rows of one instant: what they refer to is among them
        for table in tables.sorted_tables:
            if table.name != schema.VERSION_TABLE:
                _copy(table, origin, end)
        end.commit()


def _copy(table: sa.Table, origin: Connection, end: Connection) -> None:
    end.execute(table.delete())  # rows that a migration made, such as the first head of the log
    columns: list[sa.ColumnClause[Any]] = [sa.column(column.name) for column in table.columns]
    rows = origin.execute(sa.select(*columns).select_from(sa.table(table.name))).mappings()
    for some in rows.partitions(ROWS):
        end.execute(table.insert(), [dict(row) for row in some])
