"""The catalog in the database: import adds and updates, never deletes; export gives everything back."""

from ni.catalog import changes
from ni.catalog.load import SHIPPED, load, parse, write
from ni.catalog.sheet import Sheet
from ni.store.database import Database
from ni.store.journal import Journal
from tests.cast import tell
from tests.catalog.cast import small

RENAMED = (("vendor.model-1", "vendor.model-2"),)


def test_the_shipped_catalog_survives_the_database_and_the_file(database: Database, journal: Journal) -> None:
    shipped = load(SHIPPED)
    done = changes.store(shipped, database, journal, tell)
    assert len(done.added) == len(shipped.routes)
    exported = parse(write(changes.read(database)))
    assert exported == changes.read(database)
    assert [route.id for route in exported.routes] == [route.id for route in shipped.routes]
    assert [route.prices for route in exported.routes] == [route.prices for route in shipped.routes]
    assert {row.id: row for row in exported.deployments} == {row.id: row for row in shipped.deployments}


def test_importing_what_was_exported_changes_nothing(database: Database, journal: Journal) -> None:
    changes.store(load(SHIPPED), database, journal, tell)
    before = changes.read(database)
    done = changes.store(parse(write(before)), database, journal, tell)
    assert (done.added, done.left) == ((), ())
    assert changes.read(database) == before


def test_a_route_that_left_the_file_stays_and_is_reported(database: Database, journal: Journal) -> None:
    changes.store(small(), database, journal, tell)
    done = changes.store(small(*RENAMED), database, journal, tell)
    assert done.added == ("bedrock/vendor.model-2-ca",)
    assert done.left == ("bedrock/vendor.model-1-ca",)
    assert len(changes.read(database).routes) == 2


def test_an_old_price_stays_beside_the_new_one(database: Database, journal: Journal) -> None:
    changes.store(small(), database, journal, tell)
    changes.store(small(("2026-01-01", "2026-12-01"), ("15.00", "12.00")), database, journal, tell)
    (route,) = changes.read(database).routes
    assert [(price.since, price.output) for price in route.prices] == [
        ("2026-01-01", 15_000_000_000),
        ("2026-12-01", 12_000_000_000),
    ]


def test_a_route_switched_off_stays_off_unless_the_file_says_otherwise(
    database: Database, journal: Journal
) -> None:
    changes.store(small(('suffix = "-ca"', 'suffix = "-ca"\nenabled = false')), database, journal, tell)
    changes.store(small(), database, journal, tell)
    assert changes.read(database).routes[0].enabled is False
    changes.store(small(('suffix = "-ca"', 'suffix = "-ca"\nenabled = true')), database, journal, tell)
    assert changes.read(database).routes[0].enabled is True


def test_an_import_says_what_it_changed_and_nothing_else(database: Database, journal: Journal) -> None:
    changes.store(small(), database, journal, tell)
    again = changes.store(small(), database, journal, tell)
    assert (again.added, again.updated, again.deployments, again.prices) == ((), (), (), ())
    options = ('jurisdiction = "CA"\n\n', 'jurisdiction = "CA"\noptions = { profile = "ni" }\n\n')
    moved = changes.store(small(options), database, journal, tell)
    assert (moved.updated, moved.deployments) == ((), ("bedrock-ca",))
    dearer = changes.store(small(('cached_input = "0.30", ', "")), database, journal, tell)
    assert dearer.updated == ("bedrock/vendor.model-1-ca",)
    assert dearer.prices == ("bedrock/vendor.model-1-ca, price since 2026-01-01: cached_input 0.30 -> 3.00",)


def test_a_file_with_some_of_the_routes_leaves_the_order_as_it_was(
    database: Database, journal: Journal
) -> None:
    shipped = load(SHIPPED)
    changes.store(shipped, database, journal, tell)
    order = [route.id for route in shipped.routes]
    some = Sheet(shipped.deployments, shipped.routes[7:3:-1])
    changes.store(some, database, journal, tell)
    assert [route.id for route in changes.read(database).routes] == order
    changes.store(small(), database, journal, tell)
    assert [route.id for route in changes.read(database).routes] == [*order, "bedrock/vendor.model-1-ca"]
    changes.store(Sheet(shipped.deployments, shipped.routes[::-1]), database, journal, tell)
    assert [route.id for route in changes.read(database).routes][: len(order)] == order
