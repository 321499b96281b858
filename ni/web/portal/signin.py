"""Sign-in and sign-out, and the only file that knows Flask-Login.

The browser's cookie holds, signed, a random session text; the packages below know whose it is and when it ends. At
sign-in the cookie's old content is thrown away, so that one planted before is worthless. "Remember me" is never used.
"""

from collections.abc import Mapping

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, login_user, logout_user

from ni.access.refusals import CodeWanted, Refused
from ni.domain.secret import Secret
from ni.web.portal.context import services, signed_in
from ni.web.portal.device import known_device, remember_device
from ni.web.portal.forms import SignInForm, blame, entered, entered_secret
from ni.web.portal.forms_team import CodeForm
from ni.web.portal.kept import KeptForm, carried_form, offer_again, refused_form
from ni.web.portal.preferences import local_path
from ni.web.portal.services import Person, SignInThrottled, Visit
from ni.web.portal.services_team import Role
from ni.web.security import AccessRule, Check, authorised

bp = Blueprint("signin", __name__, url_prefix="/portal")

CODE_DUE = "code_due"
"""Where the signed cookie keeps the half-done sign-in between the password and the code."""

DEVICE = "device"
"""Where it keeps the browser's id meanwhile, known for the address whose password was right."""


class Visitor:
    """Flask-Login's view of a person: its id is the session's text."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, opened: Secret, person: Person) -> None:
        self.opened = opened
        self.person = person

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie."""
        return self.opened.reveal()


def install(app: Flask) -> None:
    """Teach the app to find the person behind a session."""
    manager = LoginManager()
    manager.session_protection = None  # the session's own row decides; addresses of phones and laptops change
    manager.user_loader(_load)
    manager.init_app(app)


def _load(text: str) -> Visitor | None:
    opened = Secret(text)
    person = services().people.session(opened)
    return Visitor(opened, person) if person else None


def begin(opened: Secret) -> None:
    """Make the browser's cookie hold a new session and nothing of an old one."""
    visitor = _load(opened.reveal())
    if visitor is None:
        abort(503)
    session.clear()
    login_user(visitor)
    remember_device(visitor.person.email)


def visit(device: str = "") -> Visit:
    """What is known of the browser that asks; whatever it held before is thrown away at sign-in."""
    former = session.get("_user_id")
    return Visit(
        request.remote_addr or "",
        request.headers.get("User-Agent", ""),
        former if isinstance(former, str) else "",
        device,
    )


def token() -> Secret:
    """The session of this request, on pages whose rule lets nobody else in."""
    return Secret(str(session["_user_id"]))


def _check_session() -> ResponseReturnValue | None:
    if signed_in() is not None:
        return None
    if request.method not in ("GET", "HEAD"):
        kept = refused_form()
        if kept is None:
            return redirect(url_for("signin.show"), 303)
        problem = gettext("Your session has ended. Sign in; what you entered is kept.")
        return render_template("portal/sign_in.html", form=SignInForm(), problem=problem, kept=kept), 403
    return redirect(url_for("signin.show", next=request.full_path.rstrip("?")), 303)


def _check_owner() -> ResponseReturnValue | None:
    refusal = _check_session()
    person = signed_in()
    if person is not None and person.role is not Role.OWNER:
        abort(403)
    return refusal


def _check_operator() -> ResponseReturnValue | None:
    refusal = _check_session()
    person = signed_in()
    if person is not None and not person.operator:
        abort(403)
    return refusal


CHECKS: Mapping[AccessRule, Check] = {
    AccessRule.SESSION: _check_session,
    AccessRule.OWNER: _check_owner,
    AccessRule.OPERATOR: _check_operator,
}


@bp.get("/sign-in")
@authorised(AccessRule.ANONYMOUS)
def show() -> ResponseReturnValue:
    """The form, or straight on for those who are signed in."""
    if signed_in() is not None:
        return redirect(local_path(request.args.get("next", "")), 303)
    return render_template("portal/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@authorised(AccessRule.ANONYMOUS)
def submit() -> ResponseReturnValue:
    """Sign in, or say that it failed in words that do not tell which part was wrong."""
    form, kept = SignInForm(request.form), carried_form()
    if not form.validate():
        return render_template("portal/sign_in.html", form=form, kept=kept), 400
    device = known_device(entered(form.email))
    try:
        opened = services().people.sign_in(entered(form.email), entered_secret(form.password), visit(device))
    except SignInThrottled as fault:
        problem = gettext("Too many attempts. Wait %(wait_s)s seconds and try again.", wait_s=fault.wait_s)
        return render_template("portal/sign_in.html", form=form, problem=problem, kept=kept), 429
    except CodeWanted as due:
        session[CODE_DUE], session[DEVICE] = due.token.reveal(), device
        if kept is not None:
            return render_template("portal/sign_in_code.html", form=CodeForm(), kept=kept)
        return redirect(url_for("signin.ask_code", next=request.args.get("next") or None), 303)
    if opened is None:
        problem = gettext(  # one sentence for a wrong password and for a pause, so that nothing can be probed
            "The e-mail address or the password is wrong. After five wrong tries, sign-in to an address pauses for up "
            "to 15 minutes."
        )
        return render_template("portal/sign_in.html", form=form, problem=problem, kept=kept), 403
    begin(opened)
    return _onward(kept)


def _onward(kept: KeptForm | None) -> ResponseReturnValue:
    """To the page that was asked for, or back to the form that was refused."""
    if kept is not None:
        return offer_again(kept)
    return redirect(local_path(request.args.get("next", "")), 303)


@bp.get("/sign-in/code")
@authorised(AccessRule.ANONYMOUS)
def ask_code() -> ResponseReturnValue:
    """The form for the second factor, after a right password."""
    if CODE_DUE not in session:
        return redirect(url_for("signin.show"), 303)
    return render_template("portal/sign_in_code.html", form=CodeForm())


@bp.post("/sign-in/code")
@authorised(AccessRule.ANONYMOUS)
def finish() -> ResponseReturnValue:
    """Sign in with the code, or back to the password when it was given too long ago."""
    form, kept = CodeForm(request.form), carried_form()
    if not form.validate():
        return render_template("portal/sign_in_code.html", form=form, kept=kept), 400
    try:
        browser = visit(str(session.get(DEVICE, "")))
        opened = services().people.finish_sign_in(str(session.get(CODE_DUE, "")), entered(form.code), browser)
    except Refused as refusal:
        problem = blame(form, refusal)
        return render_template("portal/sign_in_code.html", form=form, problem=problem, kept=kept), 403
    if opened is None:
        session.pop(CODE_DUE, None)
        flash(gettext("That took longer than five minutes. Sign in again."), "warning")
        return redirect(url_for("signin.show"), 303)
    begin(opened)
    return _onward(kept)


@bp.post("/sign-out")
@authorised(AccessRule.ANONYMOUS)
def leave() -> ResponseReturnValue:
    """End the session here and in the database."""
    text = session.get("_user_id")
    if text:
        services().people.sign_out(Secret(text))
    logout_user()
    session.clear()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("signin.show"), 303)
