"""Writes a sheet as TOML that `load` reads back to the same sheet; the text is tomli-w's."""

from collections.abc import Iterable
from typing import Any

import tomli_w

from ni.catalog.sheet import DEPLOYMENT_TEXTS, ROUTE_TEXTS, RouteRow, Sheet
from ni.domain.money import format_amount
from ni.domain.route import Band, Deployment, Price

_CLASSES = ("input", "cached_input", "cache_write", "cache_write_1h", "output")
_OPTIONAL = ("endpoint", "endpoint_setting", "credential_setting", "options")


def write(sheet: Sheet) -> str:
    """The sheet as TOML, in its order."""
    tables = {
        "deployments": [_deployment(deployment) for deployment in sheet.deployments],
        "routes": [_route(route) for route in sheet.routes],
    }
    return tomli_w.dumps({name: rows for name, rows in tables.items() if rows})


def _deployment(deployment: Deployment) -> dict[str, Any]:
    texts = _texts(deployment, DEPLOYMENT_TEXTS)
    return texts | {name: getattr(deployment, name) for name in _OPTIONAL if getattr(deployment, name)}


def _route(route: RouteRow) -> dict[str, Any]:
    row = _texts(route, ROUTE_TEXTS)
    if route.enabled is not None:
        row["enabled"] = route.enabled
    if route.capabilities:
        row["capabilities"] = route.capabilities
    if route.prices:
        row["prices"] = [_price(price) for price in route.prices]
    return row


def _texts(row: Deployment | RouteRow, names: Iterable[str]) -> dict[str, Any]:
    return {name: str(getattr(row, name)) for name in names}


def _price(price: Price) -> dict[str, Any]:
    return {"since": price.since, **_amounts(price), **_extras(price)}


def _amounts(price: Price | Band) -> dict[str, str]:
    amounts = {name: getattr(price, name) for name in _CLASSES}
    return {name: format_amount(nanos) for name, nanos in amounts.items() if nanos is not None}


def _extras(price: Price) -> dict[str, Any]:
    extras: dict[str, Any] = {
        name: format_amount(getattr(price, name)) for name in ("request", "image") if getattr(price, name)
    }
    if price.margin_millionths is not None:
        extras["margin_percent"] = format_amount(price.margin_millionths * 100_000, 0)
    if price.bands:
        extras["bands"] = [{"above": band.above} | _amounts(band) for band in price.bands]
    return extras
