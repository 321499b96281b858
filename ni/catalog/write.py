"""Writes a sheet as TOML that `load` reads back to the same sheet.

Only the few shapes that a catalog has are written: strings, switches, whole numbers, lists of strings, flat tables.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ni.catalog.sheet import DEPLOYMENT_TEXTS, ROUTE_TEXTS, RouteRow, Sheet
from ni.domain.money import format_amount
from ni.domain.route import Band, Deployment, Price

_CLASSES = ("input", "cached_input", "cache_write", "cache_write_1h", "output")


def write(sheet: Sheet) -> str:
    """The sheet as TOML, in its order."""
    blocks = [_table("deployments", _deployment_rows(deployment)) for deployment in sheet.deployments]
    blocks += [_table("routes", _route_rows(route)) for route in sheet.routes]
    return "\n".join(blocks)


def _table(name: str, rows: Iterable[tuple[str, str]]) -> str:
    return f"[[{name}]]\n" + "".join(f"{key} = {value}\n" for key, value in rows)


def _deployment_rows(deployment: Deployment) -> Iterable[tuple[str, str]]:
    for name in DEPLOYMENT_TEXTS:
        yield name, _value(getattr(deployment, name))
    for name in ("endpoint", "endpoint_setting", "credential_setting", "options"):
        if getattr(deployment, name):
            yield name, _value(getattr(deployment, name))


def _route_rows(route: RouteRow) -> Iterable[tuple[str, str]]:
    for name in ROUTE_TEXTS:
        yield name, _value(getattr(route, name))
    if route.enabled is not None:
        yield "enabled", _value(route.enabled)
    if route.capabilities:
        yield "capabilities", _value(route.capabilities)
    if route.prices:
        yield "prices", "[\n" + "".join(f"  {_price(price)},\n" for price in route.prices) + "]"


def _price(price: Price) -> str:
    return _value({"since": price.since, **_amounts(price), **_extras(price)})


def _amounts(price: Price | Band) -> dict[str, str]:
    said = {name: getattr(price, name) for name in _CLASSES}
    return {name: format_amount(nanos) for name, nanos in said.items() if nanos is not None}


def _extras(price: Price) -> dict[str, Any]:
    extras: dict[str, Any] = {
        name: format_amount(getattr(price, name)) for name in ("request", "image") if getattr(price, name)
    }
    if price.margin_millionths is not None:
        extras["margin_percent"] = format_amount(price.margin_millionths * 100_000, 0)
    if price.bands:
        extras["bands"] = [{"above": band.above} | _amounts(band) for band in price.bands]
    return extras


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    # JSON's strings, switches and whole numbers are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _value(key)
