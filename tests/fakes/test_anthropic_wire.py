"""The fake of Anthropic is proven with the official client before anything of ours is tested against it."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from tests.fakes.anthropic_wire import KEY, AnthropicWire
from tests.fakes.model import ARGUMENTS, THOUGHT
from tests.fakes.wire_server import FakeWire

MODEL = "claude-sonnet-4-6"
TOOLS: Any = [{"name": name, "input_schema": {"type": "object"}} for name in ("a", "b")]
USER: Any = {"role": "user", "content": "Bonjour, Zoë! 👋"}


@pytest.fixture
def client() -> Iterator[anthropic.Anthropic]:
    with (
        FakeWire(AnthropicWire()) as fake,
        anthropic.Anthropic(api_key=KEY, base_url=fake.url, max_retries=0) as client,
    ):
        yield client


def test_the_official_client_gets_a_message(client: anthropic.Anthropic) -> None:
    reply = client.messages.create(model=MODEL, max_tokens=99, messages=[USER])
    assert reply.content[0].type == "text"
    assert (reply.content[0].text, reply.stop_reason) == (USER["content"], "end_turn")
    assert reply.usage.cache_read_input_tokens == 64


def test_the_official_client_gets_a_stream_of_calls_with_thinking(client: anthropic.Anthropic) -> None:
    asked: Any = {"thinking": {"type": "adaptive"}, "tools": TOOLS}
    with client.messages.stream(model=MODEL, max_tokens=99, messages=[USER], **asked) as stream:
        message = stream.get_final_message()
    thinking, *calls = message.content
    assert thinking.type == "thinking"
    assert thinking.thinking == THOUGHT
    assert [(call.name, call.input) for call in calls if call.type == "tool_use"] == [
        ("a", ARGUMENTS),
        ("b", ARGUMENTS),
    ]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"extra_body": {"foo": 1}}, "foo"),
        ({"extra_body": {"temperature": 1}}, "temperature"),
        ({"messages": [USER, {"role": "assistant", "content": "x"}]}, "prefill"),
        ({"messages": [{"role": "user", "content": " "}]}, "whitespace"),
        ({"thinking": {"type": "enabled", "budget_tokens": 99}}, "budget"),
    ],
)
def test_what_anthropic_refuses_is_refused(
    client: anthropic.Anthropic, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words):
        client.messages.create(**{"model": MODEL, "max_tokens": 99, "messages": [USER], **wrong})


def test_a_wrong_key_is_refused(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        client.with_options(api_key="x").messages.create(model=MODEL, max_tokens=9, messages=[USER])
