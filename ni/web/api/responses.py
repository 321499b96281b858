"""`POST /v1/responses`: OpenAI's Responses, streamed or not; and clear answers at the addresses of stored responses.

Nothing is stored, so there is nothing to retrieve, cancel or compact. An attempt to upgrade to a WebSocket is refused
with 426, upon which clients go on over HTTP.
"""

from flask import Blueprint, Response, request

from ni.access.carriers import presented_key
from ni.dialects.responses import ResponsesDialect
from ni.domain.call import Json
from ni.domain.errors import BadRequest, MethodNotAllowed, NotFound
from ni.domain.ids import request_id
from ni.web.api.counting import counted
from ni.web.api.endpoint import JSON, Gate, ModelEndpoint, translated
from ni.web.security import Rule, authorised

_STORED_NOTHING = (
    "This gateway stores no responses, so there is none to retrieve, cancel or delete. "
    "Keep the output items and send them in the next request's `input`."
)
_NO_COMPACTION = (
    "`%(action)s` is not supported: this gateway stores no conversations. "
    "Send a shorter `input` to `/v1/responses`."
)


def responses_api(gate: Gate, dialect: ResponsesDialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_responses", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/responses")
    @authorised(Rule.KEY)
    def responses() -> Response:
        return endpoint.respond()

    @pages.get("/v1/responses", websocket=True)
    @authorised(Rule.KEY)
    def upgrade() -> Response:
        problem = MethodNotAllowed(
            "WebSockets are not served here. Post to `/v1/responses`, with `stream: true`."
        )
        identity = request_id(gate.random)
        response = Response(
            dialect.error(problem, translated(problem), identity), status=426, content_type=JSON
        )
        response.headers["X-NI-Request-ID"] = identity
        return response

    @pages.post("/v1/responses/input_tokens")
    @authorised(Rule.KEY)
    def input_tokens() -> Response:
        return counted(gate, dialect, _input_tokens)

    _add_stored(pages, gate)
    return pages


def _input_tokens(tokens: int) -> Json:
    return {"object": "response.input_tokens", "input_tokens": tokens}


def _add_stored(pages: Blueprint, gate: Gate) -> None:
    @pages.get("/v1/responses/<response_id>")
    @pages.delete("/v1/responses/<response_id>", endpoint="delete")
    @pages.get("/v1/responses/<response_id>/input_items", endpoint="input_items")
    @pages.post("/v1/responses/<response_id>/cancel", endpoint="cancel")
    @authorised(Rule.KEY)
    def stored(response_id: str) -> Response:
        gate.keys.authenticate(presented_key(request.headers.get))
        raise NotFound(_STORED_NOTHING, param="response_id")

    @pages.post("/v1/responses/<any(compact):action>")
    @authorised(Rule.KEY)
    def compact(action: str) -> Response:
        gate.keys.authenticate(presented_key(request.headers.get))
        raise BadRequest(_NO_COMPACTION, action=action)
