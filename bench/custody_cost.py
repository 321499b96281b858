"""What the custody log costs on its own: CPU of a call's two records, leaves per second, a full rebuild.

`python -m bench.custody_cost [--leaves N]`. The rebuild is of `--leaves` leaves (a million by default, some minutes to
write first). It measures the store's side, on a file of its own; what a call costs in all is the bench's business.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ni.custody.fsck import fsck
from ni.custody.record import Fields, Kind, Record, make_record
from ni.custody.scribe import custody_scribes
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.unit import Unit
from ni.store.writer import Writer

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


@contextmanager
def fresh(folder: Path) -> Iterator[tuple[Database, Writer]]:
    """A database of its own with a writer."""
    database = Database(f"sqlite:///{folder}/ni.db")
    metadata.create_all(database.engine)
    writer = Writer(database, custody_scribes(database, os.urandom))
    try:
        yield database, writer
    finally:
        writer.close()
        database.close()


def call(number: int) -> tuple[Record, Record]:
    """The two records of one call; fifty accounts take turns."""
    named: Fields = {**FIELDS, "rid": f"{number:016x}", "acct": f"acc_{number % 50:020x}"}
    made = [
        make_record(kind, number, named, {"req_c": "r" * 44}, os.urandom) for kind in (Kind.OPEN, Kind.CLOSE)
    ]
    return made[0], made[1]


def write(writer: Writer, calls: int, batch: int) -> None:
    """Calls in batches: all opened in one transaction, all closed in the next, as under load."""
    for first in range(0, calls, batch):
        pairs = [call(first + at) for at in range(min(batch, calls - first))]
        for half in zip(*pairs, strict=True):
            if any(
                isinstance(result, Exception) for result in writer.run([Unit((record,)) for record in half])
            ):
                raise SystemExit("a record was not written")


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
    with tempfile.TemporaryDirectory() as name, fresh(Path(name)) as (database, writer):
        for batch, calls in ((1, 500), (8, 2000), (50, 5000)):
            wall_s, cpu_s = measured(lambda: write(writer, calls, batch))  # noqa: B023 - called at once
            print(
                f"batch {batch:3}: {cpu_s / calls * 1000:.3f} ms CPU a call, {2 * calls / wall_s:,.0f} leaves/s"
            )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        write(writer, leaves // 2 - 7500, 1000)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        wall_s, cpu_s = measured(lambda: print("\n".join(fsck(database).findings) or "intact"))
        print(f"{leaves:,} leaves: {grown / 1024:.0f} MiB more memory after writing them")
        print(
            f"rebuilt in {wall_s:.1f} s, {cpu_s:.1f} s of CPU: {cpu_s / leaves * 1e6:.0f} s of CPU a million"
        )


if __name__ == "__main__":
    main()
