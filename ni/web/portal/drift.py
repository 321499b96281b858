"""Drift, for the operator: providers that were seen to run elsewhere than their route says."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import services
from ni.web.security import Rule, authorised

bp = Blueprint("drift", __name__, url_prefix="/portal/drift")


@bp.get("")
@authorised(Rule.OPERATOR)
def show() -> ResponseReturnValue:
    """The page."""
    return render_template("portal/drift.html", drift=services().operator.drift())
