"""A database file that is away for a moment is waited for, never made anew: SQLite would discard the WAL beside it."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ni.domain.errors import StoreUnavailable
from ni.store import schema
from ni.store.database import Database, copy_sqlite

COUNT = sa.text("SELECT count(*) FROM writers")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a database with one row that stands in the WAL alone; a connection keeps the WAL."""
    return tmp_path / "ni # 1%.db"


@pytest.fixture
def database(path: Path) -> Database:
    made = Database(f"sqlite:///{path}")
    schema.upgrade(made)
    return made


def read(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(COUNT).scalar_one())


def test_a_file_that_was_never_there_is_made_by_an_upgrade_alone(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable):
        read(database)
    with pytest.raises(Exception, match="unable to open"):
        database.open_driver()
    with pytest.raises(schema.SchemaError, match="no tables yet"):
        schema.require_current(database)
    assert not path.exists()
    schema.upgrade(database)
    assert read(database) == 0


def test_what_stands_in_the_wal_is_there_when_the_file_is_back(database: Database, path: Path) -> None:
    away = path.with_name("away.db")
    with closing(database.open_driver()) as writing:
        writing.execute("INSERT INTO writers (name, turn, at) VALUES ('a', 't', 1)")
        database.close()
        path.rename(away)
        wal = Path(f"{path}-wal")
        size = wal.stat().st_size
        assert not database.in_place
        with pytest.raises(StoreUnavailable):
            read(database)
        with pytest.raises(StoreUnavailable):  # away, and not empty: nothing may be made in its place
            schema.state(database)
        with pytest.raises(Exception, match="unable to open"):
            database.open_driver()
        with pytest.raises(Exception, match="unable to open"):
            copy_sqlite(database, path.with_name("copy.db"))
        database.make_file()
        assert not path.exists()
        assert wal.stat().st_size == size > 0
        away.rename(path)
        assert read(database) == 1
        assert database.in_place
