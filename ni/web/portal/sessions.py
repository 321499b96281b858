"""Browser sessions of the portal: Flask-Login, the session cookie, and the cookie of a browser that signed in before.

The session cookie holds, signed, a random session text; `ni.access.sessions` knows whose it is and when it ends. At
sign-in the cookie's old content is thrown away, so that one planted before is worthless. "Remember me" is never used.

The device cookie gives no right. It only says which tries are counted together: a stranger's wrong passwords are not
those of a browser that its owner used. It names a random device and a digest of the address, and lasts half a year.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping

from flask import (
    Flask,
    Response,
    abort,
    after_this_request,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, login_user
from itsdangerous import BadData, URLSafeTimedSerializer

from ni.access.sessions import SignedInUser
from ni.access.sign_in import Attempt
from ni.domain.activity import Way
from ni.domain.secret import Secret
from ni.web.acting import recognise
from ni.web.portal.context import services, signed_in
from ni.web.portal.forms import SignInForm
from ni.web.portal.preferences import refused_form
from ni.web.security import AccessRule, Check

DEVICE_LIFE_S = 180 * 24 * 60 * 60


class LoginUser:
    """Flask-Login's view of a person: its id is the session's text."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, opened: Secret, person: SignedInUser) -> None:
        self.opened = opened
        self.person = person

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie."""
        return self.opened.reveal()


def install(app: Flask) -> None:
    """Register what finds the person behind a session."""
    manager = LoginManager()
    manager.session_protection = None  # the session's own row decides; addresses of phones and laptops change
    manager.user_loader(_load)
    manager.init_app(app)


def _load(text: str) -> LoginUser | None:
    user = services().access.sessions.find(text)
    if user is None:
        return None
    recognise(user.email, Way.PORTAL)
    return LoginUser(Secret(text), user)


def begin(opened: Secret) -> None:
    """Make the browser's cookie hold a new session and nothing of an old one."""
    user = _load(opened.reveal())
    if user is None:
        abort(503)
    cookie.clear()
    login_user(user)
    remember_device(user.person.email)


def token() -> Secret:
    """The session of this request, on pages whose rule requires one."""
    return Secret(str(cookie["_user_id"]))


def user_agent() -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")


def former_session() -> str:
    """The session that the browser held before; it ends at sign-in."""
    former = cookie.get("_user_id")
    return former if isinstance(former, str) else ""


def attempt(email: str, password: Secret, device: str) -> Attempt:
    """A try to sign in from the browser that asks."""
    return Attempt(email, password, request.remote_addr or "", user_agent(), former_session(), device)


def _check_session() -> ResponseReturnValue | None:
    if signed_in() is not None:
        return None
    if request.method not in ("GET", "HEAD"):
        resumed = refused_form()
        if resumed is None:
            return redirect(url_for("sign_in.show"), 303)
        problem = gettext("Your session has ended. Sign in; what you entered is kept.")
        page = render_template("portal/sign_in.html", form=SignInForm(), problem=problem, resumed=resumed)
        return page, 403
    return redirect(url_for("sign_in.show", next=request.full_path.rstrip("?")), 303)


def _check(allowed: Callable[[SignedInUser], bool]) -> Check:
    """The check of a rule that lets in only some of those who are signed in."""

    def check() -> ResponseReturnValue | None:
        refusal, user = _check_session(), signed_in()
        if user is not None and not allowed(user):
            abort(403)
        return refusal

    return check


CHECKS: Mapping[AccessRule, Check] = {
    AccessRule.SESSION: _check_session,
    AccessRule.MEMBER: _check(lambda user: not user.auditor),
    AccessRule.AUDIT: _check(lambda user: user.owner or user.auditor or user.operator),
    AccessRule.OWNER: _check(lambda user: user.owner),
    AccessRule.OPERATOR: _check(lambda user: user.operator),
}


def known_device(email: str) -> str:
    """The id of this browser, if it signed in with this address before; else empty."""
    try:
        content = _signer().loads(request.cookies.get(_device_cookie(), ""), max_age=DEVICE_LIFE_S)
    except BadData:
        return ""
    if not isinstance(content, list) or len(content) != 2 or content[1] != _digest(email):
        return ""
    return str(content[0])


def remember_device(email: str) -> None:
    """Put the device cookie on the response to this request."""
    value = _signer().dumps([known_device(email) or secrets.token_urlsafe(12), _digest(email)])

    @after_this_request
    def put(response: Response) -> Response:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            _device_cookie(), value, DEVICE_LIFE_S, path="/", secure=secure, httponly=True, samesite="Lax"
        )
        return response


def _device_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="device")


def _digest(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
