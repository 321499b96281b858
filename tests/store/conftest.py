"""A database per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.store.database import Database
from ni.store.tables import metadata


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/ni.db")
    metadata.create_all(opened.engine)
    yield opened
    opened.close()
