"""Settings: one page about oneself (profile, password, second factor, sign-ins) and, for owners, about the account.

`team` and `second_factor` hold what the account's forms and the second factor do; `page` shows this page again with
their complaints.
"""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh

from ni.access.accounts import Account, Role
from ni.access.refusals import Refused
from ni.access.sessions import mark_of_token
from ni.web.i18n import current_language
from ni.web.portal.context import own_account, person, services
from ni.web.portal.forms import blame, entered, entered_secret
from ni.web.portal.sessions import begin, former_session, token, user_agent
from ni.web.portal.settings_forms import AccountForm, InviteForm, PasswordForm, ProfileForm
from ni.web.security import Rule, authorised

bp = Blueprint("settings", __name__, url_prefix="/portal/settings")


def page(**changed: Any) -> str:
    """The page; `changed` are the forms that were sent, and `problem` the fault of a whole form."""
    user, access = person(), services().access
    shown: dict[str, Any] = {
        "profile": ProfileForm(name=user.name, language=user.locale or current_language()),
        "password": PasswordForm(),
        "second_factor": access.second_factor.on(user.user_id),
        "sessions": access.sessions.list(user.user_id),
        "this_session": mark_of_token(token().reveal()),
        "members": access.members_of(user.account_id).list(),
    }
    if user.role is Role.OWNER:
        shown["account"] = _account_form(own_account())
        shown["invite"] = InviteForm(role=Role.MEMBER)
    return render_template("portal/settings.html", **(shown | changed))


def _account_form(account: Account) -> AccountForm:
    return AccountForm(
        account_name=account.name,
        time_zone=account.time_zone,
        commands=account.commands,
        min_evidence=account.min_evidence,
        shares_mappings=account.shares_mappings,
        block_labels=sorted(account.block_labels),
    )


@bp.get("")
@authorised(Rule.SESSION)
def show() -> ResponseReturnValue:
    """The forms with what is stored."""
    return page()


@bp.post("/profile")
@authorised(Rule.SESSION)
def change_profile() -> ResponseReturnValue:
    """Store name and language."""
    form, user = ProfileForm(request.form), person()
    if not form.validate():
        return page(profile=form), 400
    name, language = entered(form.name), entered(form.language)
    try:
        services().access.users.edit(user.user_id, name=name, locale=language, theme=user.theme)
    except Refused as refusal:
        return page(profile=form, problem=blame(form, refusal)), 400
    refresh()
    flash(gettext("Your profile is stored."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/password")
@authorised(Rule.SESSION)
def change_password() -> ResponseReturnValue:
    """Change the password; every other session of the person ends."""
    form, user, access = PasswordForm(request.form), person(), services().access
    if not form.validate():
        return page(password=form), 400
    current, new = entered_secret(form.current), entered_secret(form.new)
    try:
        access.users.change_password(access.users.get(user.user_id) or abort(404), current, new)
    except Refused as refusal:
        problem = blame(form, refusal, {"password": "new", "old_password": "current"})
        return page(password=form, problem=problem), 400
    begin(access.sessions.start(user.user_id, user.account_id, user_agent(), former_session()))
    flash(gettext("Your password is changed. Other sessions are signed out."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/sessions/<mark>/end")
@authorised(Rule.SESSION)
def end_session(mark: str) -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    if not services().access.sessions.end_marked(person().user_id, mark):
        abort(404)
    flash(gettext("That session is signed out."), "success")
    return redirect(url_for("settings.show"), 303)
