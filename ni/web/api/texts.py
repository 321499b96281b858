"""`POST /v1/embeddings` and `POST /v1/completions`, also at the paths that Azure's clients build for a deployment."""

from flask import Blueprint, Response

from ni.dialects.dialect import Dialect
from ni.domain.call import Json
from ni.web.api.endpoint import Gate, ModelEndpoint
from ni.web.security import Rule, authorised


def texts_api(gate: Gate, embeddings: Dialect, completions: Dialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_texts", __name__)
    _add(pages, "embeddings", ModelEndpoint(gate, embeddings))
    _add(pages, "completions", ModelEndpoint(gate, completions))
    return pages


def _add(pages: Blueprint, name: str, endpoint: ModelEndpoint) -> None:
    @pages.post(f"/v1/{name}", endpoint=name)
    @authorised(Rule.KEY)
    def plain() -> Response:
        return endpoint.respond()

    @pages.post(f"/openai/deployments/<path:route_id>/{name}", endpoint=f"azure_{name}")
    @authorised(Rule.KEY)
    def of_deployment(route_id: str) -> Response:
        def named(body: Json) -> Json:
            return {**body, "model": route_id}

        return endpoint.respond(named)
