"""A process that writes records until it is killed or done; it prints each request id once it is durable.

`python crowd.py DATABASE_URL NAME COUNT BATCH`
"""

import os
import sys

from ni.custody.record import RecordKind
from ni.custody.record_writer import custody_writers
from ni.store.database import Database
from ni.store.unit import Unit
from ni.store.writer import Writer
from tests.custody.conftest import record

TRIES = 20


def main(url: str, name: str, count: int, batch: int) -> None:
    """Write `count` records in batches, tried again when the database was locked too long."""
    database = Database(url)
    writer = Writer(database, custody_writers(database, os.urandom))
    for first in range(0, count, batch):
        ids = [f"{name}-{first + at}" for at in range(min(batch, count - first))]
        units = [
            Unit((record(each, f"acc_{number % 7}", RecordKind.OPEN),)) for number, each in enumerate(ids)
        ]
        for _ in range(TRIES):
            tried = zip(units, writer.run(units), strict=True) if units else ()
            units = [unit for unit, result in tried if isinstance(result, Exception)]
        if units:
            raise SystemExit("the database did not take a batch")
        sys.stdout.write("".join(f"{each}\n" for each in ids))
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
