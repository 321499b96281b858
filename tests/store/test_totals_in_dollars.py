"""The migration that adds dollars to the daily totals fills them from the rows that are there."""

from importlib import import_module

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.metering import totals, usage

MIGRATION = "ni.store.migrations.versions.0007_totals_in_dollars"
GROUP = {
    "account_id": "acc",
    "day": "2026-11-23",
    "key_id": "key",
    "jurisdiction": "CA",
    "outcome": "completed",
}


def filled(table: sa.Table, **values: object) -> dict[str, object]:
    """A row with something in every column."""
    return {
        column.name: values.get(column.name, 0 if isinstance(column.type, sa.Integer) else "")
        for column in table.c
    }


def test_totals_in_dollars_are_the_sums_of_the_rows(empty: Database) -> None:
    empty.make_file()
    metadata.create_all(empty.engine)
    with empty.engine.begin() as connection:
        for at, (route, nanos) in enumerate([("a", 5), ("a", 7), ("b", 11)]):
            row = filled(usage, **GROUP, request_id=str(at), route=route, provider_cost_usd_nanos=nanos)
            connection.execute(usage.insert(), row)
        for route in ("a", "b", "gone"):
            connection.execute(totals.insert(), filled(totals, **GROUP, route=route))
        connection.execute(sa.text("ALTER TABLE totals DROP COLUMN provider_cost_usd_nanos"))
        with Operations.context(MigrationContext.configure(connection)):
            import_module(MIGRATION).upgrade()
        query = sa.select(totals.c.route, totals.c.provider_cost_usd_nanos).order_by(totals.c.route)
        assert [tuple(row) for row in connection.execute(query)] == [("a", 12), ("b", 11), ("gone", 0)]
