"""A catalog of before, edited by its operator: nothing of it is overwritten, and everything new is offered."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.catalog.offers import CatalogOffers, Offer, OfferKind
from ni.catalog.sheet import Lifecycle, Sheet
from ni.domain.clock import SystemClock
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.writer import Writer
from tests.cast import tell

OLD = Path(__file__).parent / "shipped_before.toml"
"""The catalog that the first release candidate shipped, with 22 routes."""
EDITED = "openai/gpt-4.1-us"
OWN = "anthropic/claude-of-ours-us"


class Before:
    """An instance with the catalog of before, in which its operator changed prices, routes and a deployment."""

    def __init__(self, database: Database, journal: DirectJournal) -> None:
        self.database = database
        self.journal = journal
        self.offers = CatalogOffers(database, journal, SystemClock(), tell)
        changes.store(load(OLD), database, journal, tell)
        self.edited = self._edited(changes.read(database))
        changes.store(self.edited, database, journal, tell)
        self.edited = changes.read(database)

    @staticmethod
    def _edited(sheet: Sheet) -> Sheet:
        (row,) = (row for row in sheet.routes if row.id == EDITED)
        dearer = replace(
            row, prices=(replace(row.prices[-1], output=row.prices[-1].output * 2),), enabled=False
        )
        claude = next(row for row in sheet.routes if row.provider == "anthropic")
        own = replace(claude, id=OWN, upstream_model="claude-of-ours")
        return Sheet(sheet.deployments, (dearer, own))

    def offer(self, kind: OfferKind, name: str) -> Offer:
        (found,) = (one for one in self.offers.open() if (one.kind, one.name) == (kind, name))
        return found


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Before]:
    with closing(Database(f"sqlite:///{tmp_path}/ni.db")) as database:
        schema.upgrade(database)
        writer = Writer(database, [])
        journal = DirectJournal(writer)
        yield Before(database, journal)
        writer.close()


def test_every_new_route_is_offered_and_nothing_is_written(before: Before) -> None:
    shipped, known = load(SHIPPED), {row.id for row in before.edited.routes}
    new = [one.name for one in before.offers.open() if one.kind is OfferKind.ROUTE]
    assert new == [row.id for row in shipped.routes if row.id not in known]
    assert len(new) >= 7
    assert changes.read(before.database) == before.edited


def test_taking_all_leaves_what_the_operator_has_beside_and_offers_nothing_more(before: Before) -> None:
    kept = [one for one in before.offers.open() if one.name == EDITED]
    before.offers.decline(kept)
    before.offers.take(before.offers.open())
    now = {row.id: row for row in changes.read(before.database).routes}
    for row in before.edited.routes:
        same = replace(
            now[row.id],
            capabilities=row.capabilities,
            lifecycle=row.lifecycle,
            retires=row.retires,
            successor=row.successor,
        )
        assert set(row.prices) <= set(same.prices)
        assert replace(same, prices=row.prices) == row
    assert {row.id for row in load(SHIPPED).routes} <= now.keys()
    assert OWN in now
    assert before.offers.open() == []


def test_an_edited_price_is_offered_as_a_change_and_kept_where_it_is_declined(before: Before) -> None:
    offer = before.offer(OfferKind.PRICE, EDITED)
    before.offers.decline([offer])
    left = [one.kind for one in before.offers.open() if one.name == EDITED]
    assert OfferKind.PRICE not in left
    assert changes.read(before.database) == before.edited


def test_an_end_that_a_provider_announced_is_offered_with_its_day_and_taken_alone(before: Before) -> None:
    offer = before.offer(OfferKind.LIFECYCLE, EDITED)
    assert (offer.here, offer.shipped) == (
        "legacy",
        "deprecated, retires 2027-01-14, then openai/gpt-6-luna-us",
    )
    before.offers.take([offer])
    (mine,) = (row for row in before.edited.routes if row.id == EDITED)
    (now,) = (row for row in changes.read(before.database).routes if row.id == EDITED)
    assert now == replace(
        mine, lifecycle=Lifecycle.DEPRECATED, retires="2027-01-14", successor="openai/gpt-6-luna-us"
    )


def test_every_price_that_changed_since_is_offered_beside_the_old_one(before: Before) -> None:
    old = {row.id: {price.since: price for price in row.prices} for row in before.edited.routes}
    changed = {
        (row.id, price.since)
        for row in load(SHIPPED).routes
        for price in row.prices
        if row.id in old and old[row.id].get(price.since) != price and price.since >= max(old[row.id])
    }
    offered = {
        (one.name, one.routes[0].prices[0].since)
        for one in before.offers.open()
        if one.kind is OfferKind.PRICE
    }
    assert offered == changed
    assert ("azure/gpt-4.1-mini-ca", "2025-11-01") in offered


def test_another_source_for_the_same_price_is_no_change(before: Before, tmp_path: Path) -> None:
    before.offers.decline(before.offers.open())
    newer = tmp_path / "newer.toml"
    newer.write_text(SHIPPED.read_text().replace("LiteLLM 1.110.2", "LiteLLM 2.0"))
    assert CatalogOffers(before.database, before.journal, SystemClock(), tell, newer).open() == []


def test_a_taken_price_changes_the_price_alone(before: Before) -> None:
    before.offers.take([before.offer(OfferKind.PRICE, EDITED)])
    (shipped,) = (row for row in load(SHIPPED).routes if row.id == EDITED)
    (mine,) = (row for row in before.edited.routes if row.id == EDITED)
    (now,) = (row for row in changes.read(before.database).routes if row.id == EDITED)
    assert now.prices[-1] == shipped.prices[-1]
    assert replace(now, prices=mine.prices) == mine
    assert now.enabled is False


def test_several_changes_of_one_route_do_not_undo_each_other(before: Before) -> None:
    (row,) = (row for row in before.edited.routes if row.id == EDITED)
    changed = replace(row, lifecycle=Lifecycle.ACTIVE, capabilities={"context_window": 5}, prices=())
    changes.store(Sheet((), (changed,)), before.database, before.journal, tell)
    mine = [one for one in before.offers.open() if one.name == EDITED]
    assert {one.kind for one in mine} >= {OfferKind.PRICE, OfferKind.CAPABILITIES, OfferKind.LIFECYCLE}
    before.offers.take(mine)
    assert EDITED not in {one.name for one in before.offers.open()}


def test_a_declined_offer_comes_back_when_the_shipped_catalog_changes_it(
    before: Before, tmp_path: Path
) -> None:
    before.offers.decline(before.offers.open())
    assert before.offers.open() == []
    newer = tmp_path / "newer.toml"
    newer.write_text(SHIPPED.read_text().replace('lifecycle = "legacy"', 'lifecycle = "deprecated"'))
    later = CatalogOffers(before.database, before.journal, SystemClock(), tell, newer)
    assert {one.kind for one in later.open()} >= {OfferKind.LIFECYCLE}
