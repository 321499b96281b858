"""A model whose name an upstream chose freely can be called: what a header cannot carry is encoded in it."""

import json
from urllib.parse import unquote

import pytest

from tests.api.everywhere import CHAT, HI, Everywhere, answered
from tests.fakes.openai_server import Script

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["qwen-é", "qwen模型", "q🍁1", "tab\u0085le", "two\nlines"])
def test_headers_of_a_model_with_an_odd_name_are_ascii(gateway: Everywhere, name: str, stream: bool) -> None:
    listed = json.dumps({"data": [{"id": name}]}).encode()
    gateway.fakes["local"].scripts.append(Script(body=listed))
    gateway.assembled.gateway.look_for_local_models()
    models = json.loads(gateway.client.get("/v1/models", headers=gateway.headers).data)["data"]
    (model,) = [each["id"] for each in models if each["id"].startswith("local/")]
    body = {"model": model, "messages": [HI], "stream": stream}
    headers = answered(gateway.post(CHAT, body)).headers
    assert all(value.isascii() and value.isprintable() for _, value in headers)
    assert unquote(headers["X-NI-Resolved-Litellm-Model"]).endswith(name)
