"""Error responses of the API, and `X-NI-Request-ID` on every response of it.

Model endpoints render their errors with `problem_response`; `ApiErrors` does it for views and for Flask's own errors
(404, 405, 413) wherever a program asks. `RequestIds` is the WSGI layer that adds an id where no view did: lists,
records, preflights. With it a person who reports an answer can name it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from flask import Request, Response, request
from flask.globals import request_ctx
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from ni.dialects.base import Dialect
from ni.domain.errors import BadRequest, BodyTooLarge, MethodNotAllowed, NotFound, Problem
from ni.domain.ids import Random, request_id
from ni.web.addresses import Wsgi, meant_by
from ni.web.body import MAX_BYTES
from ni.web.security import PROGRAMS

JSON = "application/json"
REQUEST_ID = "X-NI-Request-ID"
PROBLEMS: dict[int, Callable[[], Problem]] = {
    400: lambda: BadRequest(
        "The request could not be understood. Check its address, its Host header and its body."
    ),
    404: NotFound,
    405: MethodNotAllowed,
    413: lambda: BodyTooLarge(limit=MAX_BYTES),
}
MESSAGES = ("/v1/messages", "/messages")
"""Addresses of Anthropic's Messages, with and without the version: errors at and below them have its shape."""
_WITHOUT_VERSION = (
    "There is nothing at this address. The base address of the API ends in `/v1`; "
    "what was meant is `%(address)s`."
)


class ErrorRenderer(Protocol):
    """The part of a `Dialect` that renders errors."""

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """The error body in this dialect; `message` is translated."""


def problem_response(
    renderer: ErrorRenderer, problem: Problem, identity: str, headers: Sequence[tuple[str, str]] | None = None
) -> Response:
    """The error response of a request. `headers` replace the lone request id; they then name it themselves.

    Adds `Retry-After` where waiting helps, and OpenAI's `x-should-retry` where the client must not try again.
    """
    body = renderer.error(problem, translated_message(problem), identity)
    response = Response(body, status=problem.status, content_type=JSON)
    response.headers.extend([(REQUEST_ID, identity)] if headers is None else headers)
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.should_retry is not None:
        response.headers["x-should-retry"] = "true" if problem.should_retry else "false"
    return response


def translated_message(problem: Problem) -> str:
    """The problem's sentence in the language of the request."""
    return (
        str(gettext(problem.template, **problem.fields)) if problem.fields else str(gettext(problem.template))
    )


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
    address = "" if current.path.startswith(PROGRAMS) else meant_by(current.path)
    if address and is_program(current):
        raise NotFound(_WITHOUT_VERSION, address=address)


class ApiErrors:
    """Renders errors for programs: in the shape of `messages` at and below its addresses, of `chat` elsewhere."""

    def __init__(self, chat: Dialect, messages: Dialect, random: Random) -> None:
        self._chat = chat
        self._messages = messages
        self._random = random

    def of_problem(self, problem: Problem) -> Response:
        """The response to a `Problem` that a view raised."""
        return problem_response(self._dialect(), problem, request_id(self._random))

    def of_http(self, fault: HTTPException) -> Response | None:
        """The response to an HTTP error that a program gets; None where people read."""
        if not is_program(request):
            return None
        response = self.of_problem(PROBLEMS.get(fault.code or 500, Problem)())
        response.headers.extend((name, value) for name, value in fault.get_headers() if name == "Allow")
        return response

    def _dialect(self) -> Dialect:
        under = any(request.path == path or request.path.startswith(f"{path}/") for path in MESSAGES)
        return self._messages if under else self._chat


class RequestIds:
    """WSGI application that adds a request id to the responses of `application` to programs that have none."""

    def __init__(self, application: Wsgi, random: Random) -> None:
        self._application = application
        self._random = random

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        if not environ["PATH_INFO"].startswith(PROGRAMS):
            return self._application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if not any(name == REQUEST_ID for name, _ in headers):
                headers = [*headers, (REQUEST_ID, request_id(self._random))]
            return start_response(status, headers, *more)

        return self._application(environ, start)
