"""Old usage rows go in small units; totals, caps and balances stay as they were."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ni.domain.clock import to_ms
from ni.metering import retention
from ni.metering.budget import ReservationRequest
from ni.metering.retention import Retention
from ni.metering.usage_queries import Days, Filter, Reports
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables.access import accounts
from ni.store.tables.metering import usage
from ni.store.unit import Unit
from ni.store.writer import Writer
from tests.cast import StandingClock
from tests.metering.books import Books, Held

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAYS = 30


@dataclass
class Counting:
    """A journal that counts what is written through it."""

    writer: Writer
    units: int = 0

    def write(self, unit: Unit, alone: bool = False) -> tuple[object, ...]:
        self.units += 1
        return DirectJournal(self.writer).write(unit)

    def works(self) -> bool:
        return True


def fill(books: Books, ages_days: list[float], account: str = "acc") -> None:
    """One settled call of each age, at 7 nanos."""
    with books.database.engine.begin() as connection:
        row = {"id": account, "name": account, "time_zone": "UTC", "created_at": 0}
        connection.execute(accounts.insert(), row)
    for age in ages_days:
        (held,) = books.admit(ReservationRequest(account, "key", "2026-11-23", 10, 10))
        assert isinstance(held, Held)
        books.settle(held, 7)
        at = to_ms(NOW - timedelta(days=age))
        with books.database.engine.begin() as connection:
            connection.execute(usage.update().where(usage.c.request_id == held.request_id).values(at=at))


def left(database: Database, account: str = "acc") -> int:
    with database.read() as connection:
        query = sa.select(sa.func.count()).select_from(usage).where(usage.c.account_id == account)
        return int(connection.scalar(query) or 0)


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    made = Books(database)
    yield made
    made.writer.close()


def kept(books: Books, journal: Counting | None = None) -> Retention:
    return Retention(books.database, journal or Counting(books.writer), StandingClock(NOW), DAYS)


def test_what_is_older_goes_and_the_rest_stays(books: Books) -> None:
    fill(books, [0, 1, DAYS - 0.01, DAYS, DAYS + 0.01, 400])
    fill(books, [0, 90], "other")
    assert kept(books).sweep() == 3
    assert (left(books.database), left(books.database, "other")) == (4, 1)
    assert kept(books).sweep() == 0


def test_no_total_changes_when_rows_go(books: Books) -> None:
    fill(books, [0, 50, 60])
    reports = Reports(books.database)
    before = reports.totals("acc", Filter(), Days()), books.spent_and_held()
    assert kept(books).sweep() == 2
    assert (reports.totals("acc", Filter(), Days()), books.spent_and_held()) == before
    assert before[0][0]["ni_charge_nanos"] == 21


def test_rows_go_in_small_units_with_a_pause_after_each(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    fill(books, [40, 41, 42, 43, 44])
    journal, pauses = Counting(books.writer), list[int]()
    assert kept(books, journal).sweep(lambda: pauses.append(left(books.database))) == 5
    assert pauses == [3, 1, 0]
    assert journal.units == 4


def test_the_oldest_are_found_by_the_index(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("the plan of an empty PostgreSQL table says nothing")
    statement = "EXPLAIN QUERY PLAN " + database.prepare(retention._oldest())
    with database.read() as connection:
        plan = connection.execute(
            sa.text(statement), {"owner": "acc", "before": 1, "most": 2, "param_1": 0}
        ).all()
    said = " ".join(str(row.detail) for row in plan)
    assert "ix_usage_account_id_at" in said
    assert "SCAN usage" not in said
    assert "TEMP B-TREE FOR ORDER BY" not in said
