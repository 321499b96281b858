"""What the shipped catalog offers to the one of an instance: new routes and prices, and fields that differ.

Nothing is taken over by itself: the instance's catalog is its operator's. Each offer is taken or declined, alone or
with others, which the activity log records; a declined one comes back when the shipped catalog changes it again. Prices
that are older than those here are not offered.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ni.catalog import changes
from ni.catalog.check import check_sheet
from ni.catalog.load import SHIPPED, load, write
from ni.catalog.sheet import RouteRow, Sheet
from ni.domain.activity import OPERATOR, ActivityKind, Subject, Tell
from ni.domain.clock import Clock, to_ms
from ni.domain.money import format_amount
from ni.domain.route import Deployment, Price
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.catalog import declined_offers
from ni.store.unit import Change, Unit


class OfferKind(StrEnum):
    """What an offer changes."""

    ROUTE = "route"
    PRICE = "price"
    CAPABILITIES = "capabilities"
    LIFECYCLE = "lifecycle"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Offer:
    """One difference. `name` is that of the route or deployment; `here` and `shipped` show the values, short."""

    kind: OfferKind
    name: str
    here: str
    shipped: str
    deployments: tuple[Deployment, ...] = ()
    routes: tuple[RouteRow, ...] = ()

    @property
    def id(self) -> str:
        """What commands and forms call it: kind and name; of a price with its day."""
        since = f"@{self.routes[0].prices[0].since}" if self.kind is OfferKind.PRICE else ""
        return f"{self.kind}:{self.name}{since}"

    @property
    def fingerprint(self) -> str:
        """A digest of what is offered, which changes with it; another source for the same price changes nothing."""
        unsourced = (
            replace(row, prices=tuple(replace(price, source="") for price in row.prices))
            for row in self.routes
        )
        said = f"{self.id}\n{write(Sheet(self.deployments, tuple(unsourced)))}"
        return sha256(said.encode()).hexdigest()


def offers_of(shipped: Sheet, here: Sheet) -> Iterator[Offer]:
    """The differences that the shipped catalog offers, in its order."""
    placed = {row.id: row for row in here.deployments}
    routes = {row.id: row for row in here.routes}
    known = {row.id: row for row in shipped.deployments}
    for deployment in shipped.deployments:
        mine = placed.get(deployment.id)
        if mine is not None and mine != deployment:
            yield _of_deployment(deployment, mine)
    for row in shipped.routes:
        stored = routes.get(row.id)
        if stored is None:
            names = (row.deployment, *(row.further_deployments or ()))
            needed = tuple(known[name] for name in names if name not in placed)
            price = _shown(row.prices[-1]) if row.prices else ""
            yield Offer(OfferKind.ROUTE, row.id, "", price, needed, (row,))
        else:
            yield from _of_route(row, stored)


def _of_deployment(shipped: Deployment, here: Deployment) -> Offer:
    fields = (
        "provider",
        "region",
        "jurisdiction",
        "endpoint",
        "endpoint_setting",
        "credential_setting",
        "options",
    )
    changed = [name for name in fields if getattr(shipped, name) != getattr(here, name)]
    was, now = (
        ", ".join(f"{name}={_plain(getattr(one, name))}" for name in changed) for one in (here, shipped)
    )
    return Offer(OfferKind.DEPLOYMENT, shipped.id, was, now, (shipped,))


def _of_route(shipped: RouteRow, here: RouteRow) -> Iterator[Offer]:
    bare = replace(here, prices=(), enabled=None, further_deployments=None)
    dated = {price.since: price for price in here.prices}
    newest = max(dated, default="")
    for price in shipped.prices:
        mine = dated.get(price.since)
        if price != mine and price.since >= newest:
            was = _shown(mine) if mine else ""
            changed = replace(bare, prices=(price,))
            yield Offer(OfferKind.PRICE, here.id, was, _shown(price), routes=(changed,))
    if dict(shipped.capabilities) != dict(here.capabilities):
        changed = replace(bare, capabilities=shipped.capabilities)
        was, now = _plain(here.capabilities), _plain(shipped.capabilities)
        yield Offer(OfferKind.CAPABILITIES, here.id, was, now, routes=(changed,))
    if _life(shipped) != _life(here):
        changed = replace(bare, **_life(shipped))
        yield Offer(OfferKind.LIFECYCLE, here.id, _told(here), _told(shipped), routes=(changed,))


def _life(row: RouteRow) -> dict[str, Any]:
    """What the provider says of the model's life."""
    return {"lifecycle": row.lifecycle, "retires": row.retires, "successor": row.successor}


def _told(row: RouteRow) -> str:
    """The state of a model on one line: `deprecated, retires 2026-12-11, then openai/gpt-6.1-terra-us`."""
    day = f", retires {row.retires}" if row.retires else ""
    return f"{row.lifecycle.value}{day}{f', then {row.successor}' if row.successor else ''}"


def _shown(price: Price) -> str:
    """A price on one line: its day, input and output in USD per million tokens."""
    return f"{price.since}: {format_amount(price.input)} / {format_amount(price.output)}"


def _plain(value: object) -> str:
    if hasattr(value, "items"):
        return ", ".join(f"{name}={inner}" for name, inner in sorted(value.items())) or "–"
    return str(value) or "–"


class CatalogOffers:
    """The open offers of an instance, which are taken or declined; `tell` makes the records of the activity log."""

    def __init__(
        self, database: Database, journal: Journal, clock: Clock, tell: Tell, shipped: Path = SHIPPED
    ) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._tell = tell
        self._path = shipped

    @cached_property
    def _shipped(self) -> Sheet:
        return load(self._path)

    def open(self) -> list[Offer]:
        """The offers that were not declined, in the shipped catalog's order. Raises `StoreUnavailable`."""
        with self._database.read() as connection:
            declined = set(connection.scalars(sa.select(declined_offers.c.fingerprint)))
        found = offers_of(self._shipped, changes.read(self._database))
        return [offer for offer in found if offer.fingerprint not in declined]

    def take(self, offers: Sequence[Offer]) -> None:
        """Write what these offers change, and nothing else. Raises `CatalogFault`, `StoreUnavailable`.

        Each is stored by itself, so that several changes of one route do not undo each other.
        """
        for offer in offers:
            here = changes.read(self._database)
            merged = _merged(offer, here)
            check_sheet(_over(here, merged))
            changes.store(merged, self._database, self._journal, self._tell)

    def decline(self, offers: Iterable[Offer]) -> None:
        """Offer these no more, until the shipped catalog changes them. Raises `StoreUnavailable`."""
        for offer in offers:
            row = {"fingerprint": offer.fingerprint, "item": offer.id, "at": to_ms(self._clock.now())}
            told = self._tell(
                ActivityKind.CATALOG_CHANGED, OPERATOR, Subject("catalog"), (("declined", None, offer.id),)
            )
            self._journal.write(Unit((Change(declined_offers.insert(), row, expect=1), told)))


def _merged(offer: Offer, here: Sheet) -> Sheet:
    """The offer on top of what the catalog holds by now: another offer may have changed the same route."""
    stored = {row.id: row for row in here.routes}
    rows = [_changed(offer, row, stored[row.id]) if row.id in stored else row for row in offer.routes]
    return Sheet(offer.deployments, tuple(rows))


def _changed(offer: Offer, row: RouteRow, stored: RouteRow) -> RouteRow:
    bare = replace(stored, prices=(), enabled=None, further_deployments=None)
    match offer.kind:
        case OfferKind.PRICE:
            return replace(bare, prices=row.prices)
        case OfferKind.CAPABILITIES:
            return replace(bare, capabilities=row.capabilities)
        case OfferKind.LIFECYCLE:
            return replace(bare, **_life(row))
    return bare


def _over(here: Sheet, merged: Sheet) -> Sheet:
    """The whole catalog as it will be, to be checked."""
    deployments = {row.id: row for row in (*here.deployments, *merged.deployments)}
    routes = {row.id: row for row in here.routes}
    for row in merged.routes:
        mine = routes.get(row.id)
        further = (
            mine.further_deployments if mine and row.further_deployments is None else row.further_deployments
        )
        routes[row.id] = replace(row, further_deployments=further)
    return Sheet(tuple(deployments.values()), tuple(routes.values()))
