"""A database with many rows is upgraded in bounded time, while others read it; sums are the same before and after.

Then the gateway that serves it takes calls. `NI_TEST_ROWS` says how many rows; the suite takes a tenth of a million,
`make test-migrations` a million.
"""

import os
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from ni.store import schema
from ni.store.database import Database
from ni.store.schema import SchemaError
from tests.assembled import assembled

ROWS = int(os.environ.get("NI_TEST_ROWS", "100000"))
MOST_S = 30.0 * max(1.0, ROWS / 1_000_000)
OLD = "0001"
"""The first revision there is: the upgrade goes through all steps that an instance in use may have before it."""
WRITES_S = 0.02
USAGE = """
INSERT INTO usage (request_id, account_id, key_id, at, day, dialect, model, route, tier, provider, jurisdiction,
 outcome, status, error, stream, uncached_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
 tokens_from, latency_ms, pii, provider_cost_usd_nanos, provider_cost_nanos, ni_charge_nanos, rate_millionths, working,
 credential_source)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT printf('%016x', i), 'default', 'key_' || (i % 50), 1700000000000 + i * 1000, '2026-11-' || (10 + i % 20), 'chat',
 'm', 'r' || (i % 7), 'own_hardware', 'p', 'CA', 'completed', 200, '', 0, 10, 0, 0, 5, 0, 'provider', 12, 'off',
 i % 1000, i % 1000, i % 1100, 1400000, '', 'platform' FROM n
"""
TOTALS = """
INSERT INTO totals (account_id, day, key_id, route, jurisdiction, outcome, requests, prompt_tokens, output_tokens,
 values_protected, provider_cost_nanos, ni_charge_nanos)
SELECT account_id, day, key_id, route, jurisdiction, outcome, count(*), sum(10), sum(5), 0, sum(provider_cost_nanos),
 sum(ni_charge_nanos) FROM usage GROUP BY 1, 2, 3, 4, 5, 6
"""


def sums(database: Database) -> tuple[int, ...]:
    with database.read() as connection:
        one = connection.execute(
            sa.text("SELECT count(*), sum(ni_charge_nanos), sum(output_tokens) FROM usage")
        ).one()
        two = connection.execute(sa.text("SELECT sum(requests), sum(ni_charge_nanos) FROM totals")).one()
    return (*map(int, one), *map(int, two))


@pytest.fixture
def old(tmp_path: Path) -> Database:
    """A database as an older program left it, full of rows."""
    database = Database(f"sqlite:///{tmp_path}/ni.db")
    database.make_file()
    with database.engine.connect() as connection:
        command.upgrade(schema.configuration(connection), OLD)
        connection.commit()
    with sqlite3.connect(tmp_path / "ni.db") as plain:
        plain.execute(USAGE, {"rows": ROWS})
        plain.execute(TOTALS)
    plain.close()
    return database


def longest_lock_s(path: Path, over: threading.Event) -> float:
    """The longest time for which nobody else could begin to write."""
    longest = 0.0
    with closing(sqlite3.connect(path, isolation_level=None, timeout=MOST_S)) as other:
        while not over.wait(WRITES_S):
            began = time.monotonic()
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            longest = max(longest, time.monotonic() - began)
    return longest


def calls_go_on(home: Path) -> None:
    """A gateway on the upgraded database answers, and the call is a row beside the old ones."""
    with assembled(home) as instance:
        body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "Hello"}]}
        answer = instance.client.post("/v1/chat/completions", json=body, headers=instance.headers())
        assert answer.status_code == 200


@dataclass
class Others:
    """What others saw while the upgrade ran."""

    counts: list[int] = field(default_factory=list)
    locked_s: list[float] = field(default_factory=list)


@contextmanager
def others(old: Database, path: Path) -> Iterator[Others]:
    """Somebody reads and somebody begins to write, again and again."""
    seen, over = Others(), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            with old.read() as connection:
                seen.counts.append(int(connection.scalar(sa.text("SELECT count(*) FROM usage")) or 0))

    jobs = (look, lambda: seen.locked_s.append(longest_lock_s(path, over)))
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join(MOST_S)


def test_many_rows_are_upgraded_in_bounded_time_while_others_read(old: Database, tmp_path: Path) -> None:
    before = sums(old)
    with pytest.raises(SchemaError, match="older"):
        schema.require_current(old)
    began = time.monotonic()
    with others(old, tmp_path / "ni.db") as seen:
        assert schema.upgrade(old, tmp_path / "copy.db")
        took_s = time.monotonic() - began
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{ROWS} rows upgraded in {took_s:.1f} s, {len(seen.counts)} reads meanwhile, nobody else could write for"
    )
    print(f"{seen.locked_s[0]:.1f} s, {peak_mib} MiB in this process")
    assert took_s <= MOST_S
    assert seen.locked_s[0] <= took_s + 1
    assert set(seen.counts) == {ROWS}
    assert sums(old) == before
    schema.require_current(old)
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    assert sums(copy) == before
    copy.close()
    old.close()
    calls_go_on(tmp_path)
