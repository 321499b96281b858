"""Pages behind one-time links: a new password, and joining an account by invitation."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import Refused
from ni.web.portal.context import services, signed_in
from ni.web.portal.forms import SetUpForm, blame, entered, entered_secret
from ni.web.portal.forms_team import ResetForm
from ni.web.security import AccessRule, authorised

bp = Blueprint("links", __name__, url_prefix="/portal")


def _closed() -> ResponseReturnValue:
    return render_template("portal/link_closed.html"), 410


@bp.get("/reset/<token>")
@authorised(AccessRule.ANONYMOUS)
def ask_password(token: str) -> ResponseReturnValue:
    """The form while the link is good."""
    if not services().people.reset_open(token):
        return _closed()
    return render_template("portal/reset.html", form=ResetForm())


@bp.post("/reset/<token>")
@authorised(AccessRule.ANONYMOUS)
def reset(token: str) -> ResponseReturnValue:
    """Set the password; signing in with it comes next, with the second factor where there is one."""
    form = ResetForm(request.form)
    if not services().people.reset_open(token):
        return _closed()
    if not form.validate():
        return render_template("portal/reset.html", form=form), 400
    try:
        done = services().people.reset(token, entered_secret(form.new))
    except Refused as refusal:
        problem = blame(form, refusal, {"password": "new"})
        return render_template("portal/reset.html", form=form, problem=problem), 400
    if not done:
        return _closed()
    flash(gettext("Your password is changed. Sign in with it."), "success")
    return redirect(url_for("signin.show"), 303)


@bp.get("/invite/<token>")
@authorised(AccessRule.ANONYMOUS)
def ask_person(token: str) -> ResponseReturnValue:
    """The form while the invitation is good; one button for who is signed in already."""
    account = services().team.invitation(token)
    if account is None:
        return _closed()
    if signed_in() is not None:
        return render_template("portal/join.html", account=account, token=token)
    return render_template("portal/invite.html", form=SetUpForm(), account=account)


@bp.post("/invite/<token>")
@authorised(AccessRule.ANONYMOUS)
def accept(token: str) -> ResponseReturnValue:
    """Use the invitation up: of several at once, one wins."""
    form, account = SetUpForm(request.form), services().team.invitation(token)
    if account is None:
        return _closed()
    if not form.validate():
        return render_template("portal/invite.html", form=form, account=account), 400
    email, name, password = entered(form.email), entered(form.name), entered_secret(form.password)
    try:
        made = services().team.accept(token, email, name, password)
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/invite.html", form=form, account=account, problem=problem), 400
    if made is None:
        return _closed()
    flash(gettext("You have joined %(account)s. Sign in to begin.", account=account), "success")
    return redirect(url_for("signin.show"), 303)
