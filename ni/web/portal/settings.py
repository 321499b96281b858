"""Settings: one page about oneself (profile, password, second factor, sign-ins) and, for owners, about the account.

`team` and `second_factor` hold what the account's forms and the second factor do; `page` shows this page again with
their errors.
"""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, refresh
from wtforms import BooleanField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import EqualTo, InputRequired, Length

from ni.access.accounts import Account, Role
from ni.access.refusals import Refused
from ni.access.sessions import mark_of_token
from ni.web.i18n import LANGUAGES, current_language
from ni.web.portal.context import own_account, person, services
from ni.web.portal.forms import (
    PageForm,
    blame,
    entered,
    entered_secret,
    evidence_field,
    labels_field,
    name_field,
    new_password_field,
)
from ni.web.portal.sessions import begin, former_session, token, user_agent
from ni.web.security import AccessRule, authorised

bp = Blueprint("settings", __name__, url_prefix="/portal/settings")


@cache
def _zones() -> tuple[SelectChoice, ...]:
    return tuple(SelectChoice(zone) for zone in sorted(available_timezones()))


class ProfileForm(PageForm):
    """What people may change about themselves."""

    name = name_field(lazy_gettext("Your name"))
    language = SelectField(
        lazy_gettext("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )


class ResetForm(PageForm):
    """A new password, twice."""

    new = new_password_field(lazy_gettext("New password"))
    again = PasswordField(
        lazy_gettext("New password again"),
        [InputRequired(), EqualTo("new", lazy_gettext("The two passwords are not the same."))],
    )


class PasswordForm(ResetForm):
    """A new password, twice, after the old one."""

    current = PasswordField(lazy_gettext("Current password"), [InputRequired(), Length(max=256)])


class AccountForm(PageForm):
    """What owners decide about their account."""

    account_name = name_field(lazy_gettext("Name of the account"))
    time_zone = SelectField(
        lazy_gettext("Time zone"),
        choices=_zones,
        description=lazy_gettext("Daily caps reset at midnight of the account’s time zone."),
    )
    min_evidence = evidence_field(
        lazy_gettext("Calls of every key whose place rests on less are refused. A key may demand more.")
    )
    block_labels = labels_field()
    commands = BooleanField(lazy_gettext("In-chat commands such as ni-models are answered here"))
    shares_mappings = BooleanField(lazy_gettext("Names that a key pins in chat are pinned for every key"))


class InviteForm(PageForm):
    """Which role an invitation offers."""

    role = SelectField(
        lazy_gettext("Role"),
        choices=[
            SelectChoice(Role.MEMBER, lazy_gettext("Member: sees the account, changes nothing")),
            SelectChoice(Role.OWNER, lazy_gettext("Owner: decides about keys, people and settings")),
        ],
    )


def page(**changed: Any) -> str:
    """Render the page; `changed` holds the forms that were sent, and `problem` the fault of a whole form."""
    user, access = person(), services().access
    shown: dict[str, Any] = {
        "profile": ProfileForm(name=user.name, language=user.locale or current_language()),
        "password": PasswordForm(),
        "second_factor": access.second_factor.on(user.user_id),
        "sessions": access.sessions.list(user.user_id),
        "this_session": mark_of_token(token().reveal()),
        "members": access.members_of(user.account_id).list(),
    }
    if user.owner:
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
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The forms with what is stored."""
    return page()


@bp.post("/profile")
@authorised(AccessRule.SESSION)
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
    flash(gettext("Your profile is saved."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/password")
@authorised(AccessRule.SESSION)
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
@authorised(AccessRule.SESSION)
def end_session(mark: str) -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    if not services().access.sessions.end_marked(person().user_id, mark):
        abort(404)
    flash(gettext("That session is signed out."), "success")
    return redirect(url_for("settings.show"), 303)
