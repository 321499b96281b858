"""Vectors, completions, counts and lists by the official clients, at the addresses that each of them builds."""

from collections.abc import Iterator
from pathlib import Path

import anthropic
import openai
import pytest

from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.fakes.text_rules import packed, vector
from tests.running import RunningGateway

QWEN = "local/qwen-local"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as served:
        yield served


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, server: FakeOpenAI) -> Iterator[RunningGateway]:
    home: Path = tmp_path_factory.mktemp("gateway")
    instance = RunningGateway(home, NI_LOCAL_BASE_URL=server.base_url, NI_LOCAL_API_KEY=KEY)
    instance.ni("init")
    yield instance.start()
    assert instance.stop() == 0


@pytest.fixture(scope="module")
def key(gateway: RunningGateway) -> str:
    return gateway.key()


@pytest.fixture(scope="module", params=["/v1", "/v1/", "/openai/v1", "/v1/v1"])
def client(gateway: RunningGateway, key: str, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=gateway.url + request.param, api_key=key, max_retries=0) as connected:
        yield connected


@pytest.fixture(scope="module")
def azure(gateway: RunningGateway, key: str) -> Iterator[openai.AzureOpenAI]:
    with openai.AzureOpenAI(
        azure_endpoint=gateway.url, api_key=key, api_version="2024-10-21", max_retries=0
    ) as connected:
        yield connected


def test_vectors_are_the_upstreams(client: openai.OpenAI) -> None:
    """The client asks for base64 by itself and decodes 32-bit floats; asked for floats it has all digits."""
    whole = client.embeddings.create(model=QWEN, input=["a b", "c"], encoding_format="float")
    assert [entry.embedding for entry in whole.data] == [vector("a b"), vector("c")]
    told = client.embeddings.create(model=QWEN, input="a b")
    assert packed(told.data[0].embedding) == packed(vector("a b"))
    assert told.usage.prompt_tokens == 3


@pytest.mark.parametrize("stream", [False, True])
def test_text_is_filled_in(client: openai.OpenAI, *, stream: bool) -> None:
    made = client.completions.create(model=QWEN, prompt="def f(", suffix=")", max_tokens=9, stream=stream)
    pieces = [made] if isinstance(made, openai.types.Completion) else list(made)
    assert "".join(choice.text for piece in pieces for choice in piece.choices) == "def f(…)"


def test_input_tokens_are_counted(client: openai.OpenAI) -> None:
    counted = client.responses.input_tokens.count(model=QWEN, input="Bonjour à toutes.")
    assert counted.object == "response.input_tokens"
    assert 3 < counted.input_tokens < 40


def test_models_say_what_they_are(client: openai.OpenAI) -> None:
    found = {model.id: model for model in client.models.list()}
    assert (found[QWEN].model_extra or {})["display_name"]
    assert client.models.retrieve(QWEN) == found[QWEN]


def test_azures_client_gets_chat_vectors_and_responses(azure: openai.AzureOpenAI) -> None:
    asked = azure.chat.completions.create(model=QWEN, messages=[{"role": "user", "content": "hi"}])
    assert asked.choices[0].message.content == "hi"
    told = azure.embeddings.create(model=QWEN, input="a", encoding_format="float")
    assert told.data[0].embedding == vector("a")
    assert azure.responses.create(model=QWEN, input="hi").output_text == "hi"
    assert azure.completions.create(model=QWEN, prompt="a").choices[0].text == "a…"


@pytest.mark.parametrize("base", ["", "/v1"])
def test_anthropics_client_pages_through_the_models(gateway: RunningGateway, key: str, base: str) -> None:
    with anthropic.Anthropic(base_url=gateway.url + base, api_key=key, max_retries=0) as connected:
        found = [model.id for model in connected.models.list(limit=1)]
        assert {QWEN, "local/llama3:8b-local", "sandbox/echo-local"} <= set(found)
        one = connected.models.retrieve(QWEN)
        assert (one.type, one.lifecycle) == ("model", "active")
        assert one.display_name


def test_an_unknown_model_for_vectors_is_the_clients_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="qwen-local"):
        client.embeddings.create(model="qwen", input="a")
