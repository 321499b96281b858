"""A database per test, and a journal that writes records into its log."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ni.custody.record import Kind, Record, make_record
from ni.custody.scribe import custody_scribes
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.unit import Unit
from ni.store.writer import Writer

NOW_MS = 1_795_000_000_000
Write = Callable[..., Record]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/ni.db")
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    made = Writer(database, custody_scribes(database, os.urandom))
    yield made
    made.close()


@pytest.fixture
def journal(writer: Writer) -> DirectJournal:
    return DirectJournal(writer)


def record(request_id: str, account_id: str = "acc_alice", kind: Kind = Kind.OPEN, at_ms: int = NOW_MS) -> Record:
    """A record with a few fields, one of them worth hiding."""
    fields = {"rid": request_id, "acct": account_id, "key": f"key_of_{account_id}", "peer_ip": "192.0.2.7", "tok_in": 12}
    return make_record(kind, at_ms, fields, {"req_c": "cg=="}, os.urandom)


@pytest.fixture
def write(journal: DirectJournal) -> Write:
    """Write records of a request: `write("r1")`, `write("r1", kind=Kind.CLOSE)`."""

    def written(request_id: str, **more: object) -> Record:
        made = record(request_id, **more)  # type: ignore[arg-type]  # passed on as given
        journal.write(Unit((made,)))
        return made

    return written
