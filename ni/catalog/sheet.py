"""The catalog as it stands in a file: deployments, routes and their dated prices, one value per column.

A sheet is what `routes.toml` says and what the tables hold; it is not yet what can be called (`ni/catalog/routes.py`
resolves capabilities, the price in force and the operator's jurisdiction).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ni.domain.route import Deployment, Price, Tier

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


class Lifecycle(StrEnum):
    """Where a model stands with its provider; a retired one is not callable."""

    ACTIVE = "active"
    LEGACY = "legacy"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class CatalogFault(Exception):
    """A catalog that cannot be used; the text names the route or line and what to change."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One route as written. `enabled` None leaves the operator's own switch alone on import (on for a new route)."""

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


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of a catalog, in its order."""

    deployments: tuple[Deployment, ...]
    routes: tuple[RouteRow, ...]
