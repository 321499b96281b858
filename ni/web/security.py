"""Rules for every request around its view: who may reach it, from where, at which address, with which headers.

Each route declares who may reach it with `authorised`; one guard, run before any view and before a body is parsed,
enforces the declaration and refuses routes that made none. Forms need a token bound to the sign-in, and must come from
our own origin (`Sec-Fetch-Site`, `Origin`). How keys and sessions are checked is passed in.

For the addresses of programs (`/v1`, `/api`, `/openai`): `PathNormaliser` serves the spellings that clients build from
a base URL in place, because a redirect would lose the body: with `/v1` or without, doubled slashes, or Azure's
`/openai/v1` (Microsoft, "Azure OpenAI API version lifecycle"). `name_the_address` answers where `/v1` was left out and
there is a page or nothing. `Cors` lets pages of the origins that the operator names call the API (Fetch standard, CORS
protocol). Keys travel in headers, never in cookies, so credentials are never allowed, and no origin is reflected that
was not named. `RequestIds` adds `X-NI-Request-ID` where no view did (lists, records, preflights).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request, session
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from ni.domain.errors import NotFound
from ni.domain.ids import Random, request_id
from ni.web.client import FORM_BYTES, FormRequest

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
    """Whom a route is for.

    Everyone who is signed in (`SESSION`); those who work in the account (`MEMBER`, not its auditors); those who look
    into what was done (`AUDIT`: owners, auditors and the operator); its owners; the operator.
    """

    ANONYMOUS = "anonymous"
    KEY = "key"
    ADMIN = "admin"
    SESSION = "session"
    MEMBER = "member"
    AUDIT = "audit"
    OWNER = "owner"
    OPERATOR = "operator"


FOR_PROGRAMS = frozenset({AccessRule.KEY, AccessRule.ADMIN})
"""Rules of addresses that authenticate for themselves, and whose requests carry no cookie."""


def authorised(rule: AccessRule, form_bytes: int = FORM_BYTES) -> Callable[[View], View]:
    """Declare whom the decorated view is for; put it below `@bp.route`, or wrap the static view with it.

    `form_bytes` is the most that its form may hold once the check let the request in.
    """

    def declare(view: View) -> View:
        view.ni_rule = rule  # type: ignore[attr-defined]  # functions carry attributes, Callable does not say so
        view.ni_form_bytes = form_bytes  # type: ignore[attr-defined]
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> AccessRule | None:
    """The rule that an endpoint declared, None if it declared none; static files are for everyone."""
    if endpoint == "static":
        return AccessRule.ANONYMOUS
    rule: AccessRule | None = getattr(app.view_functions.get(endpoint), "ni_rule", None)
    return rule


def undeclared(app: Flask) -> list[str]:
    """The paths of the URL map whose views declare no authorisation; a test holds this empty."""
    return sorted({str(entry) for entry in app.url_map.iter_rules() if rule_of(app, entry.endpoint) is None})


def guard(app: Flask, checks: Mapping[AccessRule, Check], public_url: str = "") -> None:
    """Enforce each route's rule: a check returns None to let the request in, or the response that refuses it.

    A rule without a check lets everyone in (`ANONYMOUS`, and `KEY` and `ADMIN`, whose endpoints authenticate for
    themselves because their refusal is in the client's own form). A route without a rule is refused. Checks that
    need no content of a form come first: its origin, a browser that never got a token, a missing sign-in.
    """
    app.request_class = FormRequest
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the guard decides; endpoints for keys carry no cookie
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # the token lives as long as the sign-in
    app.config["WTF_CSRF_SSL_STRICT"] = False  # the origin check below is stricter and does not need Referer
    csrf = CSRFProtect(app)

    def enforce() -> ResponseReturnValue | None:
        current = request_ctx.request  # looked up once: each use of Flask's `request` does it again
        if current.endpoint is None:
            return None  # no such address: the 404 that follows says no more
        rule = rule_of(app, current.endpoint)
        if rule is None:
            abort(403)
        form = rule not in FOR_PROGRAMS and current.method not in SAFE_METHODS
        if form and not same_origin(current, public_url):
            abort(403)
        if form and "csrf_token" not in session:
            raise CSRFError("The CSRF session token is missing.")
        check = checks.get(rule)
        refusal = check() if check else None
        if form and refusal is None:
            if check:
                most = getattr(app.view_functions[current.endpoint], "ni_form_bytes", FORM_BYTES)
                current.max_form_bytes = most  # type: ignore[attr-defined]  # it is a `FormRequest`
                current.max_content_length = most
            csrf.protect()
        return refusal

    app.before_request(enforce)


def same_origin(form: Request, public_url: str = "") -> bool:
    """Whether our own page sent the form, by the browser's headers; without them the token alone decides.

    Our origin is the host of the request, or the public address: many proxies send their own name as `Host`.
    """
    site = form.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = form.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == form.host or origin == public_url


def allowed_hosts(public_url: str, bind: str) -> frozenset[str]:
    """The names (without port) that requests may use: the public one, the bound one, loopback's if bound there."""
    bound = urlsplit(f"//{bind}").hostname or ""
    named = {urlsplit(public_url).hostname or "", bound} - {"", "0.0.0.0", "::"}  # noqa: S104  # names, not a bind
    everywhere = bound in LOOPBACK or bound in {"0.0.0.0", "::", ""}  # noqa: S104
    return frozenset(named | LOOPBACK) if everywhere else frozenset(named)


def host_check(allowed: frozenset[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a request is for one of these hosts (DNS rebinding).

    Only HTTP/1.0 requests may name none (RFC 9112 section 3.2).
    """

    @lru_cache(maxsize=256)
    def known(named: str) -> bool:
        try:
            return (urlsplit(f"//{named}").hostname or "") in allowed
        except ValueError:
            return False

    def admits(environ: Mapping[str, Any]) -> bool:
        named = environ.get("HTTP_HOST", "")
        return (not named and environ.get("SERVER_PROTOCOL") == "HTTP/1.0") or known(named)

    return admits


def check_target(app: Flask, allowed: frozenset[str]) -> None:
    """Refuse requests for another host, and for a target with a NUL, which no text of PostgreSQL may hold."""
    admits = host_check(allowed)

    def enforce() -> None:
        request = request_ctx.request
        if not admits(request.environ) or "\0" in request.path or b"%00" in request.query_string:
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
    """Sessions of pages only: requests of programs carry no cookie, and no time is spent on looking for one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The browser's session; None at an address of programs (Flask opens sessions before it matches routes)."""
        if request.path.startswith(PROGRAMS):
            return None
        return super().open_session(app, request)


def add_headers(app: Flask, *, secure: bool) -> None:
    """Add security and cache headers to every response: no store for pages, a year for versioned static files.

    Responses to programs get `API_HEADERS` only; the others tell browsers how to treat a page.
    """

    def complete(response: Response) -> Response:
        endpoint = request_ctx.request.endpoint
        if endpoint and rule_of(app, endpoint) in FOR_PROGRAMS:
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


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_SLASHES = re.compile(r"/{2,}")
_FOR_PROGRAMS = re.compile(r"/(?:v1|openai|api)(?:/|$)")
_DOUBLED = re.compile(r"\A/v1(?:/v1)+(?=/|$)")
_AZURE = re.compile(r"\A/openai/(?!deployments/)")

REQUEST_ID = "X-NI-Request-ID"
VENDOR_REQUEST_IDS = ("x-request-id", "request-id")
"""Where the official clients of OpenAI (`_request_id`) and of Anthropic look for the id, in this order."""
_WITHOUT_VERSION = (
    "There is nothing at this address. The base address of the API ends in `/v1`; "
    "what was meant is `%(address)s`."
)
ENDPOINTS = ("chat/completions", "completions", "embeddings", "messages", "models", "responses")
"""Paths below `/v1`."""
_BARE = re.compile(r"/(" + "|".join(ENDPOINTS) + r")((?:/.*)?)", re.DOTALL)


class PathNormaliser:
    """The application, which sees each path in its canonical form."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        path: str = environ["PATH_INFO"]
        if "//" in path or path[-1:] == "/" or path.startswith(("/openai/", "/v1/v1/")):
            environ["PATH_INFO"] = canonical_path(path)
        return self._application(environ, start_response)


def canonical_path(path: str) -> str:
    """`path` with single slashes, none at its end and one `/v1`; paths of pages are returned unchanged."""
    single = _SLASHES.sub("/", path)
    if not _FOR_PROGRAMS.match(single):
        return path
    return _DOUBLED.sub("/v1", _AZURE.sub("/v1/", single.rstrip("/"), count=1), count=1)


def suggested_path(path: str) -> str:
    """`path` below `/v1` where a client left that out; empty for any other path."""
    match = _BARE.fullmatch(_SLASHES.sub("/", path).rstrip("/"))
    return f"/v1/{match[1]}" if match else ""


EXPOSED = ", ".join(
    (
        "X-NI-Request-ID", "X-NI-Custody-Path", "X-NI-Custody-Record", "X-NI-Resolved-Jurisdiction",
        "X-NI-Resolved-Tier", "X-NI-Resolved-Provider", "X-NI-Resolved-Region", "X-NI-Resolved-Litellm-Model",
        "X-NI-Credential-Source", "X-NI-Residency-Evidence", "X-NI-PII", "X-NI-Warning",
        "X-NI-Budget-Remaining", "X-NI-Deployment", "X-NI-Attempts", "Server-Timing", "Retry-After", "x-should-retry",
        *VENDOR_REQUEST_IDS,
    )
)  # fmt: skip
METHODS = "GET, POST, DELETE, OPTIONS"
PREFLIGHT_MAX_AGE_S = "600"
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2048}")


class Cors:
    """The application, which pages of `origins` may call."""

    def __init__(self, application: Wsgi, origins: Sequence[str]) -> None:
        self._application = application
        self._origins = frozenset(origins)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333): answers preflights, and adds the CORS headers to other answers."""
        if not environ["PATH_INFO"].startswith(PROGRAMS):
            return self._application(environ, start_response)
        allowed = self._allowed(environ.get("HTTP_ORIGIN", ""))
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start_response("204 No Content", [*allowed, *(_preflight(environ) if len(allowed) > 1 else ())])
            return []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *allowed], *more)

        return self._application(environ, start)

    def _allowed(self, origin: str) -> list[tuple[str, str]]:
        if origin not in self._origins:
            return [("Vary", "Origin")]
        return [
            ("Vary", "Origin"),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", EXPOSED),
        ]


def _preflight(environ: dict[str, Any]) -> list[tuple[str, str]]:
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    headers = [("Access-Control-Allow-Methods", METHODS), ("Access-Control-Max-Age", PREFLIGHT_MAX_AGE_S)]
    # Named one by one: a wildcard does not cover `Authorization`.
    return [*headers, ("Access-Control-Allow-Headers", asked)] if _HEADER_NAMES.fullmatch(asked) else headers


def is_program(client_request: Request) -> bool:
    """Whether a program asks, at any address: it brings a key, posts JSON, or wants JSON and no page."""
    has_bearer = client_request.headers.get("Authorization", "").lower().startswith("bearer ")
    if has_bearer or client_request.path.startswith(PROGRAMS):
        return True
    if "x-api-key" in client_request.headers or "api-key" in client_request.headers:
        return True
    accepted = client_request.headers.get("Accept", "")
    return client_request.is_json or ("json" in accepted and "html" not in accepted)


def name_the_address() -> None:
    """Raises `NotFound` with the right address where a program left out `/v1` and there is a page or nothing."""
    current = request_ctx.request  # the object itself: each use of Flask's `request` looks it up anew
    address = "" if current.path.startswith(PROGRAMS) else suggested_path(current.path)
    if address and is_program(current):
        raise NotFound(_WITHOUT_VERSION, address=address)


class RequestIds:
    """WSGI application that sees to it that responses of `application` to programs have a request id.

    It is named twice: by our header, and by that of the vendor whose client asks (`VENDOR_REQUEST_IDS`).
    """

    def __init__(self, application: Wsgi, random: Random) -> None:
        self._application = application
        self._random = random

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        for_programs = f"{environ['PATH_INFO']}/".startswith(PROGRAMS)  # `/v1` is an address of programs too
        alias = VENDOR_REQUEST_IDS["messages" in environ["PATH_INFO"]]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            identity = next((value for name, value in headers if name == REQUEST_ID), None)
            if identity is None and for_programs:
                identity = request_id(self._random)
                headers = [*headers, (REQUEST_ID, identity)]
            named = [(alias, identity)] if identity is not None else []
            return start_response(status, [*headers, *named], *more)

        return self._application(environ, start)
