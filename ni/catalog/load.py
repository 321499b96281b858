"""Reads a catalog file (TOML 1.0) into a checked sheet, and writes a sheet that `load` reads back to the same.

A `CatalogFault` names the owner of a field and what to change. Prices are strings of decimals in USD per million
tokens, so that none passes through a float. `cached_input` and `cache_write` default to `input`; `cache_write_1h` is
for what is cached for an hour. `request` and `image` are USD each; `bands` give other prices to calls whose input is
more than `above` tokens; `margin_percent` overrides the instance's margin for the route. `source` says in words where
the price is from, with the day on which it was read.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from ni.catalog.capabilities import fault_in, fault_in_options
from ni.catalog.check import check_sheet
from ni.catalog.sheet import (
    DEPLOYMENT_TEXTS,
    ROUTE_MAYBE,
    ROUTE_TEXTS,
    CatalogFault,
    Lifecycle,
    RouteRow,
    Sheet,
)
from ni.domain.money import format_amount, parse_amount
from ni.domain.route import Band, Deployment, Price, Tier

SHOWN = 80


def rows_of(tables: Mapping[str, Any], name: str, owner: str) -> list[tuple[int, dict[str, Any]]]:
    """A list of tables with their places, from 1. Raises `CatalogFault`."""
    rows = tables.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CatalogFault(f"{owner} needs `{name}` as a list of tables.")
    return list(enumerate(rows, start=1))


def text_of(row: Mapping[str, Any], name: str, owner: str, default: str | None = None) -> str:
    """A string that is not empty, or the default. Raises `CatalogFault`."""
    value = row.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise CatalogFault(f"{owner} needs `{name}` as a string.")
    return value


def shown(value: object) -> str:
    """A value as a sentence quotes it, at most `SHOWN` characters."""
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def only(row: Mapping[str, Any], known: set[str], owner: str) -> None:
    """Refuse unknown fields. Raises `CatalogFault`."""
    unknown = sorted(set(row) - known)
    if unknown:
        raise CatalogFault(
            f"{owner} has the unknown field `{shown(unknown[0])}` (known: {', '.join(sorted(known))})."
        )


_KEYS = {
    "since",
    "input",
    "output",
    "cached_input",
    "cache_write",
    "cache_write_1h",
    "request",
    "image",
    "bands",
    "margin_percent",
    "source",
}
_BAND_KEYS = {"above", "input", "output", "cached_input", "cache_write", "cache_write_1h"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERCENT = 100_000  # nano-percent in a millionth


def read_price(row: dict[str, Any], owner: str) -> Price:
    """The dated price in a table of a route. Raises `CatalogFault`."""
    named = f"A price of {owner}"
    only(row, _KEYS, named)
    return Price(
        _since(row.get("since"), owner),
        *_classes(row, owner),
        request=_maybe(row, "request", owner) or 0,
        image=_maybe(row, "image", owner) or 0,
        bands=_bands(row, owner),
        margin_millionths=_margin(row, owner),
        cache_write_1h=_maybe(row, "cache_write_1h", owner),
        source=_source(row, owner),
    )


def _since(value: object, owner: str) -> str:
    return _day(value, f"{owner} needs the price's `since`")


def _day(value: object, demand: str) -> str:
    """The day as `YYYY-MM-DD`, from a string of that form or a TOML date. Raises `CatalogFault`."""
    text = value.isoformat() if isinstance(value, date) else value
    if isinstance(text, str) and _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text).isoformat()
    raise CatalogFault(f"{demand} as a date such as 2026-11-23, not `{shown(value)}`.")


def _source(row: dict[str, Any], owner: str) -> str:
    """Where the price is from, on one line; empty where it is not said. Raises `CatalogFault`."""
    text = text_of(row, "source", f"A price of {owner}", "")
    if len(text) > MOST_SOURCE or not text.isprintable():
        raise CatalogFault(
            f"{owner} needs the price's `source` as one line of at most {MOST_SOURCE} characters."
        )
    return text


def _classes(row: dict[str, Any], owner: str) -> tuple[int, int, int, int]:
    """Input, output, cached input, cache write."""
    fresh, output = _amount(row, "input", owner), _amount(row, "output", owner)
    cached, written = (_maybe(row, name, owner) for name in ("cached_input", "cache_write"))
    return fresh, output, fresh if cached is None else cached, fresh if written is None else written


def _bands(row: dict[str, Any], owner: str) -> tuple[Band, ...]:
    bands: list[Band] = []
    for _, band in rows_of(row, "bands", f"A price of {owner}"):
        only(band, _BAND_KEYS, f"A band of {owner}")
        above = band.get("above")
        if type(above) is not int or above <= (bands[-1].above if bands else 0):
            raise CatalogFault(
                f"{owner} needs the `above` of its bands as whole numbers of tokens, ascending."
            )
        bands.append(Band(above, *_classes(band, owner), _maybe(band, "cache_write_1h", owner)))
    return tuple(bands)


def _margin(row: dict[str, Any], owner: str) -> int | None:
    percent = _maybe(row, "margin_percent", owner)
    if percent is not None and percent % _PERCENT:
        raise CatalogFault(f"{owner} needs `margin_percent` with at most four decimals.")
    return None if percent is None else percent // _PERCENT


def _maybe(row: dict[str, Any], name: str, owner: str) -> int | None:
    return _amount(row, name, owner) if name in row else None


def _amount(row: dict[str, Any], name: str, owner: str) -> int:
    try:
        return parse_amount(text_of(row, name, f"A price of {owner}"))
    except ValueError as fault:
        raise CatalogFault(
            f"{owner} needs the price `{name}` as a decimal string in USD per million tokens, such as "
            f'"3.00", not `{shown(row[name])}`.'
        ) from fault


Chosen = TypeVar("Chosen", Tier, Lifecycle)

SHIPPED = Path(__file__).parent / "routes.toml"
MOST_BYTES = 8 * 2**20
MOST_SOURCE = 200
MOST_NESTED = 16
"""The deepest field there is has five levels: `routes`, a route, `prices`, a price, `bands`, a band's number."""
ROUTE_ID = re.compile(r"[a-z0-9_]+/[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")

_DEPLOYMENT_KEYS = {*DEPLOYMENT_TEXTS, "endpoint", "endpoint_setting", "credential_setting", "options"}
_ROUTE_KEYS = {*ROUTE_TEXTS, *ROUTE_MAYBE, "further_deployments", "enabled", "capabilities", "prices"}


def load(path: Path) -> Sheet:
    """The checked sheet in a file. Raises `CatalogFault`."""
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_BYTES + 1)
        text = octets.decode("utf-8")
    except OSError as fault:
        raise CatalogFault(f"The file {path.name} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise CatalogFault(f"The file {path.name} cannot be read as UTF-8 text: {fault}") from fault
    if len(octets) > MOST_BYTES:
        raise CatalogFault(f"The catalog is longer than {MOST_BYTES // 2**20} MiB.")
    return parse(text)


def parse(text: str) -> Sheet:
    """The checked sheet in a TOML text. Raises `CatalogFault` naming the line or the route."""
    tables = _tables(text)
    only(tables, {"deployments", "routes"}, "The catalog")
    sheet = Sheet(
        deployments=tuple(
            read_deployment(row, f"Deployment {place}")
            for place, row in rows_of(tables, "deployments", "The catalog")
        ),
        routes=tuple(
            _route(row, f"Route {place}") for place, row in rows_of(tables, "routes", "The catalog")
        ),
    )
    check_sheet(sheet)
    return sheet


def _tables(text: str) -> dict[str, Any]:
    nested = f"The catalog nests arrays or tables more than {MOST_NESTED} levels deep; none of its fields needs that."
    try:
        tables = tomllib.loads(text)
    except RecursionError as fault:
        raise CatalogFault(nested) from fault
    except ValueError as fault:  # also a number of thousands of digits
        raise CatalogFault(f"The catalog is not valid TOML: {fault}.") from fault
    level: list[Any] = [tables]
    for _ in range(MOST_NESTED):
        level = [below for each in level for below in _entries(each)]
    if any(isinstance(each, dict | list) for each in level):
        raise CatalogFault(nested)
    return tables


def _entries(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def read_deployment(row: dict[str, Any], place: str) -> Deployment:
    """The deployment in a table of a catalog. Raises `CatalogFault`."""
    owner = f"Deployment `{text_of(row, 'id', place)}`"
    only(row, _DEPLOYMENT_KEYS, owner)
    options = row.get("options", {})
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise CatalogFault(f"{owner} needs `options` as a table of strings.")
    if fault := fault_in_options(options):
        raise CatalogFault(f"{owner} {fault}.")
    return Deployment(
        id=row["id"],
        provider=text_of(row, "provider", owner),
        region=text_of(row, "region", owner),
        jurisdiction=text_of(row, "jurisdiction", owner),
        endpoint=text_of(row, "endpoint", owner, ""),
        endpoint_setting=text_of(row, "endpoint_setting", owner, ""),
        credential_setting=text_of(row, "credential_setting", owner, ""),
        options=options,
    )


def _route(row: dict[str, Any], place: str) -> RouteRow:
    owner = f"Route `{text_of(row, 'id', place)}`"
    only(row, _ROUTE_KEYS, owner)
    if not ROUTE_ID.fullmatch(row["id"]):
        raise CatalogFault(
            f"{owner} needs an id of the form <provider>/<upstream model>-<suffix>, at most 200 "
            "characters out of letters, digits and `._:/@+-`."
        )
    enabled = row.get("enabled")
    if enabled is not None and type(enabled) is not bool:
        raise CatalogFault(f"{owner} needs `enabled` as true or false.")
    capabilities = row.get("capabilities", {})
    fault = fault_in(capabilities) if isinstance(capabilities, dict) else "needs `capabilities` as a table"
    if fault:
        raise CatalogFault(f"{owner} {fault}.")
    return RouteRow(
        id=row["id"],
        provider=text_of(row, "provider", owner),
        upstream_model=text_of(row, "upstream_model", owner),
        tier=_choice(Tier, row, "tier", owner),
        suffix=text_of(row, "suffix", owner),
        region=text_of(row, "region", owner),
        jurisdiction=text_of(row, "jurisdiction", owner),
        deployment=text_of(row, "deployment", owner),
        lifecycle=_choice(Lifecycle, {"lifecycle": "active", **row}, "lifecycle", owner),
        enabled=enabled,
        capabilities=capabilities,
        prices=tuple(read_price(price, owner) for _, price in rows_of(row, "prices", owner)),
        further_deployments=_further(row, owner),
        retires=_day(row["retires"], f"{owner} needs `retires`") if "retires" in row else "",
        successor=text_of(row, "successor", owner, ""),
    )


def _further(row: Mapping[str, Any], owner: str) -> tuple[str, ...] | None:
    """The ids in `further_deployments`, None where the file does not say. Raises `CatalogFault`."""
    names = row.get("further_deployments")
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CatalogFault(f"{owner} needs `further_deployments` as a list of ids of deployments.")
    return tuple(names)


def _choice(kinds: type[Chosen], row: Mapping[str, Any], name: str, owner: str) -> Chosen:
    try:
        return kinds(text_of(row, name, owner))
    except ValueError as fault:
        known = ", ".join(kind.value for kind in kinds)
        raise CatalogFault(f"{owner} needs `{name}` as one of {known}, not `{row.get(name)}`.") from fault


_CLASSES = ("input", "cached_input", "cache_write", "cache_write_1h", "output")
_OPTIONAL = ("endpoint", "endpoint_setting", "credential_setting", "options")


def write(sheet: Sheet) -> str:
    """The sheet as TOML, in its order."""
    tables = {
        "deployments": [_deployment_table(deployment) for deployment in sheet.deployments],
        "routes": [_route_table(route) for route in sheet.routes],
    }
    return tomli_w.dumps({name: rows for name, rows in tables.items() if rows})


def _deployment_table(deployment: Deployment) -> dict[str, Any]:
    texts = _texts(deployment, DEPLOYMENT_TEXTS)
    return texts | {name: getattr(deployment, name) for name in _OPTIONAL if getattr(deployment, name)}


def _route_table(route: RouteRow) -> dict[str, Any]:
    row = _texts(route, (*ROUTE_TEXTS, *(name for name in ROUTE_MAYBE if getattr(route, name))))
    if route.further_deployments is not None:
        row["further_deployments"] = list(route.further_deployments)
    if route.enabled is not None:
        row["enabled"] = route.enabled
    if route.capabilities:
        row["capabilities"] = route.capabilities
    if route.prices:
        row["prices"] = [price_table(price) for price in route.prices]
    return row


def _texts(row: Deployment | RouteRow, names: Iterable[str]) -> dict[str, Any]:
    return {name: str(getattr(row, name)) for name in names}


def price_table(price: Price) -> dict[str, Any]:
    """A price as a table of the file."""
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
    if price.source:
        extras["source"] = price.source
    return extras
