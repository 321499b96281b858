"""What comes before the views, for the addresses of programs (`/v1`, `/api`, `/openai`); pages pass through unchanged.

`PathNormaliser` serves the spellings that clients build from a base URL in place, because a redirect would lose the
body: with `/v1` or without, doubled slashes, or Azure's `/openai/v1` (Microsoft, "Azure OpenAI API version lifecycle").
`name_the_address` answers where `/v1` was left out and there is a page or nothing.
`Cors` lets pages of the origins that the operator names call the API (Fetch standard, CORS protocol). Keys travel in
headers, never in cookies, so credentials are never allowed, and no origin is reflected that was not named.
`RequestIds` adds `X-NI-Request-ID` where no view did (lists, records, preflights), so that every response can be named.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Request
from flask.globals import request_ctx

from ni.domain.errors import NotFound
from ni.domain.ids import Random, request_id
from ni.web.security import PROGRAMS

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
        "X-NI-Credential-Source", "X-NI-Residency-Evidence", "X-NI-PII", "X-NI-Warning", "Retry-After",
        "x-should-retry", *VENDOR_REQUEST_IDS,
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
        if not f"{environ['PATH_INFO']}/".startswith(PROGRAMS):  # `/v1` is an address of programs too
            return self._application(environ, start_response)

        alias = VENDOR_REQUEST_IDS["messages" in environ["PATH_INFO"]]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            identity = next((value for name, value in headers if name == REQUEST_ID), None)
            if identity is None:
                identity = request_id(self._random)
                headers = [*headers, (REQUEST_ID, identity)]
            return start_response(status, [*headers, (alias, identity)], *more)

        return self._application(environ, start)
