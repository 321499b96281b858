"""What the custody log costs on its own: CPU of a call's two records, leaves per second, a full rebuild.

`python -m bench.custody_cost [--leaves N]`. The rebuild is of `--leaves` leaves (a million by default, two minutes to
write first), drawn from a seed. It measures the store's side, on a file of its own. A call writes its two units with or
without custody, so what its records cost is what they add to a unit that is otherwise all but empty.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ni.custody.fsck import fsck
from ni.custody.record import Fields, Record, RecordKind, make_record
from ni.custody.record_writer import custody_writers
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.access import accounts
from ni.store.unit import Transaction, Unit
from ni.store.writer import Writer

SEED = 8
ACCOUNT = "acc"
CALLS = {1: 500, 8: 2000, 50: 5000}
"""How many calls are measured in batches of a size."""

FIELDS: Fields = {
    "rid": "8f2e3b7d9a1c4f08",
    "acct": "acc_3f9c0000000000000000",
    "key": "key_3f9c0000000000000000",
    "client_model": "bedrock/mistral-large-ca",
    "route": "bedrock/mistral-large-ca",
    "byok": False,
    "tier": "managed_canadian_cloud",
    "provider": "Bedrock",
    "region": "ca-central-1",
    "sw": "northern-inference",
    "t": "2026-11-23T10:15:31.007Z",
    "pii": "on; email=1, person=2",
    "req_c": "k" * 43,
    "peer_ip": "192.0.2.7",
    "outcome": "completed",
    "http": 200,
    "tok_in": 812,
    "tok_out": 95,
    "cost_nano_usd": 63000,
    "finish": "stop",
}


@dataclass(frozen=True, slots=True)
class Touch:
    """A part that changes one row: the least that a unit can be."""


class TouchScribe:
    """Writes `Touch` parts."""

    writes = Touch

    def write(self, transaction: Transaction, parts: Sequence[Touch]) -> Sequence[object]:
        """None per part."""
        transaction.run("UPDATE accounts SET name = name WHERE id = :id", {"id": ACCOUNT})
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where calls are written: a database of its own, its writer, and what salts and keys are drawn from."""

    database: Database
    writer: Writer
    random: Random

    def write(self, calls: int, batch: int) -> None:
        """Calls in batches: all opened in one transaction, all closed in the next, as under load."""
        for first in range(0, calls, batch):
            pairs = [call(first + at, self.random) for at in range(min(batch, calls - first))]
            for half in zip(*pairs, strict=True):
                self._run([Unit((Touch(), record)) for record in half])

    def touch(self, calls: int, batch: int) -> None:
        """The same units without their records."""
        for first in range(0, calls, batch):
            for _ in (RecordKind.OPEN, RecordKind.CLOSE):
                self._run([Unit((Touch(),))] * min(batch, calls - first))

    def _run(self, units: Sequence[Unit]) -> None:
        if any(isinstance(result, Exception) for result in self.writer.run(units)):
            raise SystemExit("a record was not written")


@contextmanager
def fresh(folder: Path) -> Iterator[Desk]:
    """A desk whose draws are the same each time."""
    draw = random.Random(SEED).randbytes  # noqa: S311 - the same each time is what is wanted
    database = Database(f"sqlite:///{folder}/ni.db")
    database.make_file()
    metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(
            accounts.insert(), {"id": ACCOUNT, "name": "one", "time_zone": "UTC", "created_at": 0}
        )
    writer = Writer(database, [TouchScribe(), *custody_writers(database, draw)])
    try:
        yield Desk(database, writer, draw)
    finally:
        writer.close()
        database.close()


def call(number: int, draw: Random) -> tuple[Record, Record]:
    """The two records of one call; fifty accounts take turns."""
    named: Fields = {**FIELDS, "rid": f"{number:016x}", "acct": f"acc_{number % 50:020x}"}
    made = [
        make_record(kind, number, named, {"req_c": "r" * 44}, draw)
        for kind in (RecordKind.OPEN, RecordKind.CLOSE)
    ]
    return made[0], made[1]


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of CPU."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.custody_cost")
    parser.add_argument("--leaves", type=int, default=1_000_000)
    leaves = parser.parse_args().leaves
    with tempfile.TemporaryDirectory() as name, fresh(Path(name)) as desk:
        for batch, calls in CALLS.items():
            (_, bare_s), (_, cpu_s) = (
                measured(lambda: work(calls, batch))  # noqa: B023 - called at once
                for work in (desk.touch, desk.write)
            )
            whole_ms, records_ms = cpu_s / calls * 1000, (cpu_s - bare_s) / calls * 1000
            print(f"batch {batch:3}: {whole_ms:.3f} ms CPU a call, {records_ms:.3f} of it for the records")
        desk.write(leaves // 2 - sum(CALLS.values()), 1000)
        before = most_mib()
        wall_s, cpu_s = measured(lambda: print("\n".join(fsck(desk.database).findings) or "intact"))
        grown = most_mib() - before
        print(f"rebuilt {leaves:,} leaves in {wall_s:.1f} s, {cpu_s:.1f} s of CPU, in {grown} MiB of memory")


def most_mib() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
