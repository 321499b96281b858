"""The fake is proven with the official client before anything of ours is tested against it."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.fakes.openai_server import KEY, FakeOpenAI, Script

TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("a", "b")
]
USER: Any = {"role": "user", "content": "Bonjour, Zoë! 👋"}


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def client(fake: FakeOpenAI) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=KEY, base_url=fake.base_url, max_retries=0) as client:
        yield client


def test_the_official_client_gets_a_completion(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="gpt-4o", messages=[USER])
    assert reply.choices[0].message.content == USER["content"]
    assert reply.usage
    assert reply.usage.prompt_tokens_details
    assert reply.usage.prompt_tokens_details.cached_tokens == 64


def test_the_official_client_gets_a_stream_with_usage(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="gpt-4o", messages=[USER], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == USER["content"]
    assert chunks[-1].usage
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_the_official_client_gets_parallel_tool_calls(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="gpt-4o", messages=[USER], tools=TOOLS) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.tool_calls
    assert [(c.function.name, c.function.arguments) for c in message.tool_calls] == [
        ("a", '{"city":"Montréal"}'),
        ("b", '{"city":"Montréal"}'),
    ]


def test_the_official_client_lists_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["qwen", "llama3:8b"]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"extra_body": {"foo": 1}}, "foo"),
        ({"temperature": 2.5}, "temperature"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "tool_call_id": "x", "content": ""}]}, "messages.[0].role"),
        ({"model": "gpt-5", "max_tokens": 5}, "max_tokens"),
    ],
)
def test_what_openai_refuses_is_refused(client: openai.OpenAI, wrong: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**{"model": "gpt-4o", "messages": [USER], **wrong})
    assert refused.value.param == param


def test_a_wrong_key_is_refused(fake: FakeOpenAI) -> None:
    with (
        openai.OpenAI(api_key="sk-wrong", base_url=fake.base_url) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="gpt-4o", messages=[USER])


def test_a_cut_stream_is_an_error_for_the_official_client(client: openai.OpenAI, fake: FakeOpenAI) -> None:
    fake.scripts.append(Script(cut_at=300))
    with pytest.raises(openai.APIConnectionError):
        list(client.chat.completions.create(model="gpt-4o", messages=[USER], stream=True))
