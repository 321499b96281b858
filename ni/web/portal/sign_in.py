"""Signing in, with a second factor where there is one, and signing out."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import logout_user
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from ni.access.refusals import CodeWanted, LinkSpent, Refused, SignInRefused, TooManyTries
from ni.domain.secret import Secret
from ni.web.portal.context import services, signed_in
from ni.web.portal.forms import PageForm, SignInForm, blame, entered, entered_secret
from ni.web.portal.preferences import ResumedForm, carried_form, local_path, offer_again
from ni.web.portal.sessions import attempt, begin, known_device
from ni.web.security import AccessRule, authorised

bp = Blueprint("sign_in", __name__, url_prefix="/portal")

CODE_DUE = "code_due"
"""Where the signed cookie keeps the half-done sign-in between the password and the code."""

DEVICE = "device"
"""Where it keeps the browser's id meanwhile, known for the address whose password was right."""


class CodeForm(PageForm):
    """The second factor."""

    code = StringField(
        lazy_gettext("Code"),
        [InputRequired(), Length(max=40)],
        description=lazy_gettext("Six digits from your app, or one of your recovery codes."),
    )


@bp.get("/sign-in")
@authorised(AccessRule.ANONYMOUS)
def show() -> ResponseReturnValue:
    """The form; whoever is signed in goes straight to the page they asked for."""
    if signed_in() is not None:
        return redirect(local_path(request.args.get("next", "")), 303)
    return render_template("portal/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@authorised(AccessRule.ANONYMOUS)
def submit() -> ResponseReturnValue:
    """Sign in, or say that it failed in words that do not tell which part was wrong."""
    form, resumed = SignInForm(request.form), carried_form()
    if not form.validate():
        return render_template("portal/sign_in.html", form=form, resumed=resumed), 400
    device = known_device(entered(form.email))
    try:
        opened = services().access.sign_in.sign_in(
            attempt(entered(form.email), entered_secret(form.password), device)
        )
    except TooManyTries as fault:
        problem = gettext("Too many attempts. Wait %(wait_s)s s and try again.", wait_s=fault.wait_s)
        return render_template("portal/sign_in.html", form=form, problem=problem, resumed=resumed), 429
    except CodeWanted as due:
        session[CODE_DUE], session[DEVICE] = due.token.reveal(), device
        if resumed is not None:
            return render_template("portal/sign_in_code.html", form=CodeForm(), resumed=resumed)
        return redirect(url_for("sign_in.ask_code", next=request.args.get("next") or None), 303)
    except SignInRefused:
        problem = gettext(SignInRefused.text)  # one sentence for a wrong password and for a pause
        return render_template("portal/sign_in.html", form=form, problem=problem, resumed=resumed), 403
    begin(opened)
    return _onward(resumed)


def _onward(resumed: ResumedForm | None) -> ResponseReturnValue:
    """To the page that was asked for, or back to the form that was refused."""
    if resumed is not None:
        return offer_again(resumed)
    return redirect(local_path(request.args.get("next", "")), 303)


@bp.get("/sign-in/code")
@authorised(AccessRule.ANONYMOUS)
def ask_code() -> ResponseReturnValue:
    """The form for the second factor, after a right password."""
    if CODE_DUE not in session:
        return redirect(url_for("sign_in.show"), 303)
    return render_template("portal/sign_in_code.html", form=CodeForm())


@bp.post("/sign-in/code")
@authorised(AccessRule.ANONYMOUS)
def finish() -> ResponseReturnValue:
    """Sign in with the code, or back to the password when it was given too long ago."""
    form, resumed = CodeForm(request.form), carried_form()
    if not form.validate():
        return render_template("portal/sign_in_code.html", form=form, resumed=resumed), 400
    browser = attempt("", Secret(""), str(session.get(DEVICE, "")))
    try:
        opened = services().access.sign_in.finish(str(session.get(CODE_DUE, "")), entered(form.code), browser)
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/sign_in_code.html", form=form, problem=problem, resumed=resumed), 403
    except LinkSpent:
        session.pop(CODE_DUE, None)
        flash(gettext("That took longer than five minutes. Sign in again."), "warning")
        return redirect(url_for("sign_in.show"), 303)
    begin(opened)
    return _onward(resumed)


@bp.post("/sign-out")
@authorised(AccessRule.ANONYMOUS)
def leave() -> ResponseReturnValue:
    """End the session here and in the database."""
    text = session.get("_user_id")
    if text:
        services().access.sessions.end(text)
    logout_user()
    session.clear()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("sign_in.show"), 303)
