"""Models: the routes that can be called, with search and filters in the address."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ni.domain.route import Route, Tier
from ni.web.portal.context import person, services
from ni.web.security import AccessRule, authorised

bp = Blueprint("models", __name__, url_prefix="/portal/models")

CAPABILITIES = ("vision", "function_calling", "reasoning", "json_schema")


@dataclass(frozen=True, slots=True)
class CallableRoutes:
    """Routes in the catalog's stable order; `own` are the ids that only keys with BYOK can call."""

    routes: Sequence[Route]
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Search:
    """What the address asks for; empty means everything."""

    text: str = ""
    tier: str = ""
    jurisdiction: str = ""
    capability: str = ""

    def lets_through(self, route: Route) -> bool:
        """Whether the route has every word of the text in its id and fits the filters."""
        words = self.text.lower().split()
        return (
            all(word in route.id.lower() for word in words)
            and self.tier in ("", route.tier)
            and self.jurisdiction in ("", route.jurisdiction)
            and (not self.capability or self.capability in capabilities_of(route))
        )


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
    text, tier, jurisdiction, capability = (
        request.args.get(name, "")[:100] for name in ("q", "tier", "jurisdiction", "capability")
    )
    return Search(text, tier, jurisdiction, capability if capability in CAPABILITIES else "")


def listing(template: str, account_id: str = "") -> str:
    """The catalog in a template: the portal's page knows an account, the public one does not."""
    available, search = callable_routes(account_id), search_asked()
    return render_template(
        template,
        routes=[route for route in available.routes if search.lets_through(route)],
        own=available.own,
        count=len(available.routes),
        search=search,
        tiers=list(Tier),
        able=capabilities_of,
        capabilities=CAPABILITIES,
        jurisdictions=sorted({route.jurisdiction for route in available.routes}),
    )


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The routes that keys of the account can call."""
    return listing("portal/models.html", person().account_id)
