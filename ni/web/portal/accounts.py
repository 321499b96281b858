"""Accounts, for the operator: all teams of the instance, and a new one with an invitation for its first owner."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ni.access.refusals import Refused
from ni.web.portal.context import services
from ni.web.portal.forms import blame, entered
from ni.web.portal.forms_team import NewAccountForm
from ni.web.portal.team import invitation
from ni.web.security import AccessRule, authorised

bp = Blueprint("accounts", __name__, url_prefix="/portal/accounts")


def _page(form: NewAccountForm, problem: str = "") -> str:
    return render_template(
        "portal/accounts.html", accounts=services().operator.accounts(), form=form, problem=problem
    )


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The page."""
    return _page(NewAccountForm())


@bp.post("")
@authorised(AccessRule.OPERATOR)
def create() -> ResponseReturnValue:
    """Make an account and show the link with which its first owner joins, the only time it is seen."""
    form = NewAccountForm(request.form)
    if not form.validate():
        return _page(form), 400
    try:
        token = services().operator.create_account(entered(form.name))
    except Refused as refusal:
        return _page(form, blame(form, refusal)), 400
    return render_template("portal/invited.html", address=invitation(token.reveal()), back="accounts.show")
