"""Errors of the API that no endpoint renders for itself: in the shape of who is spoken to, with a request id."""

from collections.abc import Callable

from flask import Request, Response, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from ni.dialects.base import Dialect
from ni.domain.errors import BadRequest, BodyTooLarge, MethodNotAllowed, NotFound, Problem
from ni.domain.ids import Random, request_id
from ni.web.api.endpoint import JSON, add_retry_headers, translated
from ni.web.body import MAX_BYTES
from ni.web.middleware import suggested_path
from ni.web.security import PROGRAMS

PROBLEMS: dict[int, Callable[[], Problem]] = {
    400: lambda: BadRequest(
        "The request could not be understood. Check its address, its Host header and its body."
    ),
    404: NotFound,
    405: MethodNotAllowed,
    413: lambda: BodyTooLarge(limit=MAX_BYTES),
}


MESSAGES = ("/v1/messages", "/messages")
"""Where Anthropic's Messages are spoken, or meant, at the address itself and below it."""
_WITHOUT_VERSION = (
    "There is nothing at this address. The base address of the API ends in `/v1`; "
    "what was meant is `%(address)s`."
)


def is_program(asked: Request) -> bool:
    """Whether a program asks, wherever it asks: it brings a key, posts JSON, or wants JSON and no page."""
    bears = asked.headers.get("Authorization", "").lower().startswith("bearer ")
    if bears or asked.path.startswith(PROGRAMS) or "x-api-key" in asked.headers or "api-key" in asked.headers:
        return True
    wanted = asked.headers.get("Accept", "")
    return asked.is_json or ("json" in wanted and "html" not in wanted)


def name_the_address() -> None:
    """Where a program left out `/v1`, and a page or nothing is there: raises `NotFound` with the right address."""
    asked = request_ctx.request  # itself: each use of Flask's `request` looks it up anew
    address = "" if asked.path.startswith(PROGRAMS) else suggested_path(asked.path)
    if address and is_program(asked):
        raise NotFound(_WITHOUT_VERSION, address=address)


class ApiErrors:
    """Answers for addresses of programs: in the shape of `messages` below its addresses, of `chat` elsewhere."""

    def __init__(self, chat: Dialect, messages: Dialect, random: Random) -> None:
        self._chat = chat
        self._messages = messages
        self._random = random

    def of_problem(self, problem: Problem) -> Response:
        """The response to a `Problem` that a view raised."""
        identity = request_id(self._random)
        body = self._spoken().error(problem, translated(problem), identity)
        response = Response(body, status=problem.status, content_type=JSON)
        response.headers["X-NI-Request-ID"] = identity
        add_retry_headers(response, problem)
        return response

    def _spoken(self) -> Dialect:
        under = any(request.path == path or request.path.startswith(f"{path}/") for path in MESSAGES)
        return self._messages if under else self._chat

    def of_http(self, fault: HTTPException) -> Response | None:
        """The response to an HTTP error that a program gets; None where people read."""
        if not is_program(request):
            return None
        response = self.of_problem(PROBLEMS.get(fault.code or 500, Problem)())
        response.headers.extend((name, value) for name, value in fault.get_headers() if name == "Allow")
        return response
