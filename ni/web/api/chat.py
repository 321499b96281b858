"""`POST /v1/chat/completions`: OpenAI's chat completions, streamed or not."""

from flask import Blueprint, Response

from ni.dialects.dialect import Dialect
from ni.web.api.endpoint import Gate, ModelEndpoint
from ni.web.security import Rule, authorised


def chat_api(gate: Gate, dialect: Dialect) -> Blueprint:
    """The endpoint."""
    pages = Blueprint("api_chat", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/chat/completions")
    @authorised(Rule.KEY)
    def completions() -> Response:
        return endpoint.respond()

    return pages
