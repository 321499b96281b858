"""Models: the routes that can be called, with search, order and an estimate in the address; up to four side by side.

What nobody can call yet is listed apart, with the step that makes it callable. Prices and estimates are the provider's
list prices in US dollars, as the catalog has them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.credentials import credential_fields
from ni.catalog.listing import model_name
from ni.domain.reply import Usage
from ni.domain.route import Route, Tier
from ni.metering.cost import Quantities, list_price
from ni.web.i18n import long_day
from ni.web.portal.context import person, services
from ni.web.portal.deployments import form_address, missing_setting, uncallable_reason
from ni.web.security import AccessRule, authorised

bp = Blueprint("models", __name__, url_prefix="/portal/models")

CAPABILITIES = ("vision", "function_calling", "reasoning", "json_schema")
MOST_COMPARED = 4
MOST_TOKENS = 10_000_000
DEAREST = 1 << 62


def _price_of(route: Route, part: str) -> int:
    return DEAREST if route.price is None else int(getattr(route.price, part))


SORTS: Mapping[str, Callable[[Route], tuple[int, str]]] = MappingProxyType(
    {
        "name": lambda route: (0, model_name(route).lower()),
        "input": lambda route: (_price_of(route, "input"), route.id),
        "output": lambda route: (_price_of(route, "output"), route.id),
        "context": lambda route: (-route.capabilities.context_window, route.id),
    }
)


@dataclass(frozen=True, slots=True)
class CallableRoutes:
    """Routes in the catalog's stable order; `own` are the ids that only keys with BYOK can call."""

    routes: Sequence[Route]
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class WaitingRoute:
    """A route that nobody can call: why, and what makes it callable; `own` where an account's credential does.

    `form` is the address of the form that the operator enters the credential in, where that is what is missing.
    """

    route: Route
    reason: str
    step: str
    own: bool
    form: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What the address asks for; empty means everything. An estimate is for `prompt` and `answer` tokens."""

    text: str = ""
    tier: str = ""
    jurisdiction: str = ""
    capability: str = ""
    sort: str = ""
    prompt: int = 0
    answer: int = 0

    def lets_through(self, route: Route) -> bool:
        """Whether the route has every word of the text in its id or name and fits the filters."""
        words, named = self.text.lower().split(), f"{route.id} {model_name(route)}".lower()
        return (
            all(word in named for word in words)
            and self.tier in ("", route.tier)
            and self.jurisdiction in ("", route.jurisdiction)
            and (not self.capability or self.capability in capabilities_of(route))
        )

    def sorted(self, routes: Sequence[Route]) -> Sequence[Route]:
        """In the order that is asked for; the catalog's where none is."""
        return sorted(routes, key=SORTS[self.sort]) if self.sort else routes

    def fits(self, route: Route) -> bool:
        """Whether the tokens that are asked for fit into the route's context."""
        return self.prompt + self.answer <= route.capabilities.context_window

    def estimate(self, route: Route) -> int | None:
        """Nano-USD of one call with these tokens by the list price; None without tokens or price."""
        if not self.prompt + self.answer or route.price is None:
            return None
        return list_price(Quantities(Usage(uncached=self.prompt, output=self.answer)), route.price)


def ending_of(route: Route) -> str:
    """In words, when the provider ends the model, or that it did; empty where it announced nothing."""
    if not route.retires:
        return ""
    day = date.fromisoformat(route.retires)
    if day < services().clock.now().date():
        return str(gettext("Ended %(day)s", day=long_day(day)))
    return str(gettext("Ends %(day)s", day=long_day(day)))


def callable_routes(account_id: str = "") -> CallableRoutes:
    """What everybody can call and, for an account, what its own credentials make callable too."""
    catalog, tiers = services().catalog, frozenset(Tier)
    everybody = catalog.callable_by(tiers)
    stored = services().access.credentials.list(account_id) if account_id else ()
    if not stored:
        return CallableRoutes(everybody)
    routes = catalog.callable_by(tiers, frozenset(one.provider for one in stored))
    own = frozenset(route.id for route in routes) - {route.id for route in everybody}
    return CallableRoutes(routes, own)


def capabilities_of(route: Route) -> list[str]:
    """The capabilities worth a badge, in a fixed order."""
    shown = {"function_calling": "takes_tools"}
    return [name for name in CAPABILITIES if getattr(route.capabilities, shown.get(name, name))]


def example_of(routes: Sequence[Route]) -> Sequence[Route]:
    """The route for a first try: one that runs here and needs nothing else, else the first; empty if there is none."""
    here = [route for route in routes if route.tier is Tier.OWN_HARDWARE]
    return (here or routes)[:1]


def search_asked() -> Search:
    """The search that the address asks for."""
    text, tier, jurisdiction, capability, sort = (
        request.args.get(name, "")[:100] for name in ("q", "tier", "jurisdiction", "capability", "sort")
    )
    return Search(
        text,
        tier,
        jurisdiction,
        capability if capability in CAPABILITIES else "",
        sort if sort in SORTS else "",
        _tokens("prompt"),
        _tokens("answer"),
    )


def _tokens(name: str) -> int:
    """A number of tokens in the address; 0 for what is none."""
    given = request.args.get(name, "")[:12]
    return min(MOST_TOKENS, int(given)) if given.isascii() and given.isdigit() else 0


def listing(template: str, account_id: str = "") -> str:
    """The catalog in a template: the portal's page knows an account, the public one does not."""
    available, search = callable_routes(account_id), search_asked()
    return render_template(
        template,
        routes=search.sorted([route for route in available.routes if search.lets_through(route)]),
        own=available.own,
        count=len(available.routes),
        search=search,
        tiers=list(Tier),
        able=capabilities_of,
        named=model_name,
        capabilities=CAPABILITIES,
        jurisdictions=sorted({route.jurisdiction for route in available.routes}),
        waiting=waiting_routes(available) if account_id else (),
        most=MOST_COMPARED,
    )


def waiting_routes(available: CallableRoutes) -> list[WaitingRoute]:
    """The routes of the catalog that the account cannot call, each with the step that changes that."""
    known = {route.id for route in available.routes}
    others = [route for route in services().catalog.routes() if route.id not in known]
    return [_waiting(route, uncallable_reason(route)) for route in others]


def _waiting(route: Route, reason: str) -> WaitingRoute:
    own = reason == "unconfigured" and bool(credential_fields(route.provider))
    if not person().operator:
        return WaitingRoute(route, reason, gettext("The operator of this instance can change this."), own)
    steps = {
        "disabled": gettext("Enable the route in the catalog."),
        "unpriced": gettext("Give the route a price: without one it cannot be called."),
        "retired": gettext("The provider ended this model. Choose its successor."),
        "unconfigured": missing_setting(route.deployment),
        "refused": gettext("See Deployments for the residency rule that it breaks."),
    }
    form = form_address(route.deployment) if reason == "unconfigured" else ""
    return WaitingRoute(route, reason, steps.get(reason, ""), own, form)


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The routes that keys of the account can call."""
    return listing("portal/models.html", person().account_id)


@bp.get("/compare")
@authorised(AccessRule.SESSION)
def compare() -> ResponseReturnValue:
    """The routes that the address names, side by side; the first four of those that can be called."""
    asked = request.args.getlist("route")
    known = {route.id: route for route in callable_routes(person().account_id).routes}
    chosen = [known[route_id] for route_id in dict.fromkeys(asked) if route_id in known]
    return render_template(
        "portal/models_compare.html",
        routes=chosen[:MOST_COMPARED],
        left_out=len(chosen) > MOST_COMPARED,
        search=search_asked(),
        able=capabilities_of,
        named=model_name,
        most=MOST_COMPARED,
    )
