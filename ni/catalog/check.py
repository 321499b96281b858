"""Checks a sheet for contradictions: ids, deployments, tiers and regions, implausible prices.

`PLACEMENTS` is the table by which tier, suffix and jurisdiction of a route must agree; regions are those of the
provider's descriptor. Each fault is one sentence naming the route. Where a deployment really runs is checked by
`ni.residency`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ni.catalog.capabilities import capabilities_of
from ni.catalog.sheet import CatalogFault, RouteRow, Sheet, own_route_id
from ni.domain.money import NANOS
from ni.domain.providers import PROVIDERS
from ni.domain.route import Band, CallKind, Deployment, Price, Tier

OPERATOR = "operator"
"""The jurisdiction in the catalog for the operator's own machines; the setting of the instance replaces it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Suffix and jurisdiction that all routes of a tier have."""

    suffix: str
    jurisdiction: str


PLACEMENTS: Mapping[Tier, Placement] = {
    Tier.OWN_HARDWARE: Placement("-local", OPERATOR),
    Tier.CANADIAN_CLOUD: Placement("-ca", "CA"),
    Tier.US_CLOUD: Placement("-us", "US"),
    Tier.GLOBAL_CLOUD: Placement("-global", "GLOBAL"),
    Tier.PROVIDER_API: Placement("-us", "US"),
}


GREATEST_PRICE_USD = 1000
GREATEST_MARGIN_MILLIONTHS = 100 * 1_000_000
_SETTING = re.compile(r"[A-Z][A-Z0-9_]{2,63}")


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
        _check_options(deployment)
        _check_settings(deployment)
    deployments = {deployment.id: deployment for deployment in sheet.deployments}
    routes = {route.id: route for route in sheet.routes}
    for route in sheet.routes:
        _check_id(route)
        _check_placement(route)
        _check_deployment(route, deployments.get(route.deployment))
        _check_further(route, deployments)
        _check_successor(route, routes)
        check_prices(route)


def _check_options(deployment: Deployment) -> None:
    """Refuses unknown options: a mistyped one would be ignored, and with it what it says about residency."""
    known = PROVIDERS[deployment.provider].options
    for name in deployment.options:
        head, colon, model = name.partition(":")
        if head + colon not in known or (colon and not model):
            listed = ", ".join(f"{each}<model>" if each.endswith(":") else each for each in sorted(known))
            raise CatalogFault(
                f"Deployment `{deployment.id}` has the unknown option `{name}` (known for {deployment.provider}: "
                f"{listed or 'none'})."
            )


def _check_settings(deployment: Deployment) -> None:
    """Refuses values in place of names of settings: a secret in the catalog would be exported with it."""
    named = {
        "endpoint_setting": deployment.endpoint_setting,
        "credential_setting": deployment.credential_setting,
        **{name: value for name, value in deployment.options.items() if name.endswith("_setting")},
    }
    for field, name in named.items():
        if name and not _SETTING.fullmatch(name):
            raise CatalogFault(
                f"Deployment `{deployment.id}` needs `{field}` as the name of an environment variable such as "
                "OPENAI_API_KEY. What stands there is not shown, for it may be a secret."
            )


def _check_unique(ids: Iterable[str], kind: str) -> None:
    for name, count in Counter(ids).items():
        if count > 1:
            raise CatalogFault(f"{kind} `{name}` is listed {count} times.")


def _check_id(route: RouteRow) -> None:
    expected = f"{route.provider}/{route.upstream_model}{route.suffix}"
    if route.provider == "local":
        expected = own_route_id(route.upstream_model)
    if not route.id.startswith(f"{route.provider}/"):
        raise CatalogFault(f"Route `{route.id}` must begin with its provider, `{route.provider}/`.")
    if not route.id.endswith(route.suffix):
        raise CatalogFault(f"Route `{route.id}` must end with its suffix, `{route.suffix}`.")
    if route.id != expected:
        raise CatalogFault(f"Route `{route.id}` does not fit its upstream model: it would be `{expected}`.")


def _check_placement(route: RouteRow) -> None:
    placement = PLACEMENTS[route.tier]
    for name, actual, expected in (
        ("suffix", route.suffix, placement.suffix),
        ("jurisdiction", route.jurisdiction, placement.jurisdiction),
    ):
        if actual != expected:
            raise CatalogFault(
                f"Route `{route.id}` of tier `{route.tier}` must have the {name} `{expected}`, not `{actual}`."
            )
    provider = PROVIDERS.get(route.provider)
    regions = provider.regions.get(route.tier) if provider is not None else None
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
        actual, expected = getattr(route, name), getattr(deployment, name)
        if actual != expected:
            raise CatalogFault(
                f"Route `{route.id}` says {name} `{actual}`, its deployment `{deployment.id}` says "
                f"`{expected}`."
            )


def _check_further(route: RouteRow, deployments: Mapping[str, Deployment]) -> None:
    """Refuses further deployments at which the route would not be the same: another provider, law or tier."""
    further = route.further_deployments or ()
    _check_unique((route.deployment, *further), f"Route `{route.id}`: deployment")
    regions = PROVIDERS[route.provider].regions[route.tier]
    for name in further:
        deployment = deployments.get(name)
        if deployment is None:
            raise CatalogFault(
                f"Route `{route.id}` names the further deployment `{name}`, which does not exist."
            )
        for field in ("provider", "jurisdiction"):
            actual, expected = getattr(deployment, field), getattr(route, field)
            if actual != expected:
                raise CatalogFault(
                    f"Route `{route.id}` says {field} `{expected}`, its further deployment `{name}` says `{actual}`."
                )
        if deployment.region not in regions:
            raise CatalogFault(
                f"Route `{route.id}` of tier `{route.tier}` cannot run in region `{deployment.region}` of its further "
                f"deployment `{name}` (known: {', '.join(sorted(regions))})."
            )


def _check_successor(route: RouteRow, routes: Mapping[str, RouteRow]) -> None:
    """Refuses a successor under another law: the error for a retired route would lead there."""
    successor = routes.get(route.successor)
    if route.successor == route.id or (successor and successor.jurisdiction != route.jurisdiction):
        raise CatalogFault(
            f"Route `{route.id}` names `{route.successor}` as its successor, which must be another route of the same "
            "jurisdiction."
        )


def check_prices(route: RouteRow) -> None:
    """Raise `CatalogFault` for a price that cannot be meant."""
    _check_unique((f"{route.id}` price since `{price.since}" for price in route.prices), "Route")
    for price in route.prices:
        makes_text = capabilities_of(route.upstream_model, route.capabilities).kind is CallKind.CHAT
        fault = _fault_in_price(price, free=route.tier is Tier.OWN_HARDWARE, makes_text=makes_text)
        if fault:
            raise CatalogFault(f"Route `{route.id}`, price since {price.since}: {fault}.")


def _fault_in_price(price: Price, *, free: bool, makes_text: bool) -> str | None:
    """The first fault of the prices of a call or an image, of those below all bands, and of each band."""
    if max(price.request or 0, price.image or 0) > GREATEST_PRICE_USD * NANOS:
        return f"more than {GREATEST_PRICE_USD} USD for a request or an image"
    if (price.margin_millionths or 0) > GREATEST_MARGIN_MILLIONTHS:
        return "`margin_percent` is more than 10000"
    for band in (price.band(0), *price.bands):
        fault = _fault_in_band(band, free=free, makes_text=makes_text)
        if fault:
            return f"{fault} (above {band.above} tokens)" if band.above else fault
    return None


def _fault_in_band(band: Band, *, free: bool, makes_text: bool) -> str | None:
    """Finds misplaced decimal points, swapped columns, and free clouds, for which no cap would ever hold."""
    dearest = max(band.input, band.output, band.cached_input, band.cache_write, band.hour_write)
    if dearest > GREATEST_PRICE_USD * NANOS:
        return f"more than {GREATEST_PRICE_USD} USD per million tokens"
    if not free and not (band.input and (band.output or not makes_text)):
        return "`input` and `output` must be more than nothing"
    if not makes_text and band.output:
        return "`output` must be 0: vectors are charged by their input"
    if band.cached_input > band.input:
        return "`cached_input` is more than `input`"
    if makes_text and band.output < band.input:
        return "`output` is less than `input`"
    if band.cache_write < band.cached_input:
        return "`cache_write` is less than `cached_input`"
    if band.cache_write_1h is not None and band.cache_write_1h < band.cache_write:
        return "`cache_write_1h` is less than `cache_write`"
    return None


def jurisdiction_of(deployment: Deployment, operators: str) -> str:
    """The jurisdiction of a deployment on an instance whose own machines are in `operators`."""
    return operators if deployment.jurisdiction == OPERATOR else deployment.jurisdiction
