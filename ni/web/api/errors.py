"""Error responses of the API: model endpoints render theirs with `problem_response`; `ApiErrors` does it for views and
for Flask's own errors (404, 405, 413) wherever a program asks.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from flask import Response, request
from werkzeug.exceptions import HTTPException

from ni.dialects.base import Dialect
from ni.domain.errors import BadRequest, BodyTooLarge, MethodNotAllowed, NotFound, Problem
from ni.domain.ids import Random, request_id
from ni.web.client import MAX_BYTES
from ni.web.i18n import translated_message
from ni.web.security import REQUEST_ID, is_program

JSON = "application/json"
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

MODELS = "/v1/models"
"""An address that both vendors have: clients of Anthropic send the header `anthropic-version`."""


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


def problem_of(fault: HTTPException) -> Problem:
    """The problem that an HTTP error of Flask stands for; an odd `Range` (416) is no fault of ours."""
    status = fault.code or 500
    unlisted = PROBLEMS[400] if 400 <= status < 500 else Problem
    return PROBLEMS.get(status, unlisted)()


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
        response = self.of_problem(problem_of(fault))
        response.headers.extend((name, value) for name, value in fault.get_headers() if name == "Allow")
        return response

    def _dialect(self) -> Dialect:
        under = any(request.path == path or request.path.startswith(f"{path}/") for path in MESSAGES)
        listed = request.path.startswith(MODELS) and "anthropic-version" in request.headers
        return self._messages if under or listed else self._chat
