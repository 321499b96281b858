"""The catalog in the database: import (`store`) adds and updates rows, export (`read`) gives all as a sheet.

Nothing is deleted: past prices are evidence, and usage rows may name a route that the file no longer has. One import is
one unit of the journal, so it is written whole or not at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import orjson
import sqlalchemy as sa

from ni.catalog.sheet import Lifecycle, RouteRow, Sheet, extras_of, price_of
from ni.domain.activity import OPERATOR, ActivityKind, Difference, Plain, Subject, Tell, differences
from ni.domain.money import format_amount
from ni.domain.route import Deployment, Price, Tier
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.catalog import deployments, further_deployments, prices, routes
from ni.store.unit import Change, Unit

Row = dict[str, Any]
_PRICE_COLUMNS = ("input", "output", "cached_input", "cache_write")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import: ids of new, changed and absent routes, of changed deployments, and one sentence for each
    existing price that changed without a new date."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    left: tuple[str, ...]
    deployments: tuple[str, ...] = ()
    prices: tuple[str, ...] = ()


def store(sheet: Sheet, database: Database, journal: Journal, tell: Tell) -> ImportResult:
    """Write a checked sheet over the tables. Raises `StoreUnavailable`.

    A file that leaves routes out does not move those that are there: its new routes come last.
    """
    before = read(database)
    known = [row.id for row in before.routes]
    changes = written_by(sheet, before)
    told = _told(sheet, before)
    parts = (tell(ActivityKind.CATALOG_CHANGED, OPERATOR, Subject("catalog"), told),) if told else ()
    journal.write(Unit((*changes, *parts)))
    written = [route.id for route in sheet.routes]
    there = {row.id: row for row in before.routes}
    placed = {row.id: row for row in before.deployments}
    return ImportResult(
        added=tuple(name for name in written if name not in known),
        updated=tuple(row.id for row in sheet.routes if row.id in there and _differs(row, there[row.id])),
        left=tuple(name for name in known if name not in written),
        deployments=tuple(row.id for row in sheet.deployments if placed.get(row.id, row) != row),
        prices=tuple(
            line for row in sheet.routes if row.id in there for line in _repriced(row, there[row.id])
        ),
    )


def written_by(sheet: Sheet, before: Sheet) -> tuple[Change, ...]:
    """The statements that lay a sheet over the tables, which hold `before`."""
    placed = {row.id for row in before.deployments}
    known = [row.id for row in before.routes]
    dated = {(row.id, price.since) for row in before.routes for price in row.prices}
    changes = [
        _change(deployments, {"id": row.id}, _deployment_columns(row), row.id in placed)
        for row in sheet.deployments
    ]
    for place, route in zip(_places(sheet, known), sheet.routes, strict=True):
        columns = _route_columns(route, place, route.id in known)
        changes.append(_change(routes, {"id": route.id}, columns, route.id in known))
        changes += [_price_change(route, price, dated) for price in route.prices]
        changes += _further_changes(route)
    return tuple(changes)


def preview(sheet: Sheet, before: Sheet) -> tuple[Difference, ...]:
    """What storing a sheet over the tables, which hold `before`, would change: the differences of its record."""
    return _told(sheet, before)


def _told(sheet: Sheet, before: Sheet) -> tuple[Difference, ...]:
    """What an import changes of deployments, routes and prices, each named by its id."""
    known = {route.id: route for route in before.routes}
    now, then = described(sheet, known), described(before, known)
    return differences({name: text for name, text in then.items() if name in now}, now)


def described(sheet: Sheet, known: Mapping[str, RouteRow]) -> dict[str, Plain]:
    """Each row of a sheet as one line of text; what a route does not mention is as in `known`."""
    rows: dict[str, Plain] = {
        f"deployment {row.id}": _line(_deployment_columns(row)) for row in sheet.deployments
    }
    for route in sheet.routes:
        whole = _filled(route, known.get(route.id, route))
        columns = _route_columns(whole, 0, exists=True)
        further = list(whole.further_deployments or ()) or None
        rows[f"route {route.id}"] = _line({**columns, "position": None, "further_deployments": further})
        for price in route.prices:
            rows[f"price {route.id} {price.since}"] = _line(_price_columns(price))
    return rows


def _filled(row: RouteRow, before: RouteRow) -> RouteRow:
    """The row with what the file does not mention: an existing route keeps it, a new one is switched on."""
    enabled = before.enabled if row.enabled is None else row.enabled
    further = (
        before.further_deployments if row.further_deployments is None else row.further_deployments or None
    )
    return replace(row, enabled=enabled is not False, further_deployments=further)


def _line(columns: Row) -> str:
    return orjson.dumps({name: value for name, value in columns.items() if value is not None}).decode()


def _places(sheet: Sheet, known: list[str]) -> list[int]:
    """The position of each route of the file: as in the file if it names all routes, else new ones come last."""
    named = [route.id for route in sheet.routes]
    if set(known) <= set(named):
        return list(range(len(named)))
    places = {name: place for place, name in enumerate(known)}
    last = count(len(known))
    return [places[name] if name in places else next(last) for name in named]


def _differs(row: RouteRow, before: RouteRow) -> bool:
    """Whether the file changes the route."""
    dated = {price.since: price for price in before.prices}
    same = replace(_filled(row, before), prices=()) == replace(before, prices=())
    return not same or any(dated.get(price.since) != price for price in row.prices)


def _repriced(row: RouteRow, before: RouteRow) -> Iterator[str]:
    """Sentences on changes of existing prices; a class that the file omits becomes `input`, which is easily missed."""
    dated = {price.since: price for price in before.prices}
    for price in row.prices:
        old = dated.get(price.since, price)
        for name in _PRICE_COLUMNS:
            was, now = getattr(old, name), getattr(price, name)
            if was != now:
                yield f"{row.id}, price since {price.since}: {name} {format_amount(was)} -> {format_amount(now)}"


def read(database: Database) -> Sheet:
    """The tables as a sheet, in the catalog's order. Raises `StoreUnavailable`."""
    with database.read() as connection:
        of_route: dict[str, list[Price]] = {}
        for row in connection.execute(sa.select(prices).order_by(prices.c.since)):
            of_route.setdefault(row.route_id, []).append(
                price_of(row.since, {name: getattr(row, name) for name in _PRICE_COLUMNS}, row.extras)
            )
        further: dict[str, list[str]] = {}
        for row in connection.execute(
            sa.select(further_deployments).order_by(further_deployments.c.position)
        ):
            further.setdefault(row.route_id, []).append(row.deployment_id)
        return Sheet(
            deployments=tuple(
                _deployment(row)
                for row in connection.execute(sa.select(deployments).order_by(deployments.c.id))
            ),
            routes=tuple(
                replace(
                    _route(row, of_route.get(row.id, [])),
                    further_deployments=tuple(further[row.id]) if row.id in further else None,
                )
                for row in connection.execute(sa.select(routes).order_by(routes.c.position, routes.c.id))
            ),
        )


def _change(table: sa.Table, key: Row, columns: Row, exists: bool) -> Change:
    if not exists:
        return Change(table.insert(), {**key, **columns}, expect=1)
    chosen = [table.c[name] == sa.bindparam(f"at_{name}") for name in key]
    wanted = {f"at_{name}": value for name, value in key.items()}
    return Change(table.update().where(*chosen), {**wanted, **columns}, expect=1)


def _price_change(route: RouteRow, price: Price, dated: set[tuple[str, str]]) -> Change:
    key = {"route_id": route.id, "since": price.since}
    return _change(prices, key, _price_columns(price), (route.id, price.since) in dated)


def _further_changes(route: RouteRow) -> Iterator[Change]:
    """Replace the further deployments of a route, where the file names them."""
    if route.further_deployments is None:
        return
    mine = further_deployments.c.route_id == sa.bindparam("of_route")
    yield Change(further_deployments.delete().where(mine), {"of_route": route.id})
    for place, name in enumerate(route.further_deployments):
        row = {"route_id": route.id, "position": place, "deployment_id": name}
        yield Change(further_deployments.insert(), row, expect=1)


def _price_columns(price: Price) -> Row:
    return {name: getattr(price, name) for name in _PRICE_COLUMNS} | {"extras": extras_of(price)}


def _deployment_columns(row: Deployment) -> Row:
    plain = ("provider", "region", "jurisdiction", "endpoint", "endpoint_setting", "credential_setting")
    return {
        **{name: getattr(row, name) for name in plain},
        "options": orjson.dumps(dict(row.options)).decode(),
    }


def _route_columns(row: RouteRow, place: int, exists: bool) -> Row:
    """The columns to write; an existing route keeps its switch where the file does not mention it."""
    columns = {
        "provider": row.provider,
        "upstream_model": row.upstream_model,
        "tier": row.tier.value,
        "suffix": row.suffix,
        "region": row.region,
        "jurisdiction": row.jurisdiction,
        "deployment_id": row.deployment,
        "capabilities": orjson.dumps(dict(row.capabilities)).decode(),
        "lifecycle": row.lifecycle.value,
        "retires": row.retires,
        "successor": row.successor,
        "position": place,
    }
    if row.enabled is not None or not exists:
        columns["enabled"] = int(row.enabled is not False)
    return columns


def _deployment(row: Any) -> Deployment:
    return Deployment(
        id=row.id,
        provider=row.provider,
        region=row.region,
        jurisdiction=row.jurisdiction,
        endpoint=row.endpoint,
        endpoint_setting=row.endpoint_setting,
        credential_setting=row.credential_setting,
        options=orjson.loads(row.options),
    )


def _route(row: Any, dated: list[Price]) -> RouteRow:
    return RouteRow(
        id=row.id,
        provider=row.provider,
        upstream_model=row.upstream_model,
        tier=Tier(row.tier),
        suffix=row.suffix,
        region=row.region,
        jurisdiction=row.jurisdiction,
        deployment=row.deployment_id,
        lifecycle=Lifecycle(row.lifecycle),
        retires=row.retires,
        successor=row.successor,
        enabled=bool(row.enabled),
        capabilities=orjson.loads(row.capabilities),
        prices=tuple(dated),
    )
