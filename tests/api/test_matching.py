"""Addresses of programs are matched by a shorter way than Flask's own: what they match is the same."""

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from ni.factory.application import Application
from tests.api.instance import Instance

HOST = "gateway.example:8443"


def outcome(adapter: MapAdapter | None) -> object:
    """What a request comes to: an endpoint with its values, where it is sent instead, or how it is refused."""
    assert adapter is not None
    try:
        return adapter.match()
    except RequestRedirect as elsewhere:
        return elsewhere.new_url
    except HTTPException as refusal:
        return refusal.code, getattr(refusal, "valid_methods", None)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("root", ["", "/behind/a/proxy"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/openai/gpt-5.2-us",
        "/v1//models?limit=2",
        "/v1/models/",
        "/v1/nothing/here",
        "/api/usage?limit=2&key=caf%C3%A9",
        "/openai/deployments/a%20name/chat/completions?api-version=2024-10-21",
        "/.well-known/nothing",
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Connection": "Upgrade", "Upgrade": "websocket"}])
def test_a_program_reaches_what_it_would_reach_through_flask(
    instance: Instance, method: str, root: str, path: str, headers: dict[str, str]
) -> None:
    app = instance.client.application
    assert isinstance(app, Application)
    with app.test_request_context(
        path, method=method, base_url=f"http://{HOST}{root}", headers=headers
    ) as context:
        ours = app.create_url_adapter(context.request)
        flasks = Flask.create_url_adapter(app, context.request)
        assert outcome(ours) == outcome(flasks)
