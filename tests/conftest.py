"""What many tests share: a database of their own, the access services on it, the cast; and all streams are checked."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the worker: read when numpy is first imported

import gevent
import pytest

from ni.custody.record_writer import custody_writers
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.writer import Writer
from tests.cast import Access, Cast, gather
from tests.checked_streams import install
from tests.databases import fresh_postgres, postgres
from tests.fakes.certificates import identity
from tests.sdk_types import check_events, check_reply

__all__ = ["fresh_postgres", "identity", "postgres"]


@pytest.fixture(autouse=True)
def _streams_are_in_order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test is about, a stream out of order or an answer that is not of its type fails it."""
    violations: list[str] = []
    types = () if request.node.get_closest_marker("untyped") else (check_events, check_reply)
    install(monkeypatch.setattr, violations.append, *types)
    yield
    assert not violations, violations[0]


@pytest.fixture(autouse=True)
def loop_knows_the_time() -> None:
    """The event loop reads the clock when it turns; if it has not for long, a new timer would end at once."""
    gevent.get_hub().loop.update_now()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/ni.db")
    opened.make_file()
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def journal(database: Database) -> Iterator[DirectJournal]:
    writer = Writer(database, custody_writers(database, os.urandom))
    yield DirectJournal(writer)
    writer.close()


@pytest.fixture
def access(database: Database, journal: DirectJournal) -> Access:
    return Access(database, journal)


@pytest.fixture
def cast(access: Access) -> Cast:
    return gather(access)
