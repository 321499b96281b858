"""What the journal calls durable is on the disk: SQLite syncs at every commit, on every connection that we open."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ni.store.database import Database

FULL = 2
"""https://sqlite.org/pragma.html#pragma_synchronous: with NORMAL a commit in WAL is lost with the power."""


def pragma(connection: Any, name: str) -> Any:
    cursor = connection.cursor()
    return cursor.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize(
    ("name", "value"), [("synchronous", FULL), ("journal_mode", "wal"), ("foreign_keys", 1)]
)
def test_each_connection_keeps_what_was_committed(tmp_path: Path, name: str, value: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/ni.db")
    database.make_file()
    with closing(database.open_driver()) as writing, closing(database.engine.raw_connection()) as pooled:
        assert [pragma(one, name) for one in (writing, pooled)] == [value, value]
    database.close()
