"""Connect: the guides with this instance's address, in the portal and in public, and whether a request has arrived."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, portal, services
from ni.web.portal.figures import UsageFilter
from ni.web.portal.models import example_of
from ni.web.security import AccessRule, authorised

bp = Blueprint("connect", __name__)

NEWEST = 3


@bp.get("/portal/connect")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """Address, key, guides, and the newest requests."""
    rows = services().usage.rows(person().account_id, UsageFilter(), NEWEST).rows
    return render_template(
        "portal/connect.html",
        guides=portal().guides.all(),
        rows=rows,
        example=example_of(services().routes.listed().routes),
    )


@bp.get("/portal/connect/live")
@authorised(AccessRule.SESSION)
def live() -> ResponseReturnValue:
    """The newest requests alone, for the page's own script."""
    rows = services().usage.rows(person().account_id, UsageFilter(), NEWEST).rows
    return render_template("portal/usage_rows.html", rows=rows)


@bp.get("/portal/connect/<name>")
@authorised(AccessRule.SESSION)
def guide(name: str) -> ResponseReturnValue:
    """One guide, in the portal."""
    found = portal().guides.find(name)
    if found is None:
        abort(404)
    return render_template("guide.html", guide=found, plain=False)


@bp.get("/docs/")
@authorised(AccessRule.ANONYMOUS)
def index() -> ResponseReturnValue:
    """All guides, in public."""
    return render_template("docs.html", guides=portal().guides.all())


@bp.get("/docs/<name>.html")
@authorised(AccessRule.ANONYMOUS)
def public_guide(name: str) -> ResponseReturnValue:
    """One guide, in public."""
    found = portal().guides.find(name)
    if found is None:
        abort(404)
    return render_template("guide.html", guide=found, plain=True)
