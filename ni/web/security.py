"""Rules for every page and endpoint: declared authorisation, the Host, the origin of forms, response headers.

Each route declares who may reach it with `authorised`; one guard, run before any view and before a body is parsed,
enforces the declaration and refuses routes that made none. Forms are accepted with a token bound to the sign-in and,
beside it, only from our own origin (`Sec-Fetch-Site`, `Origin`). It does not know how keys or sessions are checked.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request, session
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from ni.web.form_request import FORM_BYTES, FormRequest

View = Callable[..., ResponseReturnValue]
Check = Callable[[], ResponseReturnValue | None]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers then send `Origin: null` with forms, which the origin check refuses.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
API_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))
PROGRAMS = ("/v1/", "/api/", "/openai/", "/.well-known/")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class AccessRule(StrEnum):
    """Who may reach a route."""

    ANONYMOUS = "anonymous"
    KEY = "key"
    SESSION = "session"
    OWNER = "owner"
    OPERATOR = "operator"


def authorised(rule: AccessRule) -> Callable[[View], View]:
    """Declare who may reach the decorated view; put it below `@bp.route`, or wrap the static view with it."""

    def declare(view: View) -> View:
        view.ni_rule = rule  # type: ignore[attr-defined]  # functions carry attributes, Callable does not say so
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> AccessRule | None:
    """The rule that an endpoint declared; static files are for everyone."""
    if endpoint == "static":
        return AccessRule.ANONYMOUS
    rule: AccessRule | None = getattr(app.view_functions.get(endpoint), "ni_rule", None)
    return rule


def undeclared(app: Flask) -> list[str]:
    """The paths of the URL map whose views declare no authorisation; a test holds this empty."""
    return sorted({str(entry) for entry in app.url_map.iter_rules() if rule_of(app, entry.endpoint) is None})


def guard(app: Flask, checks: Mapping[AccessRule, Check], public_url: str = "") -> None:
    """Enforce each route's rule: a check returns None to let the request in, or the response that refuses it.

    A rule without a check lets everyone in (`ANONYMOUS`, and `KEY`, whose endpoints authenticate for themselves
    because their refusal speaks the client's dialect). A route without a rule is refused. What a form is refused for
    without its content comes first: its origin, a browser that was never given a token, nobody signed in.
    """
    app.request_class = FormRequest
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the guard decides; endpoints for keys carry no cookie
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # the token lives as long as the sign-in
    app.config["WTF_CSRF_SSL_STRICT"] = False  # the origin check below is stricter and does not need Referer
    csrf = CSRFProtect(app)

    def enforce() -> ResponseReturnValue | None:
        asked = request_ctx.request  # itself: each use of Flask's `request` looks it up anew
        if asked.endpoint is None:
            return None  # nothing there: the 404 that follows tells nothing
        rule = rule_of(app, asked.endpoint)
        if rule is None:
            abort(403)
        form = rule is not AccessRule.KEY and asked.method not in SAFE_METHODS
        if form and not same_origin(asked, public_url):
            abort(403)
        if form and "csrf_token" not in session:
            raise CSRFError("The CSRF session token is missing.")
        check = checks.get(rule)
        refusal = check() if check else None
        if form and refusal is None:
            if check:
                asked.max_form_bytes = FORM_BYTES  # type: ignore[attr-defined]  # it is a `FormRequest`
            csrf.protect()
        return refusal

    app.before_request(enforce)


def same_origin(asked: Request, public_url: str = "") -> bool:
    """Whether a browser says that our own page sent the form; programs that say nothing are left to the token.

    Our own is the host of the request, or the public address: many proxies send their own name as `Host`.
    """
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = asked.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == asked.host or origin == public_url


def allowed_hosts(public_url: str, bind: str) -> frozenset[str]:
    """The names (without port) that requests may use: the public one, the bound one, loopback's if bound there."""
    bound = urlsplit(f"//{bind}").hostname or ""
    named = {urlsplit(public_url).hostname or "", bound} - {"", "0.0.0.0", "::"}  # noqa: S104  # names, not a bind
    everywhere = bound in LOOPBACK or bound in {"0.0.0.0", "::", ""}  # noqa: S104
    return frozenset(named | LOOPBACK) if everywhere else frozenset(named)


def check_host(app: Flask, allowed: frozenset[str]) -> None:
    """Refuse requests for another host (DNS rebinding) and, RFC 9112 section 3.2, HTTP/1.1 requests that name none."""

    @lru_cache(maxsize=256)
    def known(named: str) -> bool:
        try:
            return (urlsplit(f"//{named}").hostname or "") in allowed
        except ValueError:
            return False

    def enforce() -> None:
        environ = request_ctx.request.environ
        named = environ.get("HTTP_HOST", "")
        if not named and environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
            return
        if not known(named):
            abort(400)

    app.before_request(enforce)


def session_cookie(app: Flask, *, secure: bool) -> None:
    """One cookie, `__Host-ni` over TLS and `ni` on plain loopback: HttpOnly, SameSite=Lax, Path=/, no expiry."""
    app.session_interface = PageSessions()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-ni" if secure else "ni",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=False,
    )


class PageSessions(SecureCookieSessionInterface):
    """Sessions for pages alone: a program's request carries no cookie, and costs none to look for."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The browser's session, or none at an address of programs (sessions open before routes are matched)."""
        if request.path.startswith(PROGRAMS):
            return None
        return super().open_session(app, request)


def add_headers(app: Flask, *, secure: bool) -> None:
    """Put the policy on every response; pages are never stored, static files with a lasting name for a year.

    What is for programs needs none of what tells browsers how to treat a page.
    """

    def complete(response: Response) -> Response:
        endpoint = request_ctx.request.endpoint
        if endpoint and rule_of(app, endpoint) is AccessRule.KEY:
            response.headers.extend(API_HEADERS)
            return response
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        named = "v" in request.args or "/vendor/" in request.path  # by its digest, or by its version
        if endpoint == "static" and named and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    app.after_request(complete)
