"""Vertex's provider: addresses, thinking, signatures, JSON beside tools, blocked prompts and empty candidates."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ni.domain import errors
from ni.domain.reply import Usage
from ni.providers.usage import completion_of
from ni.providers.vertex import Vertex
from ni.providers.vertex_translate import usage_of
from tests.fakes.doors import make_door
from tests.fakes.model import ARGUMENTS, THOUGHT
from tests.fakes.openai_server import Script
from tests.fakes.orders import order, route, settings
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.vertex_rules import SKIP, sign
from tests.fakes.vertex_wire import VertexWire, error
from tests.fakes.wire_server import FakeWire
from tests.providers.table import HELLO, PNG, SCHEMA, TOOLS, calling, result, said

UPSTREAM = UPSTREAMS["vertex_ai"]
PRO, FLASH, THREE = "gemini-2.5-pro", "gemini-2.5-flash", "gemini-3.5-flash"
Json = dict[str, Any]


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(VertexWire()) as server:
        yield server


def vertex() -> Vertex:
    return Vertex(make_door(), UPSTREAM.lookup())


def sent(wire: FakeWire, model: str, *messages: Json, **fields: Any) -> Json:
    """The body that was sent for an order."""
    vertex().send(order(UPSTREAM.route(wire, model), *messages, **fields)).reply()
    return wire.seen[-1].body


def test_the_location_is_the_deployments(wire: FakeWire) -> None:
    to = UPSTREAM.route(wire, FLASH)
    placed = replace(to, deployment=replace(to.deployment, region="northamerica-northeast1"))
    vertex().send(order(placed)).reply()
    assert wire.seen[-1].path == (
        "/v1/projects/project-1/locations/northamerica-northeast1/publishers/google/models/gemini-2.5-flash"
        ":generateContent"
    )


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("northamerica-northeast1", "https://northamerica-northeast1-aiplatform.googleapis.com"),
        ("global", "https://aiplatform.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
    ],
)
def test_each_location_has_its_host_unless_another_is_set(location: str, host: str) -> None:
    bare = route("vertex_ai").deployment
    assert vertex()._endpoint(bare, location) == host
    elsewhere = Vertex(make_door(), settings(NI_VERTEX_ENDPOINT="http://127.0.0.1:9/"))
    assert elsewhere._endpoint(bare, location) == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        (FLASH, {}, None),
        (FLASH, {"reasoning_effort": "none"}, {"thinkingBudget": 0, "includeThoughts": False}),
        (PRO, {"reasoning_effort": "none"}, {"thinkingBudget": 128, "includeThoughts": False}),
        (PRO, {"reasoning_effort": "high"}, {"thinkingBudget": 24_576, "includeThoughts": True}),
        (
            PRO,
            {"thinking": {"type": "enabled", "budget_tokens": 99_999}},
            {"thinkingBudget": 32_768, "includeThoughts": True},
        ),
        (THREE, {"reasoning_effort": "medium"}, {"thinkingLevel": "MEDIUM", "includeThoughts": True}),
        (THREE, {"reasoning_effort": "none"}, {"thinkingLevel": "MINIMAL", "includeThoughts": False}),
        (
            "gemini-3.1-pro-preview",
            {"reasoning_effort": "minimal"},
            {"thinkingLevel": "LOW", "includeThoughts": True},
        ),
        ("gemini-2.0-flash", {"reasoning_effort": "high"}, None),
    ],
)
def test_thinking_goes_as_the_generation_takes_it(
    wire: FakeWire, model: str, fields: Json, expected: Json | None
) -> None:
    assert sent(wire, model, **fields)["generationConfig"].get("thinkingConfig") == expected


def test_parameters_that_gemini_has_are_carried_and_penalties_are_not(wire: FakeWire) -> None:
    fields = {
        "seed": 7,
        "presence_penalty": 0.5,
        "frequency_penalty": 0.25,
        "temperature": 1.7,
        "max_tokens": 9,
    }
    config = sent(wire, FLASH, **fields)["generationConfig"]
    assert config == {
        "seed": 7,
        "temperature": 1.7,
        "maxOutputTokens": 9,
    }


def test_a_schema_is_held_natively_unless_tools_are_in_the_way(wire: FakeWire) -> None:
    assert sent(wire, FLASH, response_format=SCHEMA)["generationConfig"]["responseJsonSchema"]
    body = sent(wire, FLASH, response_format=SCHEMA, tools=TOOLS)
    assert "responseMimeType" not in body["generationConfig"]
    assert '"city"' in body["systemInstruction"]["parts"][-1]["text"]
    assert sent(wire, THREE, response_format=SCHEMA, tools=TOOLS)["generationConfig"]["responseJsonSchema"]


@pytest.mark.parametrize("stream", [False, True])
def test_signatures_survive_a_tool_loop_through_a_plain_client(wire: FakeWire, *, stream: bool) -> None:
    provider, to = vertex(), UPSTREAM.route(wire, THREE)
    exchange = provider.send(order(to, HELLO, stream=stream, tools=TOOLS))
    message = (completion_of(exchange.chunks()) if stream else exchange.reply())["choices"][0]["message"]
    results = [result(call["id"], "7") for call in message["tool_calls"]]
    provider.send(order(to, HELLO, message, *results, tools=TOOLS)).reply()
    first, second = wire.seen[-1].body["contents"][1]["parts"]
    assert first["thoughtSignature"] == sign("a", ARGUMENTS)
    assert "thoughtSignature" not in second


def test_calls_of_another_model_go_unsigned_by_the_documented_word(wire: FakeWire) -> None:
    history = [HELLO, calling("c1", "c2"), result("c1", "7"), result("c2", "8")]
    first, second = sent(wire, THREE, *history, tools=TOOLS)["contents"][1]["parts"]
    assert (first["thoughtSignature"], "thoughtSignature" in second) == (SKIP, False)
    assert "thoughtSignature" not in str(sent(wire, FLASH, *history, tools=TOOLS))


def test_results_are_objects_and_their_images_follow(wire: FakeWire) -> None:
    parts = [
        {"type": "text", "text": '{"result": "7"}'},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
    ]
    body = sent(wire, FLASH, HELLO, calling("c1"), said("tool", parts, tool_call_id="c1"), tools=TOOLS)
    given = body["contents"][-1]["parts"]
    assert given[0]["functionResponse"] == {"name": "a", "response": {"output": '{"result": "7"}'}}
    assert given[1]["inlineData"]["mimeType"] == "image/png"


def test_an_image_of_a_kind_that_gemini_does_not_read_is_refused(wire: FakeWire) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,R0lGODlhAQABAAAAACw="}}
    with pytest.raises(errors.BadRequest, match="does not read"):
        sent(wire, FLASH, said("user", [image]))


@pytest.mark.parametrize("stream", [False, True])
def test_a_blocked_prompt_is_told(wire: FakeWire, *, stream: bool) -> None:
    exchange = vertex().send(order(UPSTREAM.route(wire), said("user", "BLOCKED"), stream=stream))
    with pytest.raises(errors.ContentFiltered):
        list(exchange.chunks() if stream else [exchange.reply()])


def answered(wire: FakeWire, body: bytes) -> Json:
    """The first choice of a scripted whole answer."""
    wire.scripts.append(Script(body=body))
    choice: Json = vertex().send(order(UPSTREAM.route(wire))).reply()["choices"][0]
    return choice


@pytest.mark.parametrize("reason", ["SAFETY", "RECITATION", "SPII", "MODEL_ARMOR", "LANGUAGE"])
def test_a_candidate_that_was_stopped_by_a_filter_says_so(wire: FakeWire, reason: str) -> None:
    choice = answered(wire, b'{"candidates":[{"finishReason":"%s"}]}' % reason.encode())
    assert (choice["finish_reason"], choice["message"]["content"]) == ("content_filter", "")


@pytest.mark.parametrize(
    "body",
    [
        b'{"candidates":[]}',
        b"{}",
        b'{"candidates":[{"content":{"parts":[{"text":"x"}]}}]}',
        b'{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}',
        b'{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}',
        b'{"candidates":[{"finishReason":"OTHER"}]}',
        b'{"candidates":[{"finishReason":"NEW_ONE"}]}',
    ],
)
def test_an_answer_that_did_not_end_well_is_an_error_and_never_a_stop(wire: FakeWire, body: bytes) -> None:
    with pytest.raises(errors.UpstreamError):
        answered(wire, body)


def test_an_answer_spent_on_thinking_is_empty_and_ended_by_length(wire: FakeWire) -> None:
    body = b'{"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}],"usageMetadata":'
    choice = answered(wire, body + b'{"promptTokenCount":5,"thoughtsTokenCount":9}}')
    assert (choice["finish_reason"], choice["message"]["content"]) == ("length", "")


def test_tokens_are_counted_in_disjoint_classes() -> None:
    counts = {
        "promptTokenCount": 10,
        "cachedContentTokenCount": 4,
        "thoughtsTokenCount": 3,
        "candidatesTokenCount": 2,
    }
    assert usage_of(counts) == Usage(uncached=6, cached=4, output=5, reasoning=3)
    assert usage_of({"promptTokenCount": 1, "cachedContentTokenCount": 4}) == Usage(uncached=0, cached=1)
    assert usage_of({"trafficType": "ON_DEMAND"}) is None


def test_googles_own_way_to_say_how_long_to_wait_is_read(wire: FakeWire) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}
    wire.scripts.append(Script(status=429, body=error(429, "Resource exhausted", details=[{}, info]).body))
    with pytest.raises(errors.RateLimited) as raised:
        vertex().send(order(UPSTREAM.route(wire)))
    assert raised.value.retry_after_s == 34


def test_several_candidates_are_numbered(wire: FakeWire) -> None:
    exchange = vertex().send(order(UPSTREAM.route(wire), HELLO, n=2, reasoning_effort="low"))
    whole = exchange.reply()
    assert [choice["index"] for choice in whole["choices"]] == [0, 1]
    assert {choice["message"]["reasoning_content"] for choice in whole["choices"]} == {THOUGHT}


@pytest.mark.parametrize(
    ("model", "stream"), [(FLASH, True), ("gemini-2.0-flash", True), (THREE, False), (THREE, True)]
)
def test_several_candidates_are_refused_by_name_where_google_gives_one(
    wire: FakeWire, model: str, *, stream: bool
) -> None:
    to = replace(UPSTREAM.route(wire), upstream_model=model)
    with pytest.raises(errors.UnsupportedParameter) as raised:
        vertex().send(order(to, HELLO, n=2, stream=stream))
    assert raised.value.param == "n"
    assert wire.seen == []
    vertex().send(order(to, HELLO, n=1, stream=stream)).close()


@pytest.mark.parametrize("candidates", [1, 2, 3])
def test_a_whole_answer_may_hold_fewer_candidates_than_were_asked_for(
    wire: FakeWire, candidates: int
) -> None:
    told = [
        {"index": index, "content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}
        for index in range(candidates)
    ]
    wire.scripts.append(Script(body=orjson.dumps({"candidates": told})))
    reply = vertex().send(order(UPSTREAM.route(wire), HELLO, n=3)).reply()
    assert [choice["index"] for choice in reply["choices"]] == list(range(candidates))
