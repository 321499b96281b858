"""A database with many rows is upgraded in bounded time, while others read it; sums are the same before and after.

`NI_TEST_ROWS` says how many rows; the suite takes a tenth of a million.
"""

import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from ni.store import schema
from ni.store.database import Database
from ni.store.schema import SchemaError

ROWS = int(os.environ.get("NI_TEST_ROWS", "100000"))
MOST_S = 30.0 * max(1.0, ROWS / 1_000_000)
OLD = "0005"
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
    with database.engine.connect() as connection:
        command.upgrade(schema.configuration(connection), OLD)
        connection.commit()
    with sqlite3.connect(tmp_path / "ni.db") as plain:
        plain.execute(USAGE, {"rows": ROWS})
        plain.execute(TOTALS)
    plain.close()
    return database


def test_many_rows_are_upgraded_in_bounded_time_while_others_read(old: Database, tmp_path: Path) -> None:
    before, over, read = sums(old), threading.Event(), []

    def look() -> None:
        while not over.wait(0.05):
            with old.read() as connection:
                read.append(connection.scalar(sa.text("SELECT count(*) FROM usage")))

    with pytest.raises(SchemaError, match="older"):
        schema.require_current(old)
    reader = threading.Thread(target=look)
    reader.start()
    began = time.monotonic()
    try:
        assert schema.upgrade(old, tmp_path / "copy.db")
    finally:
        took_s = time.monotonic() - began
        over.set()
        reader.join(10)
    print(f"{ROWS} rows upgraded in {took_s:.1f} s, {len(read)} reads meanwhile")
    assert took_s <= MOST_S
    assert set(read) == {ROWS}
    assert sums(old) == before
    schema.require_current(old)
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    assert sums(copy) == before
    copy.close()
    old.close()
