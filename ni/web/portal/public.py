"""The pages that need no sign-in: what this is, the catalog, how it is secured, and what it can be trusted with."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.models import callable_routes, example_of, listing
from ni.web.security import AccessRule, authorised

bp = Blueprint("public", __name__)


@bp.get("/")
@authorised(AccessRule.ANONYMOUS)
def landing() -> ResponseReturnValue:
    """What the gateway does, in one page."""
    return render_template("landing.html", example=example_of(callable_routes().routes))


@bp.get("/models")
@authorised(AccessRule.ANONYMOUS)
def catalog() -> ResponseReturnValue:
    """The public catalog."""
    return listing("catalog.html")


@bp.get("/security")
@authorised(AccessRule.ANONYMOUS)
def security() -> ResponseReturnValue:
    """How the gateway protects what it holds, and what was left out on purpose."""
    return render_template("security.html")


@bp.get("/trust")
@authorised(AccessRule.ANONYMOUS)
def trust() -> ResponseReturnValue:
    """What may be believed about residency, personal data and records, and on what grounds."""
    return render_template("trust.html")
