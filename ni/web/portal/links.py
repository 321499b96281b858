"""Pages behind one-time links: the first user, a new password, joining an account by invitation."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.accounts import DEFAULT, Account
from ni.access.onboarding import NewUser, Purpose
from ni.access.refusals import LinkSpent, Refused
from ni.web.portal.context import person, services, signed_in
from ni.web.portal.forms import NewUserForm, blame, entered, entered_secret
from ni.web.portal.sessions import begin, former_session, user_agent
from ni.web.portal.sessions import token as session_token
from ni.web.portal.settings import ResetForm
from ni.web.security import AccessRule, authorised

bp = Blueprint("links", __name__, url_prefix="/portal")


def _open(purpose: Purpose, token: str) -> bool:
    """Whether the link is good; it dies with its use."""
    try:
        services().access.links.find(purpose, token)
    except LinkSpent:
        return False
    return True


def _closed() -> ResponseReturnValue:
    return render_template("portal/link_closed.html"), 410


def _set_up_closed() -> ResponseReturnValue:
    return render_template("portal/set_up_closed.html"), 410


def _new_user(form: NewUserForm) -> NewUser:
    return NewUser(entered(form.email), entered(form.name), entered_secret(form.password))


@bp.get("/set-up/<token>")
@authorised(AccessRule.ANONYMOUS)
def ask_first_user(token: str) -> ResponseReturnValue:
    """The form while the link is good, else how to get a new one."""
    if not _open(Purpose.SET_UP, token):
        return _set_up_closed()
    return render_template("portal/set_up.html", form=NewUserForm())


@bp.post("/set-up/<token>")
@authorised(AccessRule.ANONYMOUS)
def set_up(token: str) -> ResponseReturnValue:
    """Make the first user, who owns the default account and runs the instance. Of several at once, one wins."""
    form, access = NewUserForm(request.form), services().access
    if not _open(Purpose.SET_UP, token):
        return _set_up_closed()
    if not form.validate():
        return render_template("portal/set_up.html", form=form), 400
    try:
        user_id = access.onboarding.set_up(token, _new_user(form))
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/set_up.html", form=form, problem=problem), 400
    except LinkSpent:
        return _set_up_closed()
    begin(access.sessions.start(user_id, DEFAULT, user_agent(), former_session()))
    flash(gettext("Welcome. This instance is yours; two steps remain."), "success")
    return redirect(url_for("overview.show"), 303)


@bp.get("/reset/<token>")
@authorised(AccessRule.ANONYMOUS)
def ask_password(token: str) -> ResponseReturnValue:
    """The form while the link is good."""
    if not _open(Purpose.RESET, token):
        return _closed()
    return render_template("portal/reset.html", form=ResetForm())


@bp.post("/reset/<token>")
@authorised(AccessRule.ANONYMOUS)
def reset(token: str) -> ResponseReturnValue:
    """Set the password; signing in with it comes next, with the second factor where there is one."""
    form = ResetForm(request.form)
    if not _open(Purpose.RESET, token):
        return _closed()
    if not form.validate():
        return render_template("portal/reset.html", form=form), 400
    try:
        services().access.onboarding.reset(token, entered_secret(form.new))
    except Refused as refusal:
        problem = blame(form, refusal, {"password": "new"})
        return render_template("portal/reset.html", form=form, problem=problem), 400
    except LinkSpent:
        return _closed()
    flash(gettext("Your password is changed. Sign in with it."), "success")
    return redirect(url_for("sign_in.show"), 303)


def _invited_to(token: str) -> Account | None:
    """The account that the invitation offers; None if it is used up."""
    access = services().access
    try:
        link = access.links.find(Purpose.INVITE, token)
    except LinkSpent:
        return None
    return access.accounts.get(link.account_id or "")


@bp.get("/invite/<token>")
@authorised(AccessRule.ANONYMOUS)
def ask_person(token: str) -> ResponseReturnValue:
    """The form while the invitation is good; one button for who is signed in already."""
    account = _invited_to(token)
    if account is None:
        return _closed()
    if signed_in() is not None:
        return render_template("portal/join.html", account=account.name, token=token)
    return render_template("portal/invite.html", form=NewUserForm(), account=account.name)


@bp.post("/invite/<token>")
@authorised(AccessRule.ANONYMOUS)
def accept(token: str) -> ResponseReturnValue:
    """Make a user out of the invitation. Of several at once, one wins."""
    form, account = NewUserForm(request.form), _invited_to(token)
    if account is None:
        return _closed()
    if not form.validate():
        return render_template("portal/invite.html", form=form, account=account.name), 400
    try:
        services().access.onboarding.accept(token, _new_user(form))
    except Refused as refusal:
        problem = blame(form, refusal)
        page = render_template("portal/invite.html", form=form, account=account.name, problem=problem)
        return page, 400
    except LinkSpent:
        return _closed()
    flash(gettext("You have joined %(account)s. Sign in to begin.", account=account.name), "success")
    return redirect(url_for("sign_in.show"), 303)


@bp.post("/invite/<token>/join")
@authorised(AccessRule.SESSION)
def join(token: str) -> ResponseReturnValue:
    """Let the person who is signed in accept the invitation, and go on in that account."""
    access = services().access
    try:
        account_id = access.onboarding.join(token, person().user_id)
    except Refused as refusal:
        flash(gettext(refusal.template, **refusal.values), "error")
        return redirect(url_for("overview.show"), 303)
    except LinkSpent:
        return _closed()
    go_on_in(account_id)
    flash(gettext("You have joined %(account)s.", account=person().account_name), "success")
    return redirect(url_for("overview.show"), 303)


@bp.post("/switch-account")
@authorised(AccessRule.SESSION)
def switch() -> ResponseReturnValue:
    """Go on in another of one's accounts, on its first page: what this page showed is not there."""
    go_on_in(request.form.get("account", ""))
    return redirect(url_for("overview.show"), 303)


def go_on_in(account_id: str) -> None:
    """Continue the sign-in in another account, under a new session text."""
    moved = services().access.sessions.move(session_token().reveal(), account_id)
    if moved is None:
        abort(404)
    begin(moved)


def other_accounts() -> list[Account]:
    """The person's other accounts; asks the database nothing for those who are in one alone."""
    user = person()
    if user.accounts < 2:
        return []
    return [one for one, _ in services().access.accounts.of(user.user_id) if one.id != user.account_id]
