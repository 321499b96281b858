"""The second factor: switch one's own on and off, and clear that of somebody who lost theirs.

Clearing asks for no password, so nobody clears their own that way: they are led to the page that does ask.
"""

import logging
from dataclasses import dataclass

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ni.access.members import Member
from ni.access.refusals import Refused
from ni.access.second_factor import provisioning_uri
from ni.domain.secret import Secret
from ni.web.portal.context import person, services
from ni.web.portal.forms import PageForm, blame, entered, entered_secret
from ni.web.security import AccessRule, authorised

log = logging.getLogger(__name__)
bp = Blueprint("second_factor", __name__, url_prefix="/portal/settings/second-factor")


class EnrolForm(PageForm):
    """Switches the second factor on: its secret travels in the form until a code has shown that it works."""

    code = StringField(
        lazy_gettext("Code"),
        [InputRequired(), Length(max=40)],
        description=lazy_gettext("The six digits that the app shows now."),
    )
    secret = HiddenField(validators=[InputRequired(), Length(max=64)])
    current = PasswordField(lazy_gettext("Current password"), [InputRequired(), Length(max=256)])


class DisableForm(PageForm):
    """Switches the second factor off, with the password."""

    current = PasswordField(lazy_gettext("Current password"), [InputRequired(), Length(max=256)])


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is being set up: the secret to type, and the QR code (SVG) to scan."""

    secret: Secret
    picture: str


def _enrolment(secret: Secret) -> Enrolment:
    return Enrolment(secret, qr_code(provisioning_uri(secret, person().email)))


def qr_code(address: str) -> str:
    """A QR code (ISO/IEC 18004) as an SVG element without style or script; dark on light in either theme."""
    drawn: str = segno.make(address, error="m").svg_inline(
        scale=5, border=3, dark="#000", light="#fff", omitsize=True
    )
    return drawn


def _require_password(password: Secret) -> None:
    if not services().access.users.knows(person().user_id, password):
        raise Refused("current", "The present password is not right.")


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """What to scan, or how to switch it off."""
    factor = services().access.second_factor
    if factor.on(person().user_id):
        return render_template("portal/second_factor_off.html", form=DisableForm())
    enrolment = _enrolment(factor.fresh())
    form = EnrolForm(secret=enrolment.secret.reveal())
    return render_template("portal/second_factor.html", form=form, enrolment=enrolment)


@bp.post("")
@authorised(AccessRule.SESSION)
def enable() -> ResponseReturnValue:
    """Switch it on with a code that fits, and show the recovery codes, once."""
    form, problem, factor = EnrolForm(request.form), "", services().access.second_factor
    secret = entered_secret(form.secret)
    if form.validate():
        try:
            _require_password(entered_secret(form.current))
            codes = factor.enable(person().user_id, secret, entered(form.code))
        except Refused as refusal:
            problem = blame(form, refusal)
        else:
            return render_template("portal/recovery_codes.html", codes=codes)
    enrolment = _enrolment(secret or factor.fresh())
    return render_template("portal/second_factor.html", form=form, enrolment=enrolment, problem=problem), 400


@bp.post("/off")
@authorised(AccessRule.SESSION)
def disable() -> ResponseReturnValue:
    """Switch it off, with the password."""
    form = DisableForm(request.form)
    if not form.validate():
        return render_template("portal/second_factor_off.html", form=form), 400
    try:
        _require_password(entered_secret(form.current))
        services().access.second_factor.disable(person().user_id)
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/second_factor_off.html", form=form, problem=problem), 400
    flash(gettext("Signing in asks for your password alone."), "success")
    return redirect(url_for("settings.security"), 303)


def confirm_clearing(account_id: str, user_id: str, back: str) -> ResponseReturnValue:
    """Ask before the second factor of a member is cleared; `back` is the page to return to."""
    if user_id == person().user_id:
        return redirect(url_for("second_factor.show"), 303)
    member = _member_with_factor(account_id, user_id)
    return render_template("portal/second_factor_clear.html", member=member, back=back)


def clear(account_id: str, user_id: str, back: str, *, by_operator: bool) -> ResponseReturnValue:
    """Clear it, end the person's sign-ins, and return to the page that asked."""
    member = _member_with_factor(account_id, user_id)
    if user_id == person().user_id:
        return redirect(url_for("second_factor.show"), 303)
    try:
        services().access.members_of(account_id).clear_second_factor(user_id, by_operator=by_operator)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
    else:
        log.warning("second factor of %s cleared by %s", user_id, person().user_id)
        flash(gettext("%(name)s signs in with the password alone now.", name=member.name), "success")
    return redirect(back, 303)


def _member_with_factor(account_id: str, user_id: str) -> Member:
    people = services().access.members_of(account_id).list()
    members = [member for member in people if member.user_id == user_id and member.second_factor]
    return members[0] if members else abort(404)
