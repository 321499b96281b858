"""Reads a catalog file (TOML 1.0) into a sheet, and refuses one that contradicts itself or the table of tiers.

Prices are strings of decimals in USD per million tokens, so that none passes through a float; `cached_input` and
`cache_write` default to `input`, for providers that do not price them apart.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ni.catalog.capabilities import fault_in, fault_in_options
from ni.catalog.check import check_sheet
from ni.catalog.fields import only, rows_of, text_of
from ni.catalog.load_price import read_price
from ni.catalog.sheet import DEPLOYMENT_TEXTS, ROUTE_TEXTS, CatalogFault, Lifecycle, RouteRow, Sheet
from ni.domain.route import Deployment, Tier

Chosen = TypeVar("Chosen", Tier, Lifecycle)

SHIPPED = Path(__file__).parent / "routes.toml"
MOST_BYTES = 8 * 2**20
MOST_NESTED = 16
"""The deepest field there is has five levels: `routes`, a route, `prices`, a price, `bands`, a band's number."""
ROUTE_ID = re.compile(r"[a-z0-9_]+/[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")

_DEPLOYMENT_KEYS = {*DEPLOYMENT_TEXTS, "endpoint", "endpoint_setting", "credential_setting", "options"}
_ROUTE_KEYS = {*ROUTE_TEXTS, "enabled", "capabilities", "prices"}


def load(path: Path) -> Sheet:
    """The checked sheet in a file. Raises `CatalogFault`."""
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_BYTES + 1)
        text = octets.decode("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise CatalogFault(f"{path} cannot be read as UTF-8 text: {fault}") from fault
    if len(octets) > MOST_BYTES:
        raise CatalogFault(f"The catalog is longer than {MOST_BYTES // 2**20} MiB.")
    return parse(text)


def parse(text: str) -> Sheet:
    """The checked sheet in a text. Raises `CatalogFault` naming the line or the route."""
    tables = _tables(text)
    only(tables, {"deployments", "routes"}, "The catalog")
    sheet = Sheet(
        deployments=tuple(
            _deployment(row, f"Deployment {place}")
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


def _deployment(row: dict[str, Any], place: str) -> Deployment:
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
    )


def _choice(kinds: type[Chosen], row: Mapping[str, Any], name: str, owner: str) -> Chosen:
    try:
        return kinds(text_of(row, name, owner))
    except ValueError as fault:
        known = ", ".join(kind.value for kind in kinds)
        raise CatalogFault(f"{owner} needs `{name}` as one of {known}, not `{row.get(name)}`.") from fault
