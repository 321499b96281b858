"""Drift, for the operator: where deployments were found elsewhere than they are said to be, and the lists that tell."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import services
from ni.web.security import AccessRule, authorised

bp = Blueprint("drift", __name__, url_prefix="/portal/drift")


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The page."""
    residency = services().residency
    return render_template(
        "portal/drift.html",
        events=residency.events(),
        met=residency.met_today(),
        lists=residency.lists(),
        enforces=residency.enforces(),
    )
