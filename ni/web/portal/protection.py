"""What people do about their own sign-ins on the Settings page: end one, switch the second factor on and off."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import Refused
from ni.web.portal.context import person, services
from ni.web.portal.forms import blame, entered, entered_secret
from ni.web.portal.forms_team import DisableForm, EnrolForm
from ni.web.security import AccessRule, authorised

bp = Blueprint("protection", __name__, url_prefix="/portal/settings")


@bp.post("/sessions/<mark>/end")
@authorised(AccessRule.SESSION)
def end_session(mark: str) -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    if not services().protection.end_session(person().user_id, mark):
        abort(404)
    flash(gettext("That session is signed out."), "success")
    return redirect(url_for("settings.show"), 303)


@bp.get("/second-factor")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """What to scan, or how to switch it off."""
    protection = services().protection
    if protection.has_second_factor(person().user_id):
        return render_template("portal/second_factor_off.html", form=DisableForm())
    enrolment = protection.enrol(person().email)
    form = EnrolForm(secret=enrolment.secret.reveal())
    return render_template("portal/second_factor.html", form=form, enrolment=enrolment)


@bp.post("/second-factor")
@authorised(AccessRule.SESSION)
def enable() -> ResponseReturnValue:
    """Switch it on with a code that fits, and show the recovery codes, once."""
    form, problem = EnrolForm(request.form), ""
    if form.validate():
        password, secret = entered_secret(form.current), entered_secret(form.secret)
        try:
            codes = services().protection.enable(person().user_id, password, secret, entered(form.code))
        except Refused as refusal:
            problem = blame(form, refusal)
        else:
            return render_template("portal/recovery_codes.html", codes=codes)
    enrolment = services().protection.enrol(person().email, entered_secret(form.secret) or None)
    return render_template("portal/second_factor.html", form=form, enrolment=enrolment, problem=problem), 400


@bp.post("/second-factor/off")
@authorised(AccessRule.SESSION)
def disable() -> ResponseReturnValue:
    """Switch it off, with the password."""
    form = DisableForm(request.form)
    if not form.validate():
        return render_template("portal/second_factor_off.html", form=form), 400
    try:
        services().protection.disable(person().user_id, entered_secret(form.current))
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/second_factor_off.html", form=form, problem=problem), 400
    flash(gettext("Signing in asks for your password alone."), "success")
    return redirect(url_for("settings.show"), 303)
