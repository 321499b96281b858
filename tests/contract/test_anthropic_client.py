"""The official Anthropic client, pointed at a running gateway: messages, streams, tools, counts, errors."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from tests.fakes.echo import echoed
from tests.running import RunningGateway

MODEL = "sandbox/echo-local"
READ: Any = {
    "name": "read_file",
    "description": "Read a file.",
    "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def key(gateway: RunningGateway) -> str:
    return gateway.key()


@pytest.fixture(params=["", "/v1"], ids=["bare", "with-v1"])
def client(
    gateway: RunningGateway, key: str, request: pytest.FixtureRequest
) -> Iterator[anthropic.Anthropic]:
    """Both addresses that people give: with `/v1`, the client itself doubles it."""
    base = gateway.url + request.param
    with anthropic.Anthropic(base_url=base, api_key=key, max_retries=0) as connected:
        yield connected


def ask(text: Any) -> Any:
    return [{"role": "user", "content": text}]


def test_a_whole_message(client: anthropic.Anthropic) -> None:
    message = client.messages.create(model=MODEL, max_tokens=100, messages=ask("say hi"))
    assert [block.type for block in message.content] == ["text"]
    assert echoed(message.content[0].text) == "say hi"  # type: ignore[union-attr]
    assert (message.model, message.role, message.stop_reason) == (MODEL, "assistant", "end_turn")
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 2


def test_a_stream_is_put_together_by_the_client(client: anthropic.Anthropic) -> None:
    with client.messages.stream(model=MODEL, max_tokens=100, messages=ask("one two three")) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    assert len(pieces) > 3
    assert echoed("".join(pieces)) == "one two three"
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0


def test_an_answer_that_was_cut_off_says_so(client: anthropic.Anthropic) -> None:
    message = client.messages.create(model=MODEL, max_tokens=1, messages=ask("one two three"))
    assert message.stop_reason == "max_tokens"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop(client: anthropic.Anthropic, streamed: bool) -> None:
    turns = ask('call read_file with {"path": "a.py"}')
    asked: Any = {"model": MODEL, "max_tokens": 100, "tools": [READ], "system": "Use tools."}
    if streamed:
        with client.messages.stream(messages=turns, **asked) as stream:
            message = stream.get_final_message()
    else:
        message = client.messages.create(messages=turns, **asked)
    assert message.stop_reason == "tool_use"
    called = message.content[-1]
    assert called.type == "tool_use"
    assert (called.name, called.input) == ("read_file", {"path": "a.py"})
    result = {
        "type": "tool_result",
        "tool_use_id": called.id,
        "content": [{"type": "text", "text": "print(1)"}],
    }
    turns += [{"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    answer = client.messages.create(messages=turns, **asked)
    assert answer.content[0].text == "The tool answered: print(1)"


def test_a_forced_tool(client: anthropic.Anthropic) -> None:
    message = client.messages.create(
        model=MODEL,
        max_tokens=50,
        messages=ask("hi"),
        tools=[READ],
        tool_choice={"type": "tool", "name": "read_file"},
    )
    assert message.content[-1].type == "tool_use"


def test_an_image(client: anthropic.Anthropic) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    message = client.messages.create(
        model=MODEL, max_tokens=200, messages=ask([image, {"type": "text", "text": "see"}])
    )
    assert "1 image: image/png" in message.content[0].text  # type: ignore[union-attr]


def test_tokens_are_counted(client: anthropic.Anthropic) -> None:
    assert client.messages.count_tokens(model=MODEL, messages=ask("x" * 400)).input_tokens > 100


def test_an_unknown_model_is_an_answer(client: anthropic.Anthropic) -> None:
    message = client.messages.create(model="claude-of-my-own", max_tokens=50, messages=ask("hi"))
    assert "isn't one of the exact route ids" in message.content[0].text  # type: ignore[union-attr]
    assert message.usage.input_tokens == message.usage.output_tokens == 0


def test_a_wrong_key_is_an_authentication_error(gateway: RunningGateway) -> None:
    with (
        anthropic.Anthropic(base_url=gateway.url, api_key="ni_live_wrong", max_retries=0) as stranger,
        pytest.raises(anthropic.AuthenticationError) as caught,
    ):
        stranger.messages.create(model=MODEL, max_tokens=5, messages=ask("hi"))
    assert caught.value.type == "authentication_error"


def test_a_bad_request_names_the_field(client: anthropic.Anthropic) -> None:
    robot: Any = [{"role": "robot", "content": "hi"}]
    with pytest.raises(anthropic.BadRequestError, match=r"messages\[0\]\.role"):
        client.messages.create(model=MODEL, max_tokens=5, messages=robot)
