"""Bedrock's provider: what models on it take, tools while streaming, thinking, cache points, refusals told by words."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.domain import errors
from ni.providers.aws_auth import region_of
from ni.providers.bedrock import Bedrock
from ni.providers.usage import completion_of
from tests.fakes.bedrock_wire import BedrockWire
from tests.fakes.doors import make_door
from tests.fakes.model import THOUGHT
from tests.fakes.openai_server import Script
from tests.fakes.orders import order, route, settings
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.providers.table import HELLO, SCHEMA, TOOLS, calling, result

UPSTREAM = UPSTREAMS["bedrock"]
SONNET, HAIKU = "global.anthropic.claude-sonnet-4-6", "us.anthropic.claude-haiku-4-5-20251001-v1:0"
OPUS = "global.anthropic.claude-opus-4-8"
MISTRAL, LLAMA = "mistral.mistral-large-2402-v1:0", "meta.llama3-70b-instruct-v1:0"
Json = dict[str, Any]


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(BedrockWire()) as server:
        yield server


def bedrock() -> Bedrock:
    return Bedrock(make_door(), UPSTREAM.lookup())


def sent(wire: FakeWire, model: str, *messages: Json, **fields: Any) -> Json:
    """The body that was sent for an order."""
    bedrock().send(order(UPSTREAM.route(wire, model), *messages, **fields)).reply()
    return wire.seen[-1].body


def test_the_models_id_is_quoted_in_the_path(wire: FakeWire) -> None:
    sent(wire, MISTRAL)
    assert wire.seen[-1].path == "/model/mistral.mistral-large-2402-v1%3A0/converse"


def test_a_model_that_cannot_stream_tools_is_buffered_and_replayed(wire: FakeWire) -> None:
    to = UPSTREAM.route(wire, MISTRAL)
    chunks = list(bedrock().send(order(to, HELLO, stream=True, tools=TOOLS)).chunks())
    assert wire.seen[-1].path.endswith("/converse")
    choice = completion_of(chunks)["choices"][0]
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["a", "b"]
    assert choice["finish_reason"] == "tool_calls"
    assert chunks[-1]["usage"]["total_tokens"] == 112


def test_a_model_that_says_it_cannot_stream_tools_is_asked_once_more_for_a_whole_answer(
    wire: FakeWire,
) -> None:
    to = UPSTREAM.route(wire, "writer.palmyra-x5-v1:0")
    choice = completion_of(bedrock().send(order(to, HELLO, stream=True, tools=TOOLS)).chunks())["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert [seen.path.rpartition("/")[2] for seen in wire.seen] == ["converse-stream", "converse"]


def test_a_plain_stream_of_that_model_is_a_stream(wire: FakeWire) -> None:
    list(bedrock().send(order(UPSTREAM.route(wire, MISTRAL), HELLO, stream=True)).chunks())
    assert wire.seen[-1].path.endswith("/converse-stream")


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        (MISTRAL, {"temperature": 1.5, "top_p": 0.5, "top_k": 3}, {"temperature": 1.0, "topP": 0.5}),
        (HAIKU, {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}),
        (OPUS, {"temperature": 0.5, "top_p": 0.5}, {}),
    ],
)
def test_sampling_goes_as_the_model_takes_it(
    wire: FakeWire, model: str, fields: Json, expected: Json
) -> None:
    inference = sent(wire, model, **fields)["inferenceConfig"]
    assert {name: value for name, value in inference.items() if name != "maxTokens"} == expected


def test_a_schema_is_held_natively_by_a_tool_or_by_words(wire: FakeWire) -> None:
    native = sent(wire, SONNET, response_format=SCHEMA)
    assert native["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["name"] == "place"
    forced = sent(wire, MISTRAL, response_format=SCHEMA)
    assert forced["toolConfig"]["toolChoice"] == {"any": {}}
    told = sent(wire, LLAMA, response_format=SCHEMA, max_tokens=99)
    assert '"city"' in told["system"][0]["text"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_from_a_forced_tool_is_text(wire: FakeWire, *, stream: bool) -> None:
    exchange = bedrock().send(order(UPSTREAM.route(wire, MISTRAL), stream=stream, response_format=SCHEMA))
    choice = (completion_of(exchange.chunks()) if stream else exchange.reply())["choices"][0]
    assert "Montréal" in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"


def test_a_forced_tool_of_a_model_that_knows_no_names_is_the_only_one_offered(wire: FakeWire) -> None:
    choice = {"type": "function", "function": {"name": "b"}}
    config = sent(wire, MISTRAL, tools=TOOLS, tool_choice=choice)["toolConfig"]
    assert [tool["toolSpec"]["name"] for tool in config["tools"]] == ["b"]


def test_forbidden_tools_are_left_out_unless_the_conversation_has_called_some(wire: FakeWire) -> None:
    assert "toolConfig" not in sent(wire, HAIKU, HELLO, tools=TOOLS, tool_choice="none")
    history = [HELLO, calling("c1"), result("c1", "7")]
    body = sent(wire, HAIKU, *history, tools=TOOLS, tool_choice="none")
    assert len(body["toolConfig"]["tools"]) == 2
    assert "Do not call" in body["system"][-1]["text"]
    body = sent(wire, HAIKU, *history)
    assert [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]] == ["a"]


def test_one_call_at_a_time_is_claudes_own_field(wire: FakeWire) -> None:
    extra = sent(wire, HAIKU, tools=TOOLS, parallel_tool_calls=False)["additionalModelRequestFields"]
    assert extra["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_cache_points_follow_what_was_marked_where_the_model_caches(wire: FakeWire) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    system = {"role": "system", "content": [{"type": "text", "text": "Be kind.", "cache_control": mark}]}
    user = {
        "role": "user",
        "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}],
    }
    tools = [{**TOOLS[0], "cache_control": mark}]
    body = sent(wire, HAIKU, system, user, tools=tools)
    assert body["system"] == [{"text": "Be kind."}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    assert body["messages"][0]["content"] == [{"text": "Hi"}, {"cachePoint": {"type": "default"}}]
    assert body["toolConfig"]["tools"][1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert "cachePoint" not in str(sent(wire, MISTRAL, system, user, tools=tools))


@pytest.mark.parametrize("model", [HAIKU, SONNET])
@pytest.mark.parametrize("stream", [False, True])
def test_signed_thinking_survives_a_tool_loop_through_a_plain_client(
    wire: FakeWire, model: str, *, stream: bool
) -> None:
    provider, to = bedrock(), UPSTREAM.route(wire, model)
    exchange = provider.send(order(to, HELLO, stream=stream, tools=TOOLS, reasoning_effort="low"))
    message = (completion_of(exchange.chunks()) if stream else exchange.reply())["choices"][0]["message"]
    assert message.pop("reasoning_content") == THOUGHT
    results = [result(call["id"], "7") for call in message["tool_calls"]]
    provider.send(order(to, HELLO, message, *results, tools=TOOLS, reasoning_effort="low")).reply()
    replayed = wire.seen[-1].body["messages"][1]["content"]
    assert [next(iter(block)) for block in replayed] == ["reasoningContent", "toolUse", "toolUse"]
    assert "thinking" in wire.seen[-1].body["additionalModelRequestFields"]


def test_only_betas_that_bedrock_knows_go_along(wire: FakeWire) -> None:
    given = order(UPSTREAM.route(wire, HAIKU), HELLO)
    betas = "claude-code-20250219, context-1m-2025-08-07"
    bedrock().send(replace(given, headers={"anthropic-beta": betas})).reply()
    extra = wire.seen[-1].body["additionalModelRequestFields"]
    assert extra["anthropic_beta"] == ["context-1m-2025-08-07"]


@pytest.mark.parametrize(
    ("status", "kind", "words", "problem"),
    [
        (400, "ValidationException", "This model's maximum context length is 8192", errors.ContextTooLong),
        (400, "ValidationException", "The provided model identifier is invalid.", errors.UpstreamMissing),
        (404, "ResourceNotFoundException", "end of its life", errors.UpstreamMissing),
        (400, "ExpiredTokenException", "The security token is expired", errors.UpstreamAuth),
        (400, "ServiceQuotaExceededException", "quota", errors.RateLimited),
        (424, "ModelErrorException", "x", errors.UpstreamError),
        (429, "ModelNotReadyException", "x", errors.UpstreamBusy),
        (408, "ModelTimeoutException", "x", errors.UpstreamTimeout),
    ],
)
def test_refusals_are_told_apart(
    wire: FakeWire, status: int, kind: str, words: str, problem: type[errors.Problem]
) -> None:
    body = b'{"message":"%s"}' % words.encode()
    wire.scripts.append(Script(status=status, body=body, headers={"x-amzn-ErrorType": f"{kind}:http://x"}))
    with pytest.raises(errors.Problem) as raised:
        bedrock().send(order(UPSTREAM.route(wire), HELLO))
    assert type(raised.value) is problem


def test_the_regions_own_endpoint_is_used_unless_another_is_set() -> None:
    deployment = replace(route("bedrock").deployment, region="us", options={"api_region": "us-east-1"})
    provider = bedrock()
    assert region_of(deployment, settings(AWS_REGION="x")) == "us-east-1"
    assert provider._endpoint(deployment, "us-east-1") == "https://bedrock-runtime.us-east-1.amazonaws.com"
    set_elsewhere = Bedrock(make_door(), settings(AWS_ENDPOINT_URL_BEDROCK_RUNTIME="http://127.0.0.1:9/"))
    assert set_elsewhere._endpoint(deployment, "us-east-1") == "http://127.0.0.1:9"
    assert "AWS_REGION" in str(provider.missing(route("bedrock").deployment))
