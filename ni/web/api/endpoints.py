"""`POST /v1/chat/completions`: OpenAI's chat completions, streamed or not.

`POST /openai/deployments/<route id>/chat/completions`: the same dialect at the path that Azure's clients build.

For tools that offer no other way to a custom address than their Azure setting. The deployment in the path is the route
id, slashes and all, and wins over the body's `model`; `api-version` is taken and says nothing.

Counting the input tokens of a body: an estimate made here, free, which reaches no provider and leaves no record.

`POST /v1/messages` and `POST /v1/messages/count_tokens`: Anthropic's Messages.

Counting is an estimate made here, free, and reaches no provider.

`POST /v1/responses`: OpenAI's Responses, streamed or not; and clear answers at the addresses of stored responses.

Nothing is stored, so there is nothing to retrieve, cancel or compact. An attempt to upgrade to a WebSocket is refused
with 426, upon which clients go on over HTTP.

`POST /v1/embeddings` and `POST /v1/completions`, also at the paths that Azure's clients build for a deployment.
"""

from collections.abc import Callable
from typing import Protocol

import orjson
from flask import Blueprint, Response, request

from ni.access.keys import presented_key
from ni.dialects.base import Dialect
from ni.dialects.json_body import load_object
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.domain.call import Json
from ni.domain.errors import BadRequest, MethodNotAllowed, NotFound, Problem
from ni.domain.ids import request_id
from ni.web.api.endpoint import JSON, Gate, ModelEndpoint, add_retry_headers, translated
from ni.web.body import read_body
from ni.web.security import AccessRule, authorised


def chat_api(gate: Gate, dialect: Dialect) -> Blueprint:
    """The endpoint."""
    pages = Blueprint("api_chat", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/chat/completions")
    @authorised(AccessRule.KEY)
    def completions() -> Response:
        return endpoint.respond()

    return pages


def azure_api(gate: Gate, chat: Dialect) -> Blueprint:
    """The endpoint."""
    pages = Blueprint("api_azure", __name__)
    endpoint = ModelEndpoint(gate, chat)

    @pages.post("/openai/deployments/<path:route_id>/chat/completions")
    @authorised(AccessRule.KEY)
    def completions(route_id: str) -> Response:
        def named(body: Json) -> Json:
            return {**body, "model": route_id}

        return endpoint.respond(named)

    return pages


class Counting(Protocol):
    """A dialect that can count."""

    def count(self, body: Json) -> int:
        """The estimate. Raises `BadRequest`."""

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """The error body in this dialect."""


def counted(gate: Gate, dialect: Counting, shown: Callable[[int], Json]) -> Response:
    """The response to the current request; `shown` puts the count into the dialect's words."""
    identity = request_id(gate.random)
    try:
        gate.keys.authenticate(presented_key(request.headers.get))
        tokens = dialect.count(load_object(read_body(request)))
        response = Response(orjson.dumps(shown(tokens)), content_type=JSON)
    except Problem as problem:
        body = dialect.error(problem, translated(problem), identity)
        response = Response(body, status=problem.status, content_type=JSON)
        add_retry_headers(response, problem)
    response.headers["X-NI-Request-ID"] = identity
    return response


def messages_api(gate: Gate, dialect: MessagesDialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_messages", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/messages")
    @authorised(AccessRule.KEY)
    def messages() -> Response:
        return endpoint.respond()

    @pages.post("/v1/messages/count_tokens")
    @authorised(AccessRule.KEY)
    def count_tokens() -> Response:
        return counted(gate, dialect, lambda tokens: {"input_tokens": tokens})

    return pages


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
    @authorised(AccessRule.KEY)
    def responses() -> Response:
        return endpoint.respond()

    @pages.get("/v1/responses", websocket=True)
    @authorised(AccessRule.KEY)
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
    @authorised(AccessRule.KEY)
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
    @authorised(AccessRule.KEY)
    def stored(response_id: str) -> Response:
        gate.keys.authenticate(presented_key(request.headers.get))
        raise NotFound(_STORED_NOTHING, param="response_id")

    @pages.post("/v1/responses/<any(compact):action>")
    @authorised(AccessRule.KEY)
    def compact(action: str) -> Response:
        gate.keys.authenticate(presented_key(request.headers.get))
        raise BadRequest(_NO_COMPACTION, action=action)


def texts_api(gate: Gate, embeddings: Dialect, completions: Dialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_texts", __name__)
    _add(pages, "embeddings", ModelEndpoint(gate, embeddings))
    _add(pages, "completions", ModelEndpoint(gate, completions))
    return pages


def _add(pages: Blueprint, name: str, endpoint: ModelEndpoint) -> None:
    @pages.post(f"/v1/{name}", endpoint=name)
    @authorised(AccessRule.KEY)
    def plain() -> Response:
        return endpoint.respond()

    @pages.post(f"/openai/deployments/<path:route_id>/{name}", endpoint=f"azure_{name}")
    @authorised(AccessRule.KEY)
    def of_deployment(route_id: str) -> Response:
        def named(body: Json) -> Json:
            return {**body, "model": route_id}

        return endpoint.respond(named)
