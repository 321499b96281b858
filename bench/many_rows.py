"""What many rows of usage cost on PostgreSQL: reading the newest rows and old ones, and deleting a day that is too old.

Run it as `python -m bench.many_rows [MILLIONS]` (5 by default) on a machine that does nothing else. The rows are a year
of one account's, made by the server itself.
"""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bench.sections.journal import postgres
from ni.domain.clock import to_ms
from ni.metering.retention import Retention
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.tables.access import accounts
from ni.store.tables.metering import usage
from ni.store.writer import Writer

DEFAULT_MILLIONS = 5
DAYS, KEPT_DAYS = 365, 364
DAY_MS = 86_400_000
ACCOUNT = "default"
PAGE = 50


class Now:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant at which the rows end."""
        return self._at

    def monotonic(self) -> float:
        """No time passes."""
        return 0.0


def fill(database: Database, rows: int, until_ms: int) -> None:
    """Tables, an account and its rows, evenly over a year; the indexes are there from the start."""
    metadata.create_all(database.engine)
    start, step = until_ms - DAYS * DAY_MS, max(1, DAYS * DAY_MS // rows)
    special = {
        "request_id": "lpad(to_hex(n), 16, '0')",
        "account_id": f"'{ACCOUNT}'",
        "at": f"{start}::bigint + n * {step}",
        "day": f"to_char(to_timestamp(({start}::bigint + n * {step}) / 1000), 'YYYY-MM-DD')",
        "key_id": "'key' || n % 8",
        "outcome": "'completed'",
    }
    columns = [column.name for column in usage.c]
    plain = {
        column.name: "0" if isinstance(column.type, sa.BigInteger | sa.Integer) else "''"
        for column in usage.c
    }
    values = ", ".join({**plain, **special}[name] for name in columns)
    text = f"INSERT INTO usage ({', '.join(columns)}) SELECT {values} FROM generate_series(1::bigint, {rows}) AS n"  # noqa: S608
    with database.engine.begin() as connection:
        connection.execute(accounts.insert().values(**_account()))
        connection.execute(sa.text(text))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE usage"))


def _account() -> dict[str, object]:
    numbers = sa.BigInteger | sa.Integer
    needed = {
        column.name: 0 if isinstance(column.type, numbers) else ""
        for column in accounts.c
        if not column.nullable and column.server_default is None
    }
    return {**needed, "id": ACCOUNT, "name": ACCOUNT}


def seconds(act: Callable[[], object]) -> float:
    """Wall time."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def page(database: Database, until_ms: int) -> None:
    """The newest rows of the account, as the page Usage reads them."""
    query = sa.select(usage).where(usage.c.account_id == ACCOUNT, usage.c.at < until_ms)
    with database.read() as connection:
        connection.execute(query.order_by(usage.c.at.desc()).limit(PAGE)).all()


def measure(database: Database, rows: int) -> None:
    """Fill and time, a line each."""
    now = datetime(2026, 11, 30, tzinfo=UTC)
    print(f"{rows:,} rows written in {seconds(lambda: fill(database, rows, to_ms(now))):,.0f} s", flush=True)
    with database.read() as connection:
        size = connection.scalar(sa.text("SELECT pg_total_relation_size('usage')"))
    print(f"table and indexes: {int(size or 0) / 1e6:,.0f} MB")
    page(database, to_ms(now))
    print(f"the newest {PAGE} rows: {seconds(lambda: page(database, to_ms(now))) * 1000:.1f} ms")
    middle = to_ms(now - timedelta(days=DAYS // 2))
    print(f"{PAGE} rows of half a year ago: {seconds(lambda: page(database, middle)) * 1000:.1f} ms")
    writer = Writer(database, [])
    pauses: list[float] = []
    retention = Retention(database, DirectJournal(writer), Now(now), KEPT_DAYS)
    began = time.perf_counter()
    gone = retention.sweep(lambda: pauses.append(time.perf_counter()))
    steps = [after - before for before, after in zip([began, *pauses], pauses, strict=False)]
    print(
        f"retention of a day: {gone:,} rows in {len(steps):,} steps, the longest {max(steps) * 1000:.0f} ms"
    )
    writer.close()


def main(words: list[str]) -> int:
    """Measure and print."""
    rows = int(float(words[0] if words else DEFAULT_MILLIONS) * 1_000_000)
    with postgres() as url:
        if not url:
            print("No PostgreSQL here: the development requirements bring one.")
            return 1
        with closing(Database(url)) as database:
            measure(database, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
