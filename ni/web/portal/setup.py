"""Set-up by one-time link: makes the first user, who owns the default account and runs the instance."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import Refused
from ni.web.portal.context import services
from ni.web.portal.forms import SetUpForm, blame, entered, entered_secret
from ni.web.portal.services import NewPerson
from ni.web.portal.signin import begin, visit
from ni.web.security import AccessRule, authorised

bp = Blueprint("setup", __name__, url_prefix="/portal/set-up")


@bp.get("/<token>")
@authorised(AccessRule.ANONYMOUS)
def show(token: str) -> ResponseReturnValue:
    """The form while the link is good, else how to get a new one."""
    if not services().people.set_up_open(token):
        return render_template("portal/set_up_closed.html"), 410
    return render_template("portal/set_up.html", form=SetUpForm())


@bp.post("/<token>")
@authorised(AccessRule.ANONYMOUS)
def submit(token: str) -> ResponseReturnValue:
    """Use the link up: of several at once, one wins."""
    form = SetUpForm(request.form)
    if not services().people.set_up_open(token):
        return render_template("portal/set_up_closed.html"), 410
    if not form.validate():
        return render_template("portal/set_up.html", form=form), 400
    newcomer = NewPerson(entered(form.name), entered(form.email), entered_secret(form.password))
    try:
        session = services().people.set_up(token, newcomer, visit())
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/set_up.html", form=form, problem=problem), 400
    if session is None:
        return render_template("portal/set_up_closed.html"), 410
    begin(session)
    flash(gettext("Welcome. This instance is yours; three steps remain."), "success")
    return redirect(url_for("overview.show"), 303)
