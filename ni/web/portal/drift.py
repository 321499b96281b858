"""Drift, for the operator: says that providers' addresses are not compared with routes in this version."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.security import Rule, authorised

bp = Blueprint("drift", __name__, url_prefix="/portal/drift")


@bp.get("")
@authorised(Rule.OPERATOR)
def show() -> ResponseReturnValue:
    """The page."""
    return render_template("portal/drift.html")
