"""Deployments, for the operator: what is configured, what is missing or refused, and how to mend it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import services
from ni.web.security import AccessRule, authorised

bp = Blueprint("deployments", __name__, url_prefix="/portal/deployments")


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The page."""
    offered = services()
    return render_template(
        "portal/deployments.html",
        deployments=offered.operator.deployments(),
        verdicts=offered.residency.verdicts(),
    )
