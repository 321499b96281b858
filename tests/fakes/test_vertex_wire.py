"""The fake of Gemini is proven with Google's own client before anything of ours is tested against it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.model import ARGUMENTS, THOUGHT
from tests.fakes.vertex_wire import PROJECT, TOKEN, VertexWire
from tests.fakes.wire_server import FakeWire

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Google's client, not ours
MODEL = "gemini-2.5-flash"
TEXT = "Bonjour, Zoë! 👋"


@pytest.fixture
def client() -> Iterator[Any]:
    from google import genai
    from google.oauth2.credentials import Credentials

    with FakeWire(VertexWire()) as fake:
        options = genai.types.HttpOptions(base_url=fake.url, api_version="v1")
        made = genai.Client(
            vertexai=True,
            project=PROJECT,
            location="northamerica-northeast1",
            credentials=Credentials(TOKEN),
            http_options=options,
        )
        yield made
        made.close()


def test_the_official_client_gets_an_answer_and_a_stream(client: Any) -> None:
    reply = client.models.generate_content(model=MODEL, contents=TEXT)
    assert reply.text == TEXT
    assert reply.usage_metadata.cached_content_token_count == 64
    chunks = list(client.models.generate_content_stream(model=MODEL, contents=TEXT))
    assert "".join(chunk.text or "" for chunk in chunks) == TEXT
    assert chunks[-1].usage_metadata.total_token_count == 112


def test_the_official_client_gets_calls_and_thoughts(client: Any) -> None:
    from google.genai import types

    declared = [
        types.FunctionDeclaration(name=name, parameters_json_schema={"type": "object"}) for name in ("a", "b")
    ]
    config = {
        "tools": [types.Tool(function_declarations=declared)],
        "thinking_config": {"include_thoughts": True, "thinking_budget": 512},
        "automatic_function_calling": {"disable": True},
    }
    reply = client.models.generate_content(model=MODEL, contents=TEXT, config=config)
    assert [(call.name, call.args) for call in reply.function_calls] == [("a", ARGUMENTS), ("b", ARGUMENTS)]
    assert reply.candidates[0].content.parts[0].text == THOUGHT


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"contents": []}, "contents"),
        ({"model": "gemini-2.5-pro", "config": {"thinking_config": {"thinking_budget": 0}}}, "budget"),
        ({"config": {"temperature": 3}}, "range"),
    ],
)
def test_what_gemini_refuses_is_refused(client: Any, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(Exception, match=words):
        client.models.generate_content(**{"model": MODEL, "contents": TEXT, **wrong})
