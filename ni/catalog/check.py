"""Whether a catalog agrees with itself: ids, deployments, the table of tiers, and prices that a person would believe.

Every fault is one sentence naming the route. What a provider really serves is another question, asked elsewhere.
"""

from collections import Counter
from collections.abc import Iterable

from ni.catalog.sheet import CatalogFault, RouteRow, Sheet
from ni.catalog.tiers import OPERATOR, PLACEMENTS, PROVIDERS
from ni.domain.money import NANOS
from ni.domain.route import Deployment, Price, Tier

GREATEST_PRICE_USD = 1000


def check_sheet(sheet: Sheet) -> None:
    """Raises `CatalogFault` for the first contradiction."""
    _check_unique((deployment.id for deployment in sheet.deployments), "Deployment")
    _check_unique((route.id for route in sheet.routes), "Route")
    for deployment in sheet.deployments:
        if deployment.provider not in PROVIDERS:
            raise CatalogFault(
                f"Deployment `{deployment.id}` names the unknown provider `{deployment.provider}` "
                f"(known: {', '.join(sorted(PROVIDERS))})."
            )
    deployments = {deployment.id: deployment for deployment in sheet.deployments}
    for route in sheet.routes:
        _check_id(route)
        _check_placement(route)
        _check_deployment(route, deployments.get(route.deployment))
        _check_prices(route)


def _check_unique(ids: Iterable[str], kind: str) -> None:
    for name, count in Counter(ids).items():
        if count > 1:
            raise CatalogFault(f"{kind} `{name}` is listed {count} times.")


def _check_id(route: RouteRow) -> None:
    expected = f"{route.provider}/{route.upstream_model}{route.suffix}"
    if not route.id.startswith(f"{route.provider}/"):
        raise CatalogFault(f"Route `{route.id}` must begin with its provider, `{route.provider}/`.")
    if not route.id.endswith(route.suffix):
        raise CatalogFault(f"Route `{route.id}` must end with its suffix, `{route.suffix}`.")
    if route.id != expected:
        raise CatalogFault(f"Route `{route.id}` does not fit its upstream model: it would be `{expected}`.")


def _check_placement(route: RouteRow) -> None:
    placement = PLACEMENTS[route.tier]
    for name, said, expected in (
        ("suffix", route.suffix, placement.suffix),
        ("jurisdiction", route.jurisdiction, placement.jurisdiction),
    ):
        if said != expected:
            raise CatalogFault(
                f"Route `{route.id}` of tier `{route.tier}` must have the {name} `{expected}`, not `{said}`."
            )
    regions = placement.regions.get(route.provider)
    if regions is None:
        raise CatalogFault(
            f"Route `{route.id}`: provider `{route.provider}` has no routes of tier `{route.tier}`."
        )
    if route.region not in regions:
        raise CatalogFault(
            f"Route `{route.id}` of tier `{route.tier}` cannot run in region `{route.region}` "
            f"(known: {', '.join(sorted(regions))})."
        )


def _check_deployment(route: RouteRow, deployment: Deployment | None) -> None:
    if deployment is None:
        raise CatalogFault(
            f"Route `{route.id}` names the deployment `{route.deployment}`, which does not exist."
        )
    for name in ("provider", "region", "jurisdiction"):
        said, expected = getattr(route, name), getattr(deployment, name)
        if said != expected:
            raise CatalogFault(
                f"Route `{route.id}` says {name} `{said}`, its deployment `{deployment.id}` says "
                f"`{expected}`."
            )


def _check_prices(route: RouteRow) -> None:
    _check_unique((f"{route.id}` price since `{price.since}" for price in route.prices), "Route")
    for price in route.prices:
        fault = _fault_in_price(price, free=route.tier is Tier.OWN_HARDWARE)
        if fault:
            raise CatalogFault(f"Route `{route.id}`, price since {price.since}: {fault}.")


def _fault_in_price(price: Price, *, free: bool) -> str | None:
    """Slips of the decimal point and swapped columns; a cloud that costs nothing would undo every cap."""
    hour = price.band(0).hour_write
    dearest = max(price.input, price.output, price.cached_input, price.cache_write, hour)
    if dearest > GREATEST_PRICE_USD * NANOS:
        return f"more than {GREATEST_PRICE_USD} USD per million tokens"
    if not free and not (price.input and price.output):
        return "`input` and `output` must be more than nothing"
    if price.cached_input > price.input:
        return "`cached_input` is more than `input`"
    if price.output < price.input:
        return "`output` is less than `input`"
    if price.cache_write < price.cached_input:
        return "`cache_write` is less than `cached_input`"
    if price.cache_write_1h is not None and price.cache_write_1h < price.cache_write:
        return "`cache_write_1h` is less than `cache_write`"
    return None


def jurisdiction_of(deployment: Deployment, operators: str) -> str:
    """The jurisdiction of a deployment on an instance whose own machines are in `operators`."""
    return operators if deployment.jurisdiction == OPERATOR else deployment.jurisdiction
