"""Routes, their prices and the deployments behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from ni.access.admin_tokens import Resource
from ni.catalog.listing import capabilities_object, pricing_object
from ni.catalog.load import read_price
from ni.catalog.sheet import CatalogFault, Lifecycle
from ni.domain.errors import BadRequest, NotFound
from ni.domain.route import Deployment, Route, Tier
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, paged
from ni.web.admin.schemas import (
    AMOUNT,
    DAY,
    FLAG,
    WORD,
    Schema,
    answered,
    fields,
    listed,
    one_of,
    or_null,
    whole,
)

_OBJECT: Schema = {"type": "object"}
ROUTE = answered(
    id=WORD, provider=WORD, upstream_model=WORD, tier=one_of(*(tier.value for tier in Tier)), jurisdiction=WORD,
    region=WORD, deployment=WORD, lifecycle=WORD, retires=or_null(DAY), successor=or_null(WORD), enabled=FLAG,
    callable=FLAG, pricing=or_null(_OBJECT), capabilities=_OBJECT,
)  # fmt: skip
PRICE = answered(route=WORD, since=DAY, pricing=_OBJECT)
DEPLOYMENT = answered(
    id=WORD, provider=WORD, region=WORD, jurisdiction=WORD, configured=FLAG, missing=or_null(WORD),
)  # fmt: skip


def route_object(call: AdminCall, route: Route) -> Json:
    """A route as programs see it; `callable` says whether a key allowed its tier can call it now."""
    return {
        "id": route.id,
        "provider": route.provider,
        "upstream_model": route.upstream_model,
        "tier": route.tier.value,
        "jurisdiction": route.jurisdiction,
        "region": route.deployment.region,
        "deployment": route.deployment.id,
        "lifecycle": route.lifecycle,
        "retires": route.retires or None,
        "successor": route.successor or None,
        "enabled": route.enabled,
        "callable": call.services.catalog.is_callable(route),
        "pricing": pricing_object(route.price) if route.price else None,
        "capabilities": capabilities_object(route.capabilities),
    }


def _found(call: AdminCall) -> Route:
    route = call.services.catalog.resolve(call.path["route_id"])
    if route is None:
        raise NotFound("There is no such route.", param="route_id")
    return route


def list_routes(call: AdminCall) -> Json:
    """Every route of the catalog, callable or not."""
    return paged(call, [route_object(call, route) for route in call.services.catalog.routes()])


def get_route(call: AdminCall) -> Json:
    """One route."""
    return route_object(call, _found(call))


def change_route(call: AdminCall) -> Json:
    """Switch a route on or off, set the state of its model, or move it. Raises `NotFound`, `BadRequest`."""
    route, editor, body = _found(call), call.services.editor, call.body
    with _catalog(call):
        if "enabled" in body:
            editor.switch(route.id, body["enabled"])
        if "lifecycle" in body:
            editor.set_state(route.id, Lifecycle(body["lifecycle"]))
        if "place" in body:
            editor.move(route.id, body["place"])
    return get_route(call)


def delete_route(call: AdminCall) -> Json:
    """Delete a route that is switched off or withdrawn. Raises `NotFound`, `BadRequest`."""
    with _catalog(call):
        call.services.editor.delete_route(_found(call).id)
    return {}


@contextmanager
def _catalog(call: AdminCall) -> Iterator[None]:
    """A change of the catalog, which this process follows at once. Raises `BadRequest` with what is at fault."""
    try:
        yield
    except CatalogFault as fault:
        reason = str(fault).rstrip(".")
        raise BadRequest("The catalog cannot take this: %(reason)s.", reason=reason) from fault
    finally:
        call.services.catalog.refresh()


def list_prices(call: AdminCall) -> Json:
    """The prices in force, of the routes that have one."""
    routes = call.services.catalog.routes()
    prices = [
        {"route": route.id, "since": route.price.since, "pricing": pricing_object(route.price)}
        for route in routes
        if route.price
    ]
    return paged(call, prices, "route")


def add_price(call: AdminCall) -> Json:
    """Add a price that holds from a day on; those of before stay. Raises `BadRequest`."""
    route = _found(call)
    with _catalog(call):
        price = read_price(dict(call.body), f"route `{route.id}`")
        call.services.editor.add_prices({route.id: price})
    return {"route": route.id, "since": price.since, "pricing": pricing_object(price)}


def withdraw_price(call: AdminCall) -> Json:
    """Delete a price that has not begun. Raises `NotFound`, `BadRequest`."""
    with _catalog(call):
        today = call.services.clock.now().date()
        call.services.editor.withdraw_price(_found(call).id, call.path["since"], today)
    return {}


def get_price(call: AdminCall) -> Json:
    """The price of a route that is in force on a day, today if none is named. Raises `NotFound`, `BadRequest`."""
    route = _found(call)
    try:
        day = (
            date.fromisoformat(call.query["day"]) if "day" in call.query else call.services.clock.now().date()
        )
    except ValueError as fault:
        raise BadRequest("`day` is a date such as 2026-11-23.", param="day") from fault
    price = call.services.catalog.price_at(route, day)
    if price is None:
        raise NotFound("The route has no price on that day.", param="route_id")
    return {"route": route.id, "since": price.since, "pricing": pricing_object(price)}


def deployment_object(call: AdminCall, deployment: Deployment) -> Json:
    """A deployment as programs see it; `missing` names the setting that it still needs."""
    missing = call.services.missing(deployment)
    return {
        "id": deployment.id,
        "provider": deployment.provider,
        "region": deployment.region,
        "jurisdiction": deployment.jurisdiction,
        "configured": missing is None,
        "missing": missing,
    }


def list_deployments(call: AdminCall) -> Json:
    """Every deployment of the catalog."""
    return paged(call, [deployment_object(call, each) for each in call.services.catalog.deployments()])


def get_deployment(call: AdminCall) -> Json:
    """One deployment. Raises `NotFound`."""
    for deployment in call.services.catalog.deployments():
        if deployment.id == call.path["deployment_id"]:
            return deployment_object(call, deployment)
    raise NotFound("There is no such deployment.", param="deployment_id")


_ROUTE = "/routes/{route_id}"
_NEW_PRICE = fields(
    ("since", "input", "output"), since=DAY, input=AMOUNT, output=AMOUNT, cached_input=AMOUNT, cache_write=AMOUNT,
    cache_write_1h=AMOUNT, request=AMOUNT, image=AMOUNT, margin_percent=AMOUNT,
)  # fmt: skip

ENDPOINTS = (
    AdminEndpoint("listRoutes", "GET", "/routes", Resource.CATALOG, "List the routes of the catalog", list_routes,
                  listed(ROUTE), query=PAGING),
    AdminEndpoint("getRoute", "GET", _ROUTE, Resource.CATALOG, "Read a route", get_route, ROUTE),
    AdminEndpoint("changeRoute", "PATCH", _ROUTE, Resource.CATALOG,
                  "Switch a route on or off, withdraw it, or move it in lists", change_route, ROUTE,
                  fields((), enabled=FLAG, lifecycle=one_of(*Lifecycle), place=whole(1, 100_000)), operator=True),
    AdminEndpoint("deleteRoute", "DELETE", _ROUTE, Resource.CATALOG, "Delete a route that nobody can call",
                  delete_route, operator=True),
    AdminEndpoint("listPrices", "GET", "/prices", Resource.CATALOG, "List the prices in force", list_prices,
                  listed(PRICE), query=PAGING),
    AdminEndpoint("getPrice", "GET", f"{_ROUTE}/price", Resource.CATALOG, "Read the price of a route on a day",
                  get_price, PRICE, query={"day": DAY}),
    AdminEndpoint("addPrice", "POST", f"{_ROUTE}/prices", Resource.CATALOG,
                  "Add a price in US dollars per million tokens, from a day on", add_price, PRICE, _NEW_PRICE,
                  changes=_ROUTE, operator=True),
    AdminEndpoint("withdrawPrice", "DELETE", f"{_ROUTE}/prices/{{since}}", Resource.CATALOG,
                  "Withdraw a price that has not begun", withdraw_price, changes=_ROUTE,
                  operator=True),
    AdminEndpoint("listDeployments", "GET", "/deployments", Resource.CATALOG,
                  "List the deployments, and what each still needs", list_deployments, listed(DEPLOYMENT),
                  query=PAGING, operator=True),
    AdminEndpoint("getDeployment", "GET", "/deployments/{deployment_id}", Resource.CATALOG, "Read a deployment",
                  get_deployment, DEPLOYMENT, operator=True),
)  # fmt: skip
