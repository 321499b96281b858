"""Prices, for the operator: every route with its price, and why one cannot be called."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import services
from ni.web.security import AccessRule, authorised

bp = Blueprint("prices", __name__, url_prefix="/portal/prices")


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The page."""
    return render_template("portal/prices.html", prices=services().operator.prices())
