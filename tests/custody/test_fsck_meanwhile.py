"""Rebuilding a log reads it as it is at one instant: what others write meanwhile is no damage."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ni.custody.fsck import fsck
from ni.store.database import Database
from ni.store.tables.custody import custody_records
from tests.custody.conftest import Write
from tests.databases import both, empty

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])

__all__ = ["empty"]

database = pytest.fixture(both)
MOST = 60


@pytest.fixture
def beside(database: Database, write: Write) -> Iterator[list[str]]:
    """Somebody writes a record before each statement that reads; their names."""
    for at in range(300):
        write(f"r{at}", account_id=f"acc_{at % 3}")
    written: list[str] = []

    def note(*_: object) -> None:
        if len(written) < MOST:
            written.append(f"later{len(written)}")
            write(written[-1], account_id=f"acc_{len(written) % 5}")

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield written
    sa.event.remove(database.engine, "before_cursor_execute", note)


def test_a_log_that_is_written_meanwhile_is_intact(database: Database, beside: list[str]) -> None:
    report = fsck(database)
    assert report.findings == []
    assert 300 <= report.leaves < 300 + len(beside)
    assert len(beside) > 5
    with database.read() as connection:  # nothing of the snapshot is left on the connection
        assert connection.execute(
            sa.select(sa.func.count()).select_from(custody_records)
        ).scalar() == 300 + len(beside)
    with database.engine.begin() as connection:  # nor is one of the pool left read-only
        assert connection.execute(custody_records.delete().where(custody_records.c.idx == 0)).rowcount == 1


def test_damage_is_found_while_others_write(database: Database, beside: list[str]) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            custody_records.update().where(custody_records.c.idx == 255).values(link=b"x" * 32)
        )
    findings = fsck(database).findings
    assert findings
    assert all("(leaf 255)" in found for found in findings), (findings, beside)
