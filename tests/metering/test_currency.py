"""The currency of amounts stays, whatever a setting says later."""

import pytest
import sqlalchemy as sa

from ni.metering.balance import CurrencyChanged, hold_currency
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.metadata import instance
from ni.store.tables.metering import budgets
from ni.store.unit import Change, Unit


def recorded(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        return [(row.name, row.value) for row in connection.execute(sa.select(instance))]


def test_the_first_start_records_the_currency(database: Database, journal: Journal) -> None:
    for _ in range(2):
        hold_currency(database, journal, "CAD")
    assert recorded(database) == [("currency", "CAD")]


def test_an_instance_without_amounts_may_change_it(database: Database, journal: Journal) -> None:
    for currency in ("CAD", "USD"):
        hold_currency(database, journal, currency)
    assert recorded(database) == [("currency", "USD")]


def test_amounts_keep_their_currency(database: Database, journal: Journal) -> None:
    hold_currency(database, journal, "CAD")
    spent = {"key_id": "key_1", "day": "2026-11-29", "spent_nanos": 1, "held_nanos": 0}
    journal.write(Unit((Change(budgets.insert(), spent),)))
    with pytest.raises(CurrencyChanged, match="NI_CURRENCY=CAD"):
        hold_currency(database, journal, "USD")
    hold_currency(database, journal, "CAD")
    assert recorded(database) == [("currency", "CAD")]
