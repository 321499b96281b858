"""The fake of Azure is proven with the official client before anything of ours is tested against it."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.fakes.azure_wire import KEY, TOKEN, AzureWire
from tests.fakes.wire_server import FakeWire

USER: Any = {"role": "user", "content": "Bonjour, Zoë! 👋"}
MODEL, VERSION = "gpt-4.1-mini", "2024-10-21"


@pytest.fixture
def fake() -> Iterator[FakeWire]:
    with FakeWire(AzureWire()) as server:
        yield server


def client(fake: FakeWire, **more: Any) -> openai.AzureOpenAI:
    return openai.AzureOpenAI(azure_endpoint=fake.url, api_version=VERSION, max_retries=0, **more)


def test_the_official_client_gets_a_completion_and_a_stream(fake: FakeWire) -> None:
    with client(fake, api_key=KEY) as azure:
        reply = azure.chat.completions.create(model=MODEL, messages=[USER])
        assert reply.choices[0].message.content == USER["content"]
        chunks = list(azure.chat.completions.create(model=MODEL, messages=[USER], stream=True))
    assert chunks[0].choices == []
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == USER["content"]


def test_the_official_client_may_bring_a_token_of_entra(fake: FakeWire) -> None:
    with client(fake, azure_ad_token=TOKEN) as azure:
        assert azure.chat.completions.create(model=MODEL, messages=[USER]).choices[0].finish_reason == "stop"


def test_the_official_client_reaches_the_version_one_address(fake: FakeWire) -> None:
    with openai.OpenAI(base_url=f"{fake.url}/openai/v1", api_key=TOKEN) as azure:
        assert azure.chat.completions.create(model=MODEL, messages=[USER]).choices[0].finish_reason == "stop"


def test_what_azure_refuses_is_refused(fake: FakeWire) -> None:
    with client(fake, api_key=KEY) as azure:
        with pytest.raises(openai.NotFoundError, match="deployment"):
            azure.chat.completions.create(model="absent", messages=[USER])
        with pytest.raises(openai.BadRequestError, match="filtered"):
            azure.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "BLOCKED"}])
    with client(fake, api_key="wrong") as azure, pytest.raises(openai.AuthenticationError):
        azure.chat.completions.create(model=MODEL, messages=[USER])
