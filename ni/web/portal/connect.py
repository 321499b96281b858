"""Connect: the guides with this instance's address, and whether a request has arrived."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, portal
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.usage_views import UsageFilter, usage_page
from ni.web.security import AccessRule, authorised

bp = Blueprint("connect", __name__)

NEWEST = 3


@bp.get("/portal/connect")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """Address, key, guides, and the newest requests."""
    rows = usage_page(person().account_id, UsageFilter(), NEWEST).rows
    return render_template(
        "portal/connect.html",
        guides=portal().guides.all(),
        rows=rows,
        example=example_of(callable_routes().routes),
    )


@bp.get("/portal/connect/live")
@authorised(AccessRule.SESSION)
def live() -> ResponseReturnValue:
    """The newest requests alone, for the page's own script."""
    rows = usage_page(person().account_id, UsageFilter(), NEWEST).rows
    return render_template("portal/usage_rows.html", rows=rows)


@bp.get("/portal/connect/<name>")
@authorised(AccessRule.SESSION)
def guide(name: str) -> ResponseReturnValue:
    """One guide, in the portal."""
    guide = portal().guides.find(name)
    return render_template("guide.html", guide=guide) if guide else abort(404)
