"""Prices, for the operator: every route with its price, and why one cannot be called."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.domain.route import Price, Route, Tier
from ni.web.portal.context import services
from ni.web.portal.deployments import uncallable_reason
from ni.web.security import AccessRule, authorised

bp = Blueprint("prices", __name__, url_prefix="/portal/prices")


@dataclass(frozen=True, slots=True)
class PricedRoute:
    """A route and its price today; `reason` says in a word why it cannot be called (`disabled`, `unpriced`, ...)."""

    route: Route
    price: Price | None
    reason: str = ""


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """Every route of the catalog, callable or not."""
    catalog = services().catalog
    usable = {route.id for route in catalog.callable_by(frozenset(Tier))}
    prices = [
        PricedRoute(route, route.price, "" if route.id in usable else uncallable_reason(route) or "unknown")
        for route in catalog.routes()
    ]
    return render_template("portal/prices.html", prices=prices)
