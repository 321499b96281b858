"""Google's platform library as the measure of the fake of Gemini, and of what we send to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ni.domain.errors import Problem
from tests.fakes.doors import make_door
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.vertex_rules import FIELDS, FREE
from tests.fakes.vertex_wire import PROJECT, TOKEN, VertexWire
from tests.fakes.wire_server import FakeWire
from tests.providers.table import ROWS, Row

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning"
)  # of Google's libraries
TEXT = "Bonjour, Zoë! 👋"
MODEL = "gemini-2.5-flash"


@pytest.fixture
def fake() -> Iterator[FakeWire]:
    with FakeWire(VertexWire()) as server:
        yield server


@pytest.fixture
def asked() -> Any:
    from google.cloud.aiplatform_v1 import GenerateContentRequest

    model = f"projects/{PROJECT}/locations/northamerica-northeast1/publishers/google/models/{MODEL}"
    return GenerateContentRequest(model=model, contents=[{"role": "user", "parts": [{"text": TEXT}]}])


@pytest.fixture
def client(fake: FakeWire) -> Iterator[Any]:
    from google.api_core.client_options import ClientOptions
    from google.cloud.aiplatform_v1 import PredictionServiceClient
    from google.oauth2.credentials import Credentials

    options = ClientOptions(api_endpoint=fake.url)
    with PredictionServiceClient(
        credentials=Credentials(TOKEN), transport="rest", client_options=options
    ) as made:
        yield made


def words(reply: Any) -> str:
    return "".join(part.text for candidate in reply.candidates for part in candidate.content.parts)


def test_the_platforms_client_gets_an_answer(client: Any, asked: Any) -> None:
    reply = client.generate_content(asked)
    assert words(reply) == TEXT
    assert reply.usage_metadata.cached_content_token_count == 64
    assert reply.candidates[0].finish_reason.name == "STOP"


def test_the_platforms_client_gets_a_stream(client: Any, asked: Any) -> None:
    chunks = list(client.stream_generate_content(asked))
    assert "".join(map(words, chunks)) == TEXT
    assert chunks[-1].usage_metadata.total_token_count == 112


def test_the_platforms_client_is_refused_what_gemini_refuses(client: Any, asked: Any) -> None:
    asked.generation_config.temperature = 3
    with pytest.raises(Exception, match="out of range"):
        client.generate_content(asked)


def test_every_field_that_the_fake_takes_is_one_of_the_platforms() -> None:
    """Otherwise the fake would let a request pass that Google refuses for an unknown name."""
    from google.cloud.aiplatform_v1 import GenerateContentRequest

    found: dict[str, set[str]] = {}
    _describe(GenerateContentRequest.pb().DESCRIPTOR, "", found)
    unknown = {kind: set(names.split()) - found[kind] for kind, names in FIELDS.items()}
    assert {kind: names for kind, names in unknown.items() if names} == {}


def test_the_platforms_types_refuse_an_unknown_name() -> None:
    from google.cloud.aiplatform_v1 import GenerateContentRequest

    with pytest.raises(Exception, match="thinkingBudgets"):
        GenerateContentRequest.from_json(
            '{"generationConfig": {"thinkingConfig": {"thinkingBudgets": 1}}}', ignore_unknown_fields=False
        )


def _describe(described: Any, name: str, found: dict[str, set[str]]) -> None:
    """Add the JSON names of a message's fields under the name of the field that holds it, and so on below."""
    if name in found or name in FREE:
        return
    found[name] = {each.json_name for each in described.fields}
    for each in described.fields:
        if each.message_type is not None:
            _describe(each.message_type, each.json_name, found)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_we_send_is_a_request_of_the_platforms(fake: FakeWire, row: Row) -> None:
    """Its types refuse unknown names, wrong types and two members of one choice."""
    from google.cloud.aiplatform_v1 import GenerateContentRequest

    upstream = UPSTREAMS["vertex_ai"]
    provider = upstream.build(make_door(), upstream.lookup())
    try:
        provider.send(order(upstream.route(fake), *row.messages, **row.fields)).reply()
    except Problem:
        assert row.problem
    for seen in fake.seen:
        GenerateContentRequest.from_json(json.dumps(seen.body), ignore_unknown_fields=False)
    assert fake.seen or row.problem
