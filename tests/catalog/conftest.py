"""A database and a journal per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.store.database import Database
from ni.store.journal import DirectJournal, Journal
from ni.store.tables import metadata
from ni.store.writer import Writer
from tests.catalog.cast import StoppedClock


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/ni.db")
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def journal(database: Database) -> Iterator[Journal]:
    writer = Writer(database, [])
    yield DirectJournal(writer)
    writer.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()
