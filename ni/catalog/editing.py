"""Changes of the catalog by form, command and API: prices, the state and order of routes, what is deleted.

An `Edit` says which rows are written and which are deleted. It is checked as a catalog file is, with all that stays,
and written as one unit with its record, or not at all. A price that has begun is never deleted: it explains charges.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ni.catalog import changes
from ni.catalog.check import check_sheet
from ni.catalog.sheet import CatalogFault, Lifecycle, RouteRow, Sheet
from ni.domain.activity import OPERATOR, ActivityKind, Difference, Subject, Tell, differences
from ni.domain.route import Price
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.catalog import deployments, further_deployments, prices, routes
from ni.store.unit import Change, Unit

EMPTY = Sheet((), ())


@dataclass(frozen=True, slots=True)
class Edit:
    """Rows to write, and ids of what is deleted; prices by route and day. `order` are all routes, or none.

    `said` are further lines of the record.
    """

    written: Sheet = EMPTY
    routes: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()
    prices: tuple[tuple[str, str], ...] = ()
    order: tuple[str, ...] = ()
    said: tuple[Difference, ...] = ()


def edited(before: Sheet, edit: Edit) -> Sheet:
    """The whole catalog as it is after an edit."""
    placed = {row.id: row for row in (*before.deployments, *edit.written.deployments)}
    rows = {row.id: row for row in before.routes}
    for row in edit.written.routes:
        rows[row.id] = _over(row, rows[row.id]) if row.id in rows else row
    gone = set(edit.prices)
    kept = (
        replace(row, prices=tuple(price for price in row.prices if (row.id, price.since) not in gone))
        for row in rows.values()
        if row.id not in edit.routes
    )
    return Sheet(
        tuple(row for row in placed.values() if row.id not in edit.deployments),
        tuple(sorted(kept, key=lambda row: edit.order.index(row.id)) if edit.order else kept),
    )


def _over(row: RouteRow, before: RouteRow) -> RouteRow:
    """The row with prices of other days, and with further deployments that it does not mention."""
    dated = {price.since: price for price in (*before.prices, *row.prices)}
    further = before.further_deployments if row.further_deployments is None else row.further_deployments
    return replace(row, prices=tuple(dated[since] for since in sorted(dated)), further_deployments=further)


class CatalogEditor:
    """Reads and edits the catalog of one instance; `tell` makes the records of the activity log."""

    def __init__(self, database: Database, journal: Journal, tell: Tell) -> None:
        self._database = database
        self._journal = journal
        self._tell = tell

    def read(self) -> Sheet:
        """The catalog as it is. Raises `StoreUnavailable`."""
        return changes.read(self._database)

    def route(self, route_id: str) -> RouteRow:
        """The row of a route. Raises `CatalogFault` for one that is not in the tables, and `StoreUnavailable`."""
        for row in self.read().routes:
            if row.id == route_id:
                return row
        raise CatalogFault(f"`{route_id}` is not a route of the catalog's tables")

    def apply(self, edit: Edit, subject: str = "catalog", also: Sequence[object] = ()) -> None:
        """Check and write an edit, and `also` further parts with it. Raises `CatalogFault`, `StoreUnavailable`."""
        before = self.read()
        after = edited(before, edit)
        check_sheet(after)
        told = (*changed(before, after), *edit.said)
        if not told:
            return
        activity = self._tell(ActivityKind.CATALOG_CHANGED, OPERATOR, Subject(subject), told)
        parts = (*changes.written_by(edit.written, before), *_deletions(edit), *_order(edit.order), *also)
        self._journal.write(Unit((*parts, activity)))

    def set_price(self, route_id: str, price: Price) -> None:
        """Add a price, or replace that of the same day. Raises `CatalogFault`, `StoreUnavailable`."""
        self.apply(Edit(_one(replace(self.route(route_id), prices=(price,)))), "prices")

    def add_prices(self, new: Mapping[str, Price]) -> None:
        """Add a price to each route by its id, all or none. Raises `CatalogFault` where a day has a price already."""
        rows = []
        for route_id, price in new.items():
            row = self.route(route_id)
            if any(known.since == price.since for known in row.prices):
                raise CatalogFault(f"`{route_id}` has a price since {price.since} already")
            rows.append(replace(row, prices=(price,)))
        self.apply(Edit(Sheet((), tuple(rows))), "prices")

    def withdraw_price(self, route_id: str, since: str, today: date) -> None:
        """Delete a price that has not begun. Raises `CatalogFault`, `StoreUnavailable`."""
        if all(price.since != since for price in self.route(route_id).prices):
            raise CatalogFault(f"`{route_id}` has no price since {since}")
        if date.fromisoformat(since) <= today:
            raise CatalogFault(
                f"The price since {since} has begun and explains what was charged; add another"
            )
        self.apply(Edit(prices=((route_id, since),)), "prices")

    def set_state(self, route_id: str, lifecycle: Lifecycle) -> None:
        """Set the state of a route: `retired` withdraws it. Raises `CatalogFault`, `StoreUnavailable`."""
        self.apply(Edit(_one(replace(self.route(route_id), lifecycle=lifecycle, prices=()))))

    def switch(self, route_id: str, enabled: bool) -> None:
        """Switch a route on or off. Raises `CatalogFault`, `StoreUnavailable`."""
        self.apply(Edit(_one(replace(self.route(route_id), enabled=enabled, prices=()))))

    def delete_route(self, route_id: str) -> None:
        """Delete a route that nobody can call: switched off or withdrawn. Raises `CatalogFault`, `StoreUnavailable`."""
        row = self.route(route_id)
        if row.enabled and row.lifecycle is not Lifecycle.RETIRED:
            raise CatalogFault(f"`{route_id}` can still be called; switch it off or withdraw it first")
        self.apply(Edit(routes=(route_id,)))

    def move(self, route_id: str, place: int) -> None:
        """Put a route at a place in the order of lists, from 1. Raises `CatalogFault`, `StoreUnavailable`."""
        order = [row.id for row in self.read().routes]
        if route_id not in order:
            raise CatalogFault(f"`{route_id}` is not a route of the catalog's tables")
        before = order.index(route_id)
        order.insert(max(0, place - 1), order.pop(before))
        after = order.index(route_id)
        said = (("route " + route_id + ": place", before + 1, after + 1),) if before != after else ()
        self.apply(Edit(order=tuple(order), said=said))


def changed(before: Sheet, after: Sheet) -> tuple[Difference, ...]:
    """What differs between two catalogs, each row named by its id; the order of routes is left out."""
    known = {row.id: row for row in before.routes}
    return differences(changes.described(before, known), changes.described(after, known))


def _one(row: RouteRow) -> Sheet:
    return Sheet((), (row,))


def _deletions(edit: Edit) -> Iterable[Change]:
    """What is deleted, what names others first."""
    for route_id, since in edit.prices:
        mine = (prices.c.route_id == route_id, prices.c.since == since)
        yield Change(prices.delete().where(*mine), {}, expect=1)
    for route_id in edit.routes:
        yield Change(further_deployments.delete().where(further_deployments.c.route_id == route_id), {})
        yield Change(prices.delete().where(prices.c.route_id == route_id), {})
        yield Change(routes.delete().where(routes.c.id == route_id), {}, expect=1)
    for name in edit.deployments:
        yield Change(deployments.delete().where(deployments.c.id == name), {}, expect=1)


def _order(order: Sequence[str]) -> Iterable[Change]:
    for place, route_id in enumerate(order):
        yield Change(routes.update().where(routes.c.id == route_id).values(position=place), {})
