"""Settings: one page about oneself (profile, password, second factor, sign-ins) and, for owners, about the account.

Other files hold what the account's and the sign-ins' forms do; all of them show this page again with their complaint.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh

from ni.access.refusals import Refused
from ni.web.i18n import current_language
from ni.web.portal.context import person, services
from ni.web.portal.forms import blame, entered, entered_secret
from ni.web.portal.forms_team import AccountForm, InviteForm, PasswordForm, ProfileForm
from ni.web.portal.services import Profile
from ni.web.portal.services_team import Role
from ni.web.portal.signin import begin, token, visit
from ni.web.security import AccessRule, authorised

bp = Blueprint("settings", __name__, url_prefix="/portal/settings")


def page(**changed: Any) -> str:
    """The page; `changed` are the forms that were sent, and `problem` the fault of a whole form."""
    someone, asked = person(), services()
    shown: dict[str, Any] = {
        "profile": ProfileForm(name=someone.name, language=someone.language or current_language()),
        "password": PasswordForm(),
        "second_factor": asked.protection.has_second_factor(someone.user_id),
        "sessions": asked.protection.sessions(someone.user_id, token()),
        "members": asked.team.members(someone.account_id),
    }
    if someone.role is Role.OWNER:
        terms = asked.team.terms(someone.account_id)
        shown["account"] = AccountForm(
            account_name=terms.name,
            time_zone=terms.time_zone,
            commands=terms.commands,
            min_evidence=terms.min_evidence,
            shares_mappings=terms.shares_mappings,
            block_labels=sorted(terms.block_labels),
        )
        shown["invite"] = InviteForm(role=Role.MEMBER)
    return render_template("portal/settings.html", **(shown | changed))


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The page."""
    return page()


@bp.post("/profile")
@authorised(AccessRule.SESSION)
def change_profile() -> ResponseReturnValue:
    """Store name and language."""
    form = ProfileForm(request.form)
    if not form.validate():
        return page(profile=form), 400
    try:
        services().people.change_profile(
            person().user_id, Profile(entered(form.name), entered(form.language))
        )
    except Refused as refusal:
        return page(profile=form, problem=blame(form, refusal)), 400
    refresh()
    flash(gettext("Your profile is stored."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/password")
@authorised(AccessRule.SESSION)
def change_password() -> ResponseReturnValue:
    """Change the password; every other session of the person ends."""
    form = PasswordForm(request.form)
    if not form.validate():
        return page(password=form), 400
    try:
        opened = services().people.change_password(
            person(), entered_secret(form.current), entered_secret(form.new), visit()
        )
    except Refused as refusal:
        return page(password=form, problem=blame(form, refusal, {"password": "new"})), 400
    if opened is None:
        form.current.errors = [gettext("The current password is wrong.")]
        return page(password=form), 400
    begin(opened)
    flash(gettext("Your password is changed. Other sessions are signed out."), "success")
    return redirect(url_for("settings.show"), 303)
