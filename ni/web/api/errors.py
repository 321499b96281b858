"""Errors of the API that no endpoint renders for itself: in the shape of who is spoken to, with a request id."""

from collections.abc import Callable

from flask import Response, request
from werkzeug.exceptions import HTTPException

from ni.dialects.dialect import Dialect
from ni.domain.errors import BadRequest, BodyTooLarge, MethodNotAllowed, NotFound, Problem
from ni.domain.ids import Random, request_id
from ni.web.api.endpoint import JSON, add_retry_headers, translated
from ni.web.body import MAX_BYTES
from ni.web.security import PROGRAMS

PROBLEMS: dict[int, Callable[[], Problem]] = {
    400: lambda: BadRequest(
        "The request could not be understood. Check its address, its Host header and its body."
    ),
    404: NotFound,
    405: MethodNotAllowed,
    413: lambda: BodyTooLarge(limit=MAX_BYTES),
}


MESSAGES = ("/v1/messages", "/v1/v1/messages")
"""Where Anthropic's Messages are spoken, at the address itself and below it."""


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
        """The response to an HTTP error under the API's addresses; None elsewhere, where people read."""
        if not request.path.startswith(PROGRAMS):
            return None
        response = self.of_problem(PROBLEMS.get(fault.code or 500, Problem)())
        response.headers.extend((name, value) for name, value in fault.get_headers() if name == "Allow")
        return response
