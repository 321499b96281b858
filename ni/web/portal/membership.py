"""Being in several accounts: joining one more by invitation, and changing from one to another.

The sign-in stays the same; only the account changes, and with it the role. The browser's session gets another text, so
that one seen before is worthless.
"""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import Refused
from ni.web.portal.context import person, services
from ni.web.portal.services_team import Membership
from ni.web.portal.signin import begin, token
from ni.web.security import AccessRule, authorised

bp = Blueprint("membership", __name__, url_prefix="/portal")


def others() -> Sequence[Membership]:
    """The person's other accounts; asks nothing for those who are in one alone."""
    someone = person()
    if someone.accounts < 2:
        return ()
    mine = services().people.accounts(someone.user_id)
    return [one for one in mine if one.account_id != someone.account_id]


@bp.post("/switch-account")
@authorised(AccessRule.SESSION)
def switch() -> ResponseReturnValue:
    """Go on in another of one's accounts, on its first page: what this page showed is not there."""
    _go_on_in(request.form.get("account", ""))
    return redirect(url_for("overview.show"), 303)


@bp.post("/invite/<invitation>/join")
@authorised(AccessRule.SESSION)
def join(invitation: str) -> ResponseReturnValue:
    """Use an invitation up as who one is, and go on in that account."""
    try:
        joined = services().team.join(invitation, person().user_id)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
        return redirect(url_for("overview.show"), 303)
    if joined is None:
        return render_template("portal/link_closed.html"), 410
    _go_on_in(joined)
    flash(gettext("You have joined %(account)s.", account=person().account_name), "success")
    return redirect(url_for("overview.show"), 303)


def _go_on_in(account_id: str) -> None:
    moved = services().people.switch(token(), account_id)
    if moved is None:
        abort(404)
    begin(moved)
