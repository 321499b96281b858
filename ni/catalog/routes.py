"""The routes that can be called now: a snapshot of the catalog in memory, at most `FRESH_S` old.

Resolving is an exact, case-sensitive look-up without substitution. A route is callable when it is enabled, not retired,
priced, its deployment configured, the residency guard does not refuse it, and its tier is allowed. The models of the
operator's own server are added as free routes (`local_routes`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

from ni.catalog import changes
from ni.catalog.capabilities import capabilities_of, own_capabilities
from ni.catalog.check import jurisdiction_of
from ni.catalog.load import ROUTE_ID
from ni.catalog.sheet import Lifecycle, RouteRow, Sheet, own_route_id
from ni.domain.clock import Clock
from ni.domain.route import Deployment, Price, Route, Tier
from ni.store.database import Database
from ni.store.shared_reads import SharedReads

FREE = Price(since="2026-01-01", input=0, output=0, cached_input=0, cache_write=0)


def local_routes(models: Iterable[str], deployment: Deployment) -> tuple[Route, ...]:
    """`local/<id>-local` for each model, sorted; the server is asked by its own name.

    The server's names are not trusted, since they end up in lists that chat clients render (`own_route_id`). A model
    is left out if nothing remains of its name, or if the id is that of another model.
    """
    named: dict[str, str] = {}
    for model in sorted(models, key=lambda model: (own_route_id(model) != f"local/{model}-local", model)):
        named.setdefault(own_route_id(model), model)
    return tuple(
        Route(
            id=route_id,
            provider="local",
            upstream_model=named[route_id],
            tier=Tier.OWN_HARDWARE,
            deployment=deployment,
            capabilities=own_capabilities(named[route_id], {}, deployment.options),
            price=FREE,
        )
        for route_id in sorted(named)
        if ROUTE_ID.fullmatch(route_id)
    )


FRESH_S = 5.0
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Gates:
    """Whether a deployment is configured, and whether the residency guard permits a route.

    The guard also gets the least grade of evidence that the caller demands, empty for any. `renew` is called when the
    catalog is read anew, so that stored credentials of providers are of the same moment as their deployments.
    """

    configured: Callable[[Deployment], bool]
    permitted: Callable[[Route, str], bool]
    renew: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    read_at: float
    routes: Mapping[str, Route]
    prices: Mapping[str, tuple[Price, ...]]
    configured: dict[str, bool] = field(default_factory=dict)  # by deployment, filled as it is asked for


class Catalog:
    """Looks up routes and prices; `jurisdiction` is that of the operator's own machines."""

    def __init__(self, database: Database, clock: Clock, jurisdiction: str, gates: Gates) -> None:
        self._database = database
        self._clock = clock
        self._jurisdiction = jurisdiction
        self._gates = gates
        self._models: tuple[str, ...] = ()
        self._snapshot: _Snapshot | None = None
        self._reads: SharedReads[_Snapshot] = SharedReads()
        self._changed = 0

    def resolve(self, model: str) -> Route | None:
        """The route with exactly this id, callable or not. Raises `StoreUnavailable`."""
        return self._now().routes.get(model)

    def routes(self) -> tuple[Route, ...]:
        """Every route the gateway knows, in the catalog's order. Raises `StoreUnavailable`."""
        return tuple(self._now().routes.values())

    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment of the catalog by id, with and without routes. Raises `StoreUnavailable`."""
        rows = sorted(changes.read(self._database).deployments, key=lambda row: row.id)
        return tuple(self._placed(row) for row in rows)

    def callable_by(
        self,
        tiers: AbstractSet[Tier],
        own: AbstractSet[str] = frozenset(),
        least: str = "",
        names: AbstractSet[str] = frozenset(),
    ) -> tuple[Route, ...]:
        """The routes that a key with these tiers can call, in the catalog's order. Raises `StoreUnavailable`.

        `own` are the providers for which the key brings a credential, so that the operator needs none; `least` is the
        grade of evidence that it demands; where there are `names`, only these routes are listed.
        """
        return tuple(
            route
            for route in self.routes()
            if route.is_within(tiers, names) and self.is_callable(route, own, least)
        )

    def is_callable(self, route: Route, own: AbstractSet[str] = frozenset(), least: str = "") -> bool:
        """Whether keys allowed the route's tier can call it now, at any of its deployments."""
        return any(
            self.is_ready(place, own) and self._gates.permitted(place, least) for place in route.places
        )

    def is_ready(self, route: Route, own: AbstractSet[str] = frozenset()) -> bool:
        """Whether the route is callable at its deployment, apart from the residency guard."""
        return (
            route.enabled
            and route.price is not None
            and route.lifecycle != Lifecycle.RETIRED
            and (route.provider in own or self._is_configured(route.deployment))
        )

    def price_at(self, route: Route, day: date) -> Price | None:
        """The price in force on a day: the latest that began by then. Raises `StoreUnavailable`."""
        return price_in_force(self._now().prices.get(route.id, ()), day)

    def with_local(self, models: Sequence[str]) -> None:
        """Replace the known models of the operator's own server."""
        if tuple(models) != self._models:
            self._models = tuple(models)
            self.refresh()

    def refresh(self) -> None:
        """Read the database at the next look-up; call it after a change of the catalog in this process."""
        self._changed += 1
        self._snapshot = None

    def _now(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is None or self._clock.monotonic() - snapshot.read_at > FRESH_S:
            snapshot = self._reads.get(self._changed, self._read)
        return snapshot

    def _is_configured(self, deployment: Deployment) -> bool:
        known = self._now().configured
        if deployment.id not in known:
            known[deployment.id] = self._gates.configured(deployment)
        return known[deployment.id]

    def _read(self) -> _Snapshot:
        changed, read_at, day = self._changed, self._clock.monotonic(), self._clock.now().date()
        self._gates.renew()
        sheet = changes.read(self._database)
        prices: dict[str, tuple[Price, ...]] = {row.id: row.prices for row in sheet.routes}
        routes = {route.id: route for route in self._build(sheet, day)}
        for route in self._local(sheet):
            if route.id not in routes:
                routes[route.id] = route
                prices[route.id] = (FREE,)
        snapshot = _Snapshot(read_at=read_at, routes=routes, prices=prices)
        if changed == self._changed:  # nothing was changed while the database was asked
            self._snapshot = snapshot
        return snapshot

    def _build(self, sheet: Sheet, day: date) -> Iterable[Route]:
        deployments = {row.id: self._placed(row) for row in sheet.deployments}
        for row in sheet.routes:
            further = [deployments[name] for name in row.further_deployments or ()]
            yield build(row, deployments[row.deployment], day, further)

    def _local(self, sheet: Sheet) -> tuple[Route, ...]:
        for row in sheet.deployments:
            if row.id == LOCAL:
                return local_routes(self._models, self._placed(row))
        return ()

    def _placed(self, deployment: Deployment) -> Deployment:
        return replace(deployment, jurisdiction=jurisdiction_of(deployment, self._jurisdiction))


def build(row: RouteRow, deployment: Deployment, day: date, further: Iterable[Deployment] = ()) -> Route:
    """The route that a row of the catalog describes, with the price in force on `day`."""
    if row.provider == LOCAL:
        able = own_capabilities(row.upstream_model, row.capabilities, deployment.options)
    else:
        able = capabilities_of(row.upstream_model, row.capabilities)
    route = Route(
        id=row.id,
        provider=row.provider,
        upstream_model=row.upstream_model,
        tier=row.tier,
        deployment=deployment,
        capabilities=able,
        price=price_in_force(row.prices, day),
        enabled=row.enabled is not False,
        lifecycle=row.lifecycle.value,
        retires=row.retires,
        successor=row.successor,
    )
    places = tuple(replace(route, deployment=place) for place in further)
    return replace(route, further=places) if places else route


def price_in_force(prices: Iterable[Price], day: date) -> Price | None:
    """The latest price that began on or before `day`; None before the first."""
    begun = [price for price in prices if date.fromisoformat(price.since) <= day]
    return max(begun, key=lambda price: date.fromisoformat(price.since), default=None)
