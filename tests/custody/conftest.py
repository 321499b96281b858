"""A database per test, and a journal that writes records into its log; `house` is a log that was started."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ni.custody.anchors import Anchor, FolderAnchor
from ni.custody.log_service import LogService
from ni.custody.logs import LogDependencies, LogFreeze
from ni.custody.record import Record, RecordKind, Value, make_record
from ni.custody.record_writer import custody_writers
from ni.domain.activity import Activity
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.unit import Unit
from ni.store.writer import Writer
from tests.cast import tell

TABLES = [table for name, table in metadata.tables.items() if name.startswith("custody_")]
NOW_MS = 1_795_000_000_000
ORIGIN = "gw.example/custody/2026"
Write = Callable[..., Record]


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    made = Writer(database, custody_writers(database, os.urandom))
    yield made
    made.close()


@pytest.fixture
def journal(writer: Writer) -> DirectJournal:
    return DirectJournal(writer)


def record(
    request_id: str, account_id: str = "acc_alice", kind: RecordKind = RecordKind.OPEN, at_ms: int = NOW_MS
) -> Record:
    """A record with a few fields, one of them worth hiding."""
    named = {"rid": request_id, "acct": account_id, "key": f"key_of_{account_id}"}
    fields: dict[str, Value] = {**named, "peer_ip": "192.0.2.7", "tok_in": 12}
    return make_record(kind, at_ms, fields, {"req_c": "cg=="}, os.urandom)


@pytest.fixture
def write(journal: DirectJournal) -> Write:
    """Write records of a request: `write("r1")`, `write("r1", kind=RecordKind.CLOSE)`."""

    def written(request_id: str, **more: object) -> Record:
        made = record(request_id, **more)  # type: ignore[arg-type]  # passed on as given
        journal.write(Unit((made,)))
        return made

    return written


class StillClock:
    """A clock that stands where it is put, and may jump."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 10, 15, 31, 7000, UTC)
        self.seconds = 100.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class House:
    """A started log with all that belongs to it."""

    log_service: LogService
    journal: DirectJournal
    database: Database
    clock: StillClock
    folder: Path
    seed: bytes

    @property
    def vkey(self) -> str:
        signer = self.log_service.signer
        return str(signer.signers(signer.current())[0].key)

    def write(self, *records: Record | Activity) -> None:
        """In one transaction."""
        self.journal.write(Unit(records))

    def receipt(self, account_id: str, request_id: str) -> bytes:
        made = self.log_service.receipts.receipt(account_id, request_id)
        assert made is not None
        return made


def open_house(folder: Path, seed: bytes, anchors: Sequence[Anchor] | None = None) -> House:
    """The log of the database in `folder`, which is made if it is missing; not started."""
    database, clock, freeze = Database(f"sqlite:///{folder}/ni.db"), StillClock(), LogFreeze()
    database.make_file()
    metadata.create_all(database.engine, TABLES)
    journal = DirectJournal(Writer(database, custody_writers(database, os.urandom, freeze)))
    tools = LogDependencies(database, journal, clock, os.urandom, tell)
    places = [FolderAnchor(folder / "checkpoints")] if anchors is None else anchors
    log_service = LogService(tools, [seed], lambda head: places, freeze)
    return House(log_service, journal, database, clock, folder, seed)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A started log with two requests of Alice and one of Charlie."""
    made = open_house(tmp_path, bytes(range(32)))
    made.log_service.start(ORIGIN)
    calls = (("a1", "acc_alice"), ("c1", "acc_charlie"), ("a2", "acc_alice"))
    made.write(*(record(*call, kind) for call in calls for kind in (RecordKind.OPEN, RecordKind.CLOSE)))
    yield made
    made.database.close()
