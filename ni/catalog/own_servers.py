"""Local servers that the operator adds by form, command or API, as rows of the catalog.

A server is a deployment of the provider `local` with an address of its own, and what it serves are routes of the tier
of own hardware. Several servers that serve one model are deployments of one route, in the order in which they were
added. Not here: looking at a server (`ni.providers.local_probe`), and its key (`ni.access.platform_credentials`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ni.catalog.capabilities import capabilities_of, fault_in
from ni.catalog.check import OPERATOR, PLACEMENTS
from ni.catalog.editing import Edit
from ni.catalog.load import ROUTE_ID
from ni.catalog.sheet import CatalogFault, Lifecycle, RouteRow, Sheet, own_route_id
from ni.domain.route import CallKind, Deployment, Price, Tier

LOCAL, REGION = "local", "local"
PREFIX = "local-"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A local server: its deployment, and the routes that it serves, alone or beside others."""

    deployment: Deployment
    routes: tuple[RouteRow, ...]

    @property
    def id(self) -> str:
        """The id of its deployment."""
        return self.deployment.id

    @property
    def name(self) -> str:
        """The name that the operator gave it."""
        return self.id.removeprefix(PREFIX)


def own_servers(sheet: Sheet) -> list[OwnServer]:
    """The servers whose addresses are kept in the catalog; one that a setting names is the environment's."""
    return [
        OwnServer(row, tuple(route for route in sheet.routes if row.id in placed(route)))
        for row in sheet.deployments
        if row.provider == LOCAL and row.id.startswith(PREFIX) and not row.endpoint_setting
    ]


def placed(row: RouteRow) -> tuple[str, ...]:
    """The deployments of a route, in order."""
    return (row.deployment, *(row.further_deployments or ()))


def key_setting(server_id: str) -> str:
    """The name of the setting that holds the server's key; one in the environment wins over a stored one."""
    return f"NI_{server_id.upper().replace('-', '_')}_KEY"


def deployment_of(name: str, address: str) -> Deployment:
    """The deployment of a new server. Raises `CatalogFault` for a name of another form."""
    if not NAME.fullmatch(name):
        raise CatalogFault(
            f"`{name[:60]}` is no name of a server: use small letters, digits and dashes, at most 40"
        )
    server_id = f"{PREFIX}{name}"
    return Deployment(
        server_id, LOCAL, REGION, OPERATOR, endpoint=address, credential_setting=key_setting(server_id)
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """A model that a server is to serve: its name there, and what is known of its capabilities."""

    model: str
    capabilities: Mapping[str, Any]


def serving(
    sheet: Sheet,
    deployment: Deployment,
    models: Iterable[Offered],
    prices: Sequence[Price],
    shared: Iterable[str],
) -> Edit:
    """The edit after which a server serves these models and no others. Raises `CatalogFault`.

    A route that is new gets `prices`; one that another server serves gets this one as its next deployment. `shared`
    are the route ids of the server that the environment names, which stays the first deployment of its models.
    """
    known, first = {row.id: row for row in sheet.routes}, frozenset(shared)
    wanted: dict[str, RouteRow] = {}
    for offered in models:
        row = _row(offered, deployment.id, prices, first)
        wanted[row.id] = _joined(row, known[row.id], deployment.id) if row.id in known else row
    left = [row for row in sheet.routes if deployment.id in placed(row) and row.id not in wanted]
    kept, gone = _without(left, deployment.id)
    return Edit(Sheet((deployment,), (*wanted.values(), *kept)), routes=gone)


def removing(sheet: Sheet, server_id: str) -> Edit:
    """The edit that removes a server, and the routes that no other one serves."""
    kept, gone = _without([row for row in sheet.routes if server_id in placed(row)], server_id)
    return Edit(Sheet((), kept), routes=gone, deployments=(server_id,))


def _row(offered: Offered, server_id: str, prices: Sequence[Price], first: frozenset[str]) -> RouteRow:
    route_id, placement = own_route_id(offered.model), PLACEMENTS[Tier.OWN_HARDWARE]
    if not ROUTE_ID.fullmatch(route_id):
        raise CatalogFault(
            f"`{offered.model[:60]}` is no name that a route can have; give it another on the server"
        )
    if fault := fault_in(offered.capabilities):
        raise CatalogFault(f"Route `{route_id}` {fault}")
    shared = route_id in first
    return RouteRow(
        id=route_id,
        provider=LOCAL,
        upstream_model=offered.model,
        tier=Tier.OWN_HARDWARE,
        suffix=placement.suffix,
        region=REGION,
        jurisdiction=placement.jurisdiction,
        deployment=LOCAL if shared else server_id,
        lifecycle=Lifecycle.ACTIVE,
        enabled=True,
        capabilities=dict(offered.capabilities),
        prices=_fitting(offered, prices),
        further_deployments=(server_id,) if shared else None,
    )


def _fitting(offered: Offered, prices: Sequence[Price]) -> tuple[Price, ...]:
    """The prices; vectors are charged by their input alone."""
    vectors = capabilities_of(offered.model, offered.capabilities).kind is CallKind.EMBEDDING
    return tuple(replace(price, output=0) if vectors else price for price in prices)


def _joined(row: RouteRow, before: RouteRow, server_id: str) -> RouteRow:
    """The route that there is, served by this server too; its price and switch stay."""
    if before.upstream_model != row.upstream_model:
        raise CatalogFault(f"`{row.id}` is the route of another model, `{before.upstream_model[:60]}`")
    further = before.further_deployments
    if server_id not in placed(before):
        further = (*(further or ()), server_id)
    return replace(before, capabilities=row.capabilities, further_deployments=further, prices=())


def _without(rows: Iterable[RouteRow], server_id: str) -> tuple[tuple[RouteRow, ...], tuple[str, ...]]:
    """The routes that others serve, without the server, and the ids of those that nobody serves any more."""
    kept: list[RouteRow] = []
    gone: list[str] = []
    for row in rows:
        rest = [name for name in placed(row) if name != server_id]
        if rest:
            kept.append(replace(row, deployment=rest[0], further_deployments=tuple(rest[1:]), prices=()))
        else:
            gone.append(row.id)
    return tuple(kept), tuple(gone)
