"""Settings: one's own name, language, time zone and password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh

from ni.web.i18n import current_language
from ni.web.portal.context import person, services
from ni.web.portal.forms import PasswordForm, ProfileForm, entered, entered_secret
from ni.web.portal.services import Profile, SignInThrottled
from ni.web.portal.signin import begin
from ni.web.security import Rule, authorised

bp = Blueprint("settings", __name__, url_prefix="/portal/settings")


def _profile() -> ProfileForm:
    someone = person()
    return ProfileForm(
        name=someone.name, language=someone.language or current_language(), time_zone=someone.time_zone
    )


@bp.get("")
@authorised(Rule.SESSION)
def show() -> ResponseReturnValue:
    """The page."""
    return render_template("portal/settings.html", profile=_profile(), password=PasswordForm())


@bp.post("/profile")
@authorised(Rule.SESSION)
def change_profile() -> ResponseReturnValue:
    """Store name, language and time zone."""
    form = ProfileForm(request.form)
    if not form.validate():
        return render_template("portal/settings.html", profile=form, password=PasswordForm()), 400
    services().people.change_profile(
        person().user_id, Profile(entered(form.name), entered(form.language), entered(form.time_zone))
    )
    refresh()
    flash(gettext("Your profile is stored."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.post("/password")
@authorised(Rule.SESSION)
def change_password() -> ResponseReturnValue:
    """Change the password; every other session of the person ends."""
    form = PasswordForm(request.form)
    problem = "" if form.validate() else gettext("The password was not changed.")
    if not problem:
        problem = _change(form)
    if problem:
        return render_template(
            "portal/settings.html", profile=_profile(), password=form, problem=problem
        ), 400
    flash(gettext("Your password is changed. Other sessions are signed out."), "success")
    return redirect(url_for("settings.show"), 303)


def _change(form: PasswordForm) -> str:
    """Try it; an empty answer is success."""
    try:
        token = services().people.change_password(
            person().user_id, entered_secret(form.current), entered_secret(form.new)
        )
    except SignInThrottled as fault:
        return str(gettext("Too many attempts. Wait %(wait_s)s seconds and try again.", wait_s=fault.wait_s))
    if token is None:
        return str(gettext("The current password is wrong."))
    begin(token)
    return ""
