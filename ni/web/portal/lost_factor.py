"""Clearing the second factor of somebody who lost theirs: asked first, done once, logged with who did it.

Nobody clears their own here, where no password is asked: that is what the page of one's own settings is for.
"""

import logging

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import Refused
from ni.web.portal.context import person, services
from ni.web.portal.services_team import MemberView

log = logging.getLogger(__name__)


def asked_about(account_id: str, user_id: str, back: str) -> ResponseReturnValue:
    """The question."""
    if user_id == person().user_id:
        return redirect(url_for("protection.show"), 303)
    return render_template("portal/second_factor_clear.html", member=_find(account_id, user_id), back=back)


def cleared(account_id: str, user_id: str, back: str, *, by_operator: bool) -> ResponseReturnValue:
    """Clear it, end the person's sign-ins, and return to the page that asked."""
    member = _find(account_id, user_id)
    if user_id == person().user_id:
        return redirect(url_for("protection.show"), 303)
    try:
        services().team.clear_second_factor(account_id, user_id, by_operator=by_operator)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
    else:
        log.warning("second factor of %s cleared by %s", user_id, person().user_id)
        flash(gettext("%(name)s signs in with the password alone now.", name=member.name), "success")
    return redirect(back, 303)


def _find(account_id: str, user_id: str) -> MemberView:
    """A person of the account who has a second factor."""
    people = services().team.members(account_id)
    found = [member for member in people if member.user_id == user_id and member.second_factor]
    return found[0] if found else abort(404)
