"""The list of administrative acts reads the same on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ni.custody.activity import ActivityFilter, ActivityLog
from ni.custody.fsck import fsck
from ni.custody.record_writer import custody_writers
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Actor, Subject, Way
from ni.domain.clock import from_ms
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.unit import Unit
from ni.store.writer import Writer
from tests.custody.conftest import NOW_MS
from tests.databases import wipe

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
ALICE = Actor("alice@example.ca", Way.PORTAL, "192.0.2.7")
REVOKED = Activity(ActivityKind.KEY_REVOKED, "acc", Subject("key_1", "100 %_Laptop"), ALICE, NOW_MS)
ACTS = (
    REVOKED,
    replace(REVOKED, kind=ActivityKind.KEY_CREATED, at_ms=NOW_MS - 86_400_000),
    replace(REVOKED, kind=ActivityKind.CREDIT_GRANTED, account_id="other", changes=(("note", None, "7"),)),
    replace(REVOKED, kind=ActivityKind.CATALOG_CHANGED, account_id=OPERATOR, subject=Subject("catalog")),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def acted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with all acts, each of its own unit."""
    url = f"sqlite:///{tmp_path}/ni.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
        wipe(url)
    database = Database(url)
    schema.upgrade(database)
    writer = Writer(database, custody_writers(database, os.urandom))
    for act in ACTS:
        DirectJournal(writer).write(Unit((act,)))
    yield database
    writer.close()
    database.close()


@pytest.mark.parametrize(
    ("account", "wanted", "found"),
    [
        (None, ActivityFilter(), ACTS[::-1]),
        ("acc", ActivityFilter(), ACTS[1::-1]),
        (OPERATOR, ActivityFilter(), ACTS[3:]),
        ("nobody", ActivityFilter(), ()),
        (None, ActivityFilter("key"), ACTS[1::-1]),
        (None, ActivityFilter("key.revoked"), ACTS[:1]),
        (None, ActivityFilter("k"), ()),
        (None, ActivityFilter("key.created,credit"), ACTS[2:0:-1]),
        (None, ActivityFilter(text="%_LAPTOP"), ACTS[2::-1]),
        (None, ActivityFilter(text="192.0.2.7"), ACTS[::-1]),
        (None, ActivityFilter(since=from_ms(NOW_MS - 1000)), ACTS[:1:-1] + ACTS[:1]),
        (None, ActivityFilter(until=from_ms(NOW_MS) - timedelta(hours=1)), ACTS[1:2]),
    ],
)
def test_the_filters_find_what_fits(
    acted: Database, account: str | None, wanted: ActivityFilter, found: tuple[Activity, ...]
) -> None:
    assert tuple(entry.activity for entry in ActivityLog(acted).entries(account, wanted)) == found
    assert fsck(acted).findings == []


def test_who_acted_is_found_since_an_instant_and_in_the_account_alone(acted: Database) -> None:
    log, since = ActivityLog(acted), from_ms(NOW_MS)
    assert log.makers("acc", ["key_1", "key_2"], since - timedelta(days=2)) == {"key_1": ALICE}
    assert log.makers("acc", ["key_1"], since + timedelta(hours=1)) == {}
    assert log.makers("nobody", ["key_1"], since) == {}
