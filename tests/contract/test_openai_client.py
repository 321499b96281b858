"""The official OpenAI client, pointed at a running gateway: chat, streams, tools, images, lists, errors."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.fakes.echo import echoed
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import ROUTE, Fleet
from tests.running import RunningGateway

MODEL = "sandbox/echo-local"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PIXEL = f"data:image/png;base64,{PNG}"


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream(words=100, pause_s=0.1) as served:
        yield served


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: PacedUpstream) -> Iterator[RunningGateway]:
    home: Path = tmp_path_factory.mktemp("gateway")
    instance = RunningGateway(home, NI_LOCAL_BASE_URL=upstream.base_url)
    instance.ni("init")
    yield instance.start()
    assert instance.stop() == 0


@pytest.fixture(scope="module")
def client(gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0) as connected:
        yield connected


def ask(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_a_whole_answer_carries_text_usage_and_the_route(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=ask("say hi"))
    assert echoed(answer.choices[0].message.content or "") == "say hi"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == MODEL
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_every_header_of_the_contract_is_on_the_answer(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ask("say hi"))
    assert raw.headers["x-ni-custody-path"] == "NI-CA -> Sandbox-CA"
    assert raw.headers["x-ni-resolved-jurisdiction"] == "CA"
    assert len(raw.headers["x-ni-request-id"]) == 16
    assert len(raw.headers["x-ni-custody-record"]) == 43
    for name in ("tier", "provider", "region", "litellm-model"):
        assert raw.headers[f"x-ni-resolved-{name}"]


def test_a_stream_arrives_in_pieces_and_ends_with_usage(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model=MODEL, messages=ask("one two three"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert echoed("".join(text or "" for text in texts)) == "one two three"
    assert sum(bool(text) for text in texts) > 3
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None


def test_a_tool_loop_goes_round(client: openai.OpenAI) -> None:
    messages = ask('call weather with {"city": "Québec"}')
    called = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER]).choices[0]
    assert called.finish_reason == "tool_calls"
    assert called.message.tool_calls is not None
    call: Any = called.message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Québec"}')
    messages += [called.message, {"role": "tool", "tool_call_id": call.id, "content": "-4 °C"}]
    final = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    assert "-4 °C" in (final.choices[0].message.content or "")


def test_a_streamed_tool_call_is_put_together_by_the_client(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model=MODEL, messages=ask('call weather with {"city": "Gaspé"}'), tools=[WEATHER]
    ) as stream:
        final = stream.get_final_completion()
    call: Any = (final.choices[0].message.tool_calls or [])[0]
    assert call.function.arguments == '{"city": "Gaspé"}'


def test_an_image_reaches_a_route_that_sees(client: openai.OpenAI) -> None:
    content = [{"type": "text", "text": "what is this"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    messages: Any = [{"role": "user", "content": content}]
    answer = client.chat.completions.create(model=MODEL, messages=messages)
    assert "image/png" in (answer.choices[0].message.content or "")


def test_models_list_and_retrieve_tell_what_can_be_called(client: openai.OpenAI) -> None:
    listed = [model.id for model in client.models.list()]
    assert MODEL in listed
    assert "local/paced-local" in listed
    assert not [name for name in listed if name.startswith("openai/")]
    found: Any = client.models.retrieve(MODEL)
    assert found.capabilities["supports_streaming"] is True


def test_a_wrong_key_is_an_authentication_error(gateway: RunningGateway) -> None:
    with (
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="ni_live_wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        stranger.chat.completions.create(model=MODEL, messages=ask("hi"))
    assert refused.value.code == "invalid_api_key"
    assert len(refused.value.response.headers["x-ni-request-id"]) == 16


def test_a_missing_field_is_named(client: openai.OpenAI) -> None:
    messages: Any = [{"content": "no role"}]
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=MODEL, messages=messages)
    assert refused.value.param == "messages[0].role"


def test_a_cap_that_is_reached_is_not_retried(tmp_path: Path, upstream: PacedUpstream) -> None:
    """Of a route that has a price: what costs nothing is never refused for money."""
    answers: list[object] = []
    watched = openai.DefaultHttpxClient(event_hooks={"response": [answers.append]})
    with closing(Fleet(tmp_path, upstream)) as fleet:
        key, url = fleet.start().first.key("--max-spend-per-day", "0"), f"{fleet.first.url}/v1"
        with (
            openai.OpenAI(base_url=url, api_key=key, max_retries=3, http_client=watched) as poor,
            pytest.raises(openai.RateLimitError) as refused,
        ):
            poor.chat.completions.create(model=ROUTE, messages=ask("hi"))
    assert refused.value.code == "insufficient_quota"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert len(answers) == 1


def test_an_unknown_model_is_answered_in_chat_and_a_number_maps_it_for_the_key_alone(
    client: openai.OpenAI, gateway: RunningGateway
) -> None:
    pinned = "claude-sonnet-4.5"
    listed = (
        client.chat.completions.create(model=pinned, messages=ask("say hi")).choices[0].message.content or ""
    )
    assert listed.startswith(f'"{pinned}" isn\'t one of the exact route ids your key can call.')
    number = next(line.partition(".")[0] for line in listed.splitlines() if line.endswith(f". {MODEL}")
                  and line[0].isdigit())  # fmt: skip
    history: Any = [*ask("say hi"), {"role": "assistant", "content": listed}, *ask(number)]
    client.chat.completions.create(model=pinned, messages=history)
    answer = client.chat.completions.create(model=pinned, messages=ask("now it works"))
    assert echoed(answer.choices[0].message.content or "") == "now it works"
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0) as other:
        answer = other.chat.completions.create(model=pinned, messages=ask("now it works"))
    assert (answer.choices[0].message.content or "").startswith(f'"{pinned}" isn\'t one of the exact')


def test_a_client_that_leaves_closes_the_upstream_within_a_second(
    client: openai.OpenAI, upstream: PacedUpstream
) -> None:
    before = upstream.left
    stream = client.chat.completions.create(model="local/paced-local", messages=ask("go"), stream=True)
    next(iter(stream))
    stream.close()
    assert _rises(lambda: upstream.left, before, within_s=1.0)


def test_a_client_that_leaves_before_the_first_token_closes_the_upstream(
    gateway: RunningGateway, client: openai.OpenAI, upstream: PacedUpstream
) -> None:
    before, impatient = (
        upstream.left,
        openai.OpenAI(base_url=client.base_url, api_key=client.api_key, max_retries=0, timeout=0.3),
    )
    with impatient, pytest.raises(openai.APITimeoutError):
        impatient.chat.completions.create(model="local/paced-local", messages=ask("go"))
    assert _rises(lambda: upstream.left, before, within_s=1.0)
    row = gateway_usage(gateway, client.api_key)
    assert row["outcome"] == "client_gone"
    assert row["prompt_tokens"] > 0


def gateway_usage(gateway: RunningGateway, key: str) -> dict[str, Any]:
    time.sleep(0.2)
    with openai.OpenAI(base_url=gateway.url, api_key=key, max_retries=0) as plain:
        page: Any = plain.get("/api/usage?limit=1", cast_to=object)
    row: dict[str, Any] = page["data"][0]
    return row


def _rises(count: Any, before: int, within_s: float) -> bool:
    ended = threading.Event()
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        if count() > before:
            return True
        ended.wait(0.01)
    return False
