"""Models: everything that can be called, with search and filters in the address."""

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
            and (not self.capability or self.capability in able(route))
        )


def able(route: Route) -> list[str]:
    """The capabilities worth a badge, in a fixed order."""
    return [name for name in CAPABILITIES if getattr(route.capabilities, name)]


def example_of(routes: Sequence[Route]) -> Sequence[Route]:
    """The route for a first try: one that runs here and needs nothing else, else the first; empty if there is none."""
    here = [route for route in routes if route.tier is Tier.OWN_HARDWARE]
    return (here or routes)[:1]


def asked() -> Search:
    """The search that the address asks for."""
    text, tier, jurisdiction, capability = (
        request.args.get(name, "")[:100] for name in ("q", "tier", "jurisdiction", "capability")
    )
    return Search(text, tier, jurisdiction, capability if capability in CAPABILITIES else "")


def listing(template: str, account_id: str = "") -> str:
    """The catalog in a template: the portal's page knows an account, the public one does not."""
    listed = services().routes.listed(account_id)
    routes, search = listed.routes, asked()
    found = [route for route in routes if search.lets_through(route)]
    return render_template(
        template,
        routes=found,
        own=listed.own,
        count=len(routes),
        search=search,
        tiers=list(Tier),
        able=able,
        capabilities=CAPABILITIES,
        jurisdictions=sorted({route.jurisdiction for route in routes}),
    )


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The page."""
    return listing("portal/models.html", person().account_id)
