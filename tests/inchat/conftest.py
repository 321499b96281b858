"""The gateway's own voice over a real database."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ni.custody.record_writer import custody_writers
from ni.domain.caller import Caller
from ni.inchat.answer import InChat
from ni.inchat.list_tokens import ListTokens
from ni.inchat.mappings import Mappings
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.tables.access import accounts
from ni.store.writer import Writer
from tests.cast import tell
from tests.inchat.cast import Conversation, FakeCatalog, StoppedClock

Begin = Callable[[Caller, str], Conversation]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def catalog() -> FakeCatalog:
    return FakeCatalog()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/ni.db")
    opened.make_file()
    metadata.create_all(opened.engine)
    with opened.engine.begin() as connection:
        for account_id in ("acc_a", "acc_c"):
            connection.execute(
                accounts.insert().values(id=account_id, name=account_id, time_zone="UTC", created_at=0)
            )
    yield opened
    opened.close()


@pytest.fixture
def open_mappings(database: Database, clock: StoppedClock) -> Iterator[Callable[[], Mappings]]:
    """A further process over the same database, with its own memory."""
    writer = Writer(database, custody_writers(database, os.urandom))
    yield lambda: Mappings(database, DirectJournal(writer), clock, tell)
    writer.close()


@pytest.fixture
def mappings(open_mappings: Callable[[], Mappings]) -> Mappings:
    return open_mappings()


@pytest.fixture
def inchat(catalog: FakeCatalog, mappings: Mappings, clock: StoppedClock) -> InChat:
    return InChat(catalog, mappings, ListTokens(b"k" * 32), clock)


@pytest.fixture
def begin(inchat: InChat) -> Begin:
    """Starts a conversation of a caller whose tool is set to a model."""
    return lambda caller, model: Conversation(inchat, caller, model)
