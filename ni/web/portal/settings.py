"""Settings of the person who is signed in: the profile, and what guards the sign-in.

The pages of the account and its people are in `team`, the second factor in `second_factor`. A form posts to an address
that shows its page too, so that reloading after an error shows the form.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, refresh
from wtforms import PasswordField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import EqualTo, InputRequired, Length

from ni.access.refusals import Refused
from ni.access.sessions import mark_of_token
from ni.web.i18n import LANGUAGES, current_language
from ni.web.portal.context import person, services
from ni.web.portal.forms import (
    PageForm,
    blame,
    entered,
    entered_secret,
    name_field,
    new_password_field,
)
from ni.web.portal.sessions import begin, former_session, token, user_agent
from ni.web.security import AccessRule, authorised

bp = Blueprint("settings", __name__, url_prefix="/portal/settings")


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


@bp.get("")
@bp.get("/profile")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The profile as it is."""
    user = person()
    return _profile_page(ProfileForm(name=user.name, language=user.locale or current_language()))


def _profile_page(form: ProfileForm, problem: str = "") -> str:
    return render_template("portal/settings.html", profile=form, problem=problem)


@bp.post("/profile")
@authorised(AccessRule.SESSION)
def change_profile() -> ResponseReturnValue:
    """Store name and language."""
    form, user = ProfileForm(request.form), person()
    if not form.validate():
        return _profile_page(form), 400
    name, language = entered(form.name), entered(form.language)
    try:
        services().access.users.edit(user.user_id, name=name, locale=language, theme=user.theme)
    except Refused as refusal:
        return _profile_page(form, blame(form, refusal)), 400
    refresh()
    flash(gettext("Your profile is saved."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.get("/security")
@bp.get("/password")
@authorised(AccessRule.SESSION)
def security() -> ResponseReturnValue:
    """The password, the second factor, and where one is signed in."""
    return _security_page(PasswordForm())


def _security_page(form: PasswordForm, problem: str = "") -> str:
    user, access = person(), services().access
    return render_template(
        "portal/settings_security.html",
        password=form,
        problem=problem,
        second_factor=access.second_factor.on(user.user_id),
        sessions=access.sessions.list(user.user_id),
        this_session=mark_of_token(token().reveal()),
    )


@bp.post("/password")
@authorised(AccessRule.SESSION)
def change_password() -> ResponseReturnValue:
    """Change the password; every other session of the person ends."""
    form, user, access = PasswordForm(request.form), person(), services().access
    if not form.validate():
        return _security_page(form), 400
    current, new = entered_secret(form.current), entered_secret(form.new)
    try:
        access.users.change_password(access.users.get(user.user_id) or abort(404), current, new)
    except Refused as refusal:
        problem = blame(form, refusal, {"password": "new", "old_password": "current"})
        return _security_page(form, problem), 400
    begin(access.sessions.start(user.user_id, user.account_id, user_agent(), former_session()))
    flash(gettext("Your password is changed. Other sessions are signed out."), "success")
    return redirect(url_for("settings.security"), 303)


@bp.post("/sessions/<mark>/end")
@authorised(AccessRule.SESSION)
def end_session(mark: str) -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    if not services().access.sessions.end_marked(person().user_id, mark):
        abort(404)
    flash(gettext("That session is signed out."), "success")
    return redirect(url_for("settings.security"), 303)
