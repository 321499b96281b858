"""The catalog in the database: import adds and updates, never deletes; export gives everything back."""

from ni.catalog import ledger
from ni.catalog.load import SHIPPED, load, parse
from ni.catalog.sheet import Sheet
from ni.catalog.write import write
from ni.store.database import Database
from ni.store.journal import Journal
from tests.catalog.cast import small

RENAMED = (("vendor.model-1", "vendor.model-2"),)


def test_the_shipped_catalog_survives_the_database_and_the_file(database: Database, journal: Journal) -> None:
    shipped = load(SHIPPED)
    done = ledger.store(shipped, database, journal)
    assert len(done.added) == len(shipped.routes)
    exported = parse(write(ledger.read(database)))
    assert exported == ledger.read(database)
    assert [route.id for route in exported.routes] == [route.id for route in shipped.routes]
    assert [route.prices for route in exported.routes] == [route.prices for route in shipped.routes]
    assert {row.id: row for row in exported.deployments} == {row.id: row for row in shipped.deployments}


def test_importing_what_was_exported_changes_nothing(database: Database, journal: Journal) -> None:
    ledger.store(load(SHIPPED), database, journal)
    before = ledger.read(database)
    done = ledger.store(parse(write(before)), database, journal)
    assert (done.added, done.left) == ((), ())
    assert ledger.read(database) == before


def test_a_route_that_left_the_file_stays_and_is_reported(database: Database, journal: Journal) -> None:
    ledger.store(small(), database, journal)
    done = ledger.store(small(*RENAMED), database, journal)
    assert done.added == ("bedrock/vendor.model-2-ca",)
    assert done.left == ("bedrock/vendor.model-1-ca",)
    assert len(ledger.read(database).routes) == 2


def test_an_old_price_stays_beside_the_new_one(database: Database, journal: Journal) -> None:
    ledger.store(small(), database, journal)
    ledger.store(small(("2026-01-01", "2026-12-01"), ("15.00", "12.00")), database, journal)
    (route,) = ledger.read(database).routes
    assert [(price.since, price.output) for price in route.prices] == [
        ("2026-01-01", 15_000_000_000),
        ("2026-12-01", 12_000_000_000),
    ]


def test_a_route_switched_off_stays_off_unless_the_file_says_otherwise(
    database: Database, journal: Journal
) -> None:
    ledger.store(small(('suffix = "-ca"', 'suffix = "-ca"\nenabled = false')), database, journal)
    ledger.store(small(), database, journal)
    assert ledger.read(database).routes[0].enabled is False
    ledger.store(small(('suffix = "-ca"', 'suffix = "-ca"\nenabled = true')), database, journal)
    assert ledger.read(database).routes[0].enabled is True


def test_an_import_says_what_it_changed_and_nothing_else(database: Database, journal: Journal) -> None:
    ledger.store(small(), database, journal)
    again = ledger.store(small(), database, journal)
    assert (again.added, again.updated, again.deployments, again.prices) == ((), (), (), ())
    options = ('jurisdiction = "CA"\n\n', 'jurisdiction = "CA"\noptions = { profile = "ni" }\n\n')
    moved = ledger.store(small(options), database, journal)
    assert (moved.updated, moved.deployments) == ((), ("bedrock-ca",))
    dearer = ledger.store(small(('cached_input = "0.30", ', "")), database, journal)
    assert dearer.updated == ("bedrock/vendor.model-1-ca",)
    assert dearer.prices == ("bedrock/vendor.model-1-ca, price since 2026-01-01: cached_input 0.30 -> 3.00",)


def test_a_file_with_some_of_the_routes_leaves_the_order_as_it_was(
    database: Database, journal: Journal
) -> None:
    shipped = load(SHIPPED)
    ledger.store(shipped, database, journal)
    order = [route.id for route in shipped.routes]
    some = Sheet(shipped.deployments, shipped.routes[7:3:-1])
    ledger.store(some, database, journal)
    assert [route.id for route in ledger.read(database).routes] == order
    ledger.store(small(), database, journal)
    assert [route.id for route in ledger.read(database).routes] == [*order, "bedrock/vendor.model-1-ca"]
    ledger.store(Sheet(shipped.deployments, shipped.routes[::-1]), database, journal)
    assert [route.id for route in ledger.read(database).routes][: len(order)] == order
