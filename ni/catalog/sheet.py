"""The catalog as values: deployments, routes and their dated prices, one value per column of file and tables.

`ni/catalog/routes.py` makes routes of it, which adds capabilities, the price in force and the operator's jurisdiction.
Parts of a price beyond the four classes (hour-long writes, per request, per image, bands, margin, source) are stored
as one JSON value (`extras_of`), with amounts in nanos; it is `{}` for most prices.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson

from ni.domain.route import Band, Deployment, Price, Tier

DEPLOYMENT_TEXTS = ("id", "provider", "region", "jurisdiction")
ROUTE_TEXTS = (
    "id",
    "provider",
    "upstream_model",
    "tier",
    "suffix",
    "region",
    "jurisdiction",
    "deployment",
    "lifecycle",
)
"""The plain fields of a deployment and of a route, in the order in which a file has them."""
ROUTE_MAYBE = ("retires", "successor")
"""Plain fields of a route that most do not have."""


_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._:/@+-]+")


def own_route_id(model: str) -> str:
    """The route id of a model on the operator's own server; empty if no character of its name can stand in one.

    Characters that no route id has become a dash, and those in front are cut (`/models/a b.gguf` is
    `local/models/a-b.gguf-local`).
    """
    name = _NOT_IN_IDS.sub("-", model).lstrip("-._:/@+").rstrip("-")
    return f"local/{name}-local" if name else ""


class Lifecycle(StrEnum):
    """The provider's lifecycle state of a model; a retired one is not callable."""

    ACTIVE = "active"
    LEGACY = "legacy"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class CatalogFault(Exception):
    """A catalog that cannot be used; the text names the route or line and what to change."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route as written. `enabled` None leaves the operator's own switch alone on import (on for a new route).

    `further_deployments` are tried after `deployment`, in order; None leaves those that there are alone on import.
    `retires` is the day on which the provider says that it ends the model: a statement, which closes nothing by itself
    (`lifecycle` does), since providers put such days off.
    """

    id: str
    provider: str
    upstream_model: str
    tier: Tier
    suffix: str
    region: str
    jurisdiction: str
    deployment: str
    lifecycle: Lifecycle
    enabled: bool | None
    capabilities: Mapping[str, Any]
    prices: tuple[Price, ...]
    further_deployments: tuple[str, ...] | None = None
    retires: str = ""
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole catalog, in its order."""

    deployments: tuple[Deployment, ...]
    routes: tuple[RouteRow, ...]


def extras_of(price: Price) -> str:
    """The JSON text of the column `extras`."""
    extras: dict[str, object] = {}
    if price.request:
        extras["request"] = price.request
    if price.image:
        extras["image"] = price.image
    if price.bands:
        extras["bands"] = [asdict(band) for band in price.bands]
    if price.cache_write_1h is not None:
        extras["cache_write_1h"] = price.cache_write_1h
    if price.margin_millionths is not None:
        extras["margin_millionths"] = price.margin_millionths
    if price.source:
        extras["source"] = price.source
    return orjson.dumps(extras).decode()


def price_of(since: str, classes: Mapping[str, int], extras: str) -> Price:
    """The price of a row: its day, the amounts of the four classes, the column `extras`."""
    more = orjson.loads(extras)
    return Price(
        since,
        classes["input"],
        classes["output"],
        classes["cached_input"],
        classes["cache_write"],
        more.get("request", 0),
        more.get("image", 0),
        tuple(Band(**band) for band in more.get("bands", ())),
        more.get("margin_millionths"),
        more.get("cache_write_1h"),
        more.get("source", ""),
    )
