"""Edits of the catalog by form, command and API: checked as a file is, written whole, with their record."""

from dataclasses import replace

import pytest

from ni.catalog import changes
from ni.catalog.editing import CatalogEditor, Edit, edited
from ni.catalog.price_parts import Component, compare_prices
from ni.catalog.sheet import CatalogFault, Lifecycle, Sheet
from ni.domain.money import NANOS
from ni.domain.route import Band, Price
from ni.store.database import Database
from ni.store.journal import Journal
from tests.cast import tell
from tests.catalog.cast import small

ROUTE = "bedrock/vendor.model-1-ca"
SECOND = "bedrock/vendor.model-2-ca"
DEARER = Price(
    "2026-12-01", 4 * NANOS, 20 * NANOS, NANOS, 4 * NANOS, bands=(Band(1000, 5 * NANOS, 20 * NANOS, 0, 0),)
)


@pytest.fixture
def editor(database: Database, journal: Journal) -> CatalogEditor:
    changes.store(small(), database, journal, tell)
    changes.store(small(("vendor.model-1", "vendor.model-2")), database, journal, tell)
    return CatalogEditor(database, journal, tell)


def test_a_price_is_added_and_that_of_the_same_day_replaced(editor: CatalogEditor) -> None:
    editor.set_price(ROUTE, DEARER)
    editor.set_price(ROUTE, replace(DEARER, image=5))
    first, second = editor.route(ROUTE).prices
    assert (first.since, second) == ("2026-01-01", replace(DEARER, image=5))


def test_prices_of_several_routes_are_added_all_or_none(editor: CatalogEditor) -> None:
    editor.add_prices({SECOND: DEARER})
    with pytest.raises(CatalogFault, match="already"):
        editor.add_prices({ROUTE: DEARER, SECOND: DEARER})
    assert len(editor.route(ROUTE).prices) == 1


@pytest.mark.parametrize("price", [replace(DEARER, output=0), replace(DEARER, input=10**15)])
def test_a_price_that_cannot_be_meant_is_not_written(editor: CatalogEditor, price: Price) -> None:
    with pytest.raises(CatalogFault):
        editor.set_price(ROUTE, price)
    assert len(editor.route(ROUTE).prices) == 1


def test_a_route_is_deleted_only_when_nobody_can_call_it(editor: CatalogEditor) -> None:
    with pytest.raises(CatalogFault, match="can still be called"):
        editor.delete_route(ROUTE)
    editor.set_state(ROUTE, Lifecycle.RETIRED)
    editor.delete_route(ROUTE)
    editor.switch(SECOND, enabled=False)
    editor.delete_route(SECOND)
    assert editor.read().routes == ()


def test_state_and_switch_leave_prices_and_deployments_alone(editor: CatalogEditor) -> None:
    before = editor.route(ROUTE)
    editor.set_state(ROUTE, Lifecycle.LEGACY)
    editor.switch(ROUTE, enabled=False)
    assert editor.route(ROUTE) == replace(before, lifecycle=Lifecycle.LEGACY, enabled=False)


@pytest.mark.parametrize(
    ("place", "order"), [(1, [SECOND, ROUTE]), (2, [ROUTE, SECOND]), (99, [ROUTE, SECOND])]
)
def test_a_route_is_moved_in_the_order_of_lists(editor: CatalogEditor, place: int, order: list[str]) -> None:
    editor.move(SECOND, place)
    assert [row.id for row in editor.read().routes] == order


@pytest.mark.parametrize("act", ["set_price", "move", "switch", "delete_route", "set_state"])
def test_a_route_that_is_not_there_is_refused(editor: CatalogEditor, act: str) -> None:
    more = {"set_price": (DEARER,), "move": (1,), "switch": (True,), "set_state": (Lifecycle.ACTIVE,)}
    with pytest.raises(CatalogFault, match="not a route"):
        getattr(editor, act)("bedrock/nothing-ca", *more.get(act, ()))


def test_a_deployment_that_routes_still_name_is_not_deleted(editor: CatalogEditor) -> None:
    with pytest.raises(CatalogFault, match="does not exist"):
        editor.apply(Edit(deployments=("bedrock-ca",)))
    assert len(editor.read().deployments) == 2


def test_what_is_written_is_what_the_preview_of_an_edit_shows(editor: CatalogEditor) -> None:
    edit = Edit(Sheet((), (replace(editor.route(ROUTE), prices=(DEARER,)),)), routes=(SECOND,))
    shown = edited(editor.read(), edit)
    editor.apply(edit)
    assert editor.read() == shown


def test_a_comparison_has_every_component_of_both_prices_by_size_of_prompt() -> None:
    before = Price(
        "2026-01-01", 3 * NANOS, 15 * NANOS, 3 * NANOS, 3 * NANOS, request=7, margin_millionths=100_000
    )
    found = {one.component: (one.before, one.after) for one in compare_prices(before, DEARER)}
    assert found[Component(0, "input")] == (3 * NANOS, 4 * NANOS)
    assert found[Component(0, "request")] == (7, None)
    assert found[Component(0, "margin")] == (100_000, None)
    assert found[Component(1000, "input")] == (None, 5 * NANOS)
    assert len(found) == 12
    assert [one.before for one in compare_prices(None, DEARER)] == [None] * 10
