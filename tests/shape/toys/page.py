"""A page that says how many keys the account has."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person
from ni.web.security import AccessRule, authorised

bp = Blueprint("toy", __name__, url_prefix="/portal/toy")


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The account of whoever is signed in."""
    return render_template("portal/toy.html", account=person().account_id)
