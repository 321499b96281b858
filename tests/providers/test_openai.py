"""OpenAI's provider against the strict fake: what is sent, and what comes back."""

import json
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from ni.domain.reply import Usage
from ni.domain.route import Route
from ni.domain.secret import Secret
from ni.providers.base import ProviderRequest, SettingLookup
from ni.providers.openai_compatible import OpenAI
from ni.providers.usage import completion_of
from tests.fakes.doors import make_door
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.openai_wire import completion, events
from tests.fakes.orders import OPENAI_SETTINGS, USER, order, route, settings

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("a", "b")
]
USAGE = Usage(uncached=20, cached=64, cache_write=16, output=20, reasoning=8)


def openai(lookup: SettingLookup = OPENAI_SETTINGS) -> OpenAI:
    return OpenAI(make_door(), lookup)


def to(fake: FakeOpenAI, model: str = "gpt-4o") -> Route:
    return route("openai", model, fake.base_url)


def told(given: ProviderRequest, provider: OpenAI | None = None) -> dict[str, Any]:
    """The message that comes back for an order, whole or put together from its chunks."""
    exchange = (provider or openai()).send(given)
    whole = completion_of(exchange.chunks()) if given.stream else exchange.reply()
    assert exchange.usage == USAGE
    choice: dict[str, Any] = whole["choices"][0]
    return choice


@pytest.mark.parametrize("stream", [False, True])
def test_the_answer_comes_with_usage_in_disjoint_classes_and_the_peer(fake: FakeOpenAI, stream: bool) -> None:
    provider, given = openai(), order(to(fake), stream=stream)
    choice = told(given, provider)
    assert (choice["message"]["content"], choice["finish_reason"]) == (USER["content"], "stop")
    with closing(provider.send(given)) as exchange:
        peer = exchange.peer
    assert (peer.address, peer.upstream_request_id, peer.http_status) == ("127.0.0.1", "req_fake", 200)


@pytest.mark.parametrize("stream", [False, True])
def test_parallel_tool_calls_come_whole(fake: FakeOpenAI, stream: bool) -> None:
    choice = told(order(to(fake), tools=TOOLS, parallel_tool_calls=True, stream=stream))
    calls = [(call["id"], call["function"]) for call in choice["message"]["tool_calls"]]
    expected = [
        (f"call_{at}", {"name": name, "arguments": '{"city":"Montréal"}'}) for at, name in enumerate("ab")
    ]
    assert (calls, choice["finish_reason"]) == (expected, "tool_calls")


def test_tool_results_images_and_schemas_travel_untouched(fake: FakeOpenAI) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
    calls = [{"id": "c1", "type": "function", "function": {"name": "a", "arguments": "{}"}}]
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "text", "text": "what?"}, image]},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c1", "content": "12 °C"},
        USER,
    ]
    schema = {
        "type": "json_schema",
        "json_schema": {"name": "weather", "schema": {"type": "object"}, "strict": True},
    }
    choice = told(order(to(fake), *messages, tools=TOOLS, tool_choice="none", response_format=schema))
    assert choice["message"]["content"] == '{"name": "weather"}'
    sent = fake.requests[-1]
    assert (sent["messages"], sent["response_format"], sent["model"]) == (messages, schema, "gpt-4o")


def test_a_stream_is_asked_for_its_usage_and_a_whole_answer_is_not(fake: FakeOpenAI) -> None:
    told(order(to(fake), stream=True, stream_options={"include_usage": False, "include_obfuscation": False}))
    told(order(to(fake), stream_options={"include_usage": True}))
    assert fake.requests[0]["stream_options"] == {"include_usage": True, "include_obfuscation": False}
    assert "stream_options" not in fake.requests[1]


def test_each_choice_of_several_is_given(fake: FakeOpenAI) -> None:
    chunks = list(openai().send(order(to(fake), n=2, stream=True)).chunks())
    reasons = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]]
    assert reasons.count("stop") == 2
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 120


def test_fields_that_openai_does_not_know_or_that_redirect_are_left_out(fake: FakeOpenAI) -> None:
    extras: dict[str, Any] = {
        "api_base": "http://evil",
        "base_url": "http://evil",
        "api_key": "x",
        "organization": "x",
        "extra_headers": {"a": "b"},
        "top_k": 5,
        "privacy_tier": "x",
    }
    told(order(to(fake), temperature=0.5, **extras))
    assert set(fake.requests[0]) == {"messages", "model", "stream", "temperature"}


@pytest.mark.parametrize("model", ["o3", "gpt-5", "gpt-5.1-mini"])
def test_a_reasoning_model_gets_its_own_output_limit_and_no_sampling(fake: FakeOpenAI, model: str) -> None:
    told(order(to(fake, model), max_tokens=9, temperature=0.2, top_p=0.3))
    assert fake.requests[0]["max_completion_tokens"] == 9
    assert fake.requests[0].keys().isdisjoint({"max_tokens", "temperature", "top_p"})


def test_another_model_keeps_its_fields(fake: FakeOpenAI) -> None:
    told(order(to(fake, "gpt-4.1"), max_tokens=9, temperature=0.2))
    assert (fake.requests[0]["max_tokens"], fake.requests[0]["temperature"]) == (9, 0.2)


def test_prompt_caches_of_accounts_that_share_our_credential_are_kept_apart(fake: FakeOpenAI) -> None:
    shared = replace(order(to(fake), prompt_cache_key="mine"), cache_tag="acct7:")
    told(shared)
    told(replace(shared, byok={"api_key": Secret(KEY)}))
    assert [sent["prompt_cache_key"] for sent in fake.requests] == ["acct7:mine", "mine"]


def test_a_byok_credential_is_used_instead_of_ours(fake: FakeOpenAI) -> None:
    own = replace(order(to(fake)), byok={"api_key": Secret(KEY)})
    assert told(own, openai(settings(OPENAI_API_KEY="sk-platform")))["finish_reason"] == "stop"


def test_the_base_url_may_come_from_a_setting(fake: FakeOpenAI) -> None:
    there = route("openai", "gpt-4o", "http://127.0.0.1:1/v1", "OPENAI_BASE_URL")
    provider = openai(settings(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=fake.base_url + "/"))
    assert told(order(there), provider)["finish_reason"] == "stop"


def test_it_says_what_is_missing() -> None:
    assert "OPENAI_API_KEY" in str(openai(settings()).missing(route("openai").deployment))
    assert openai().missing(route("openai").deployment) is None


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_in_the_other_form_is_turned_into_the_one_asked_for(fake: FakeOpenAI, stream: bool) -> None:
    body = {"messages": [USER], "tools": TOOLS, "stream_options": {"include_usage": True}}
    other = Script(body=events(body), headers={"Content-Type": "text/event-stream"})
    if stream:
        other = Script(body=json.dumps(completion(body)).encode())
    fake.scripts.append(other)
    choice = told(order(to(fake), tools=TOOLS, stream=stream))
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["a", "b"]
    assert choice["finish_reason"] == "tool_calls"


def test_a_stream_in_single_bytes_reads_the_same(fake: FakeOpenAI) -> None:
    fake.scripts.append(Script(piece=1))
    assert told(order(to(fake), stream=True))["message"]["content"] == USER["content"]


def test_connections_are_used_again_after_streams_and_answers(fake: FakeOpenAI) -> None:
    provider = openai()
    for stream in (True, False, True):
        told(order(to(fake), stream=stream), provider)
    assert fake.connections == 1
