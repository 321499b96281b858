"""A client's own Messages to Claude on Bedrock: the envelope of InvokeModel, and what Bedrock does not take."""

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.domain import errors
from ni.providers.bedrock import Bedrock
from ni.providers.bedrock_invoke import InvokeFramer
from tests.fakes.bedrock_frames import event, exception
from tests.fakes.bedrock_wire import BedrockWire, chunk
from tests.fakes.doors import make_door
from tests.fakes.openai_server import FakeOpenAI, Script
from tests.fakes.orders import order
from tests.fakes.upstreams import NATIVE
from tests.fakes.wire_server import FakeWire
from tests.providers.table import PNG

UPSTREAM = NATIVE["bedrock messages"]
SONNET, OPUS = "global.anthropic.claude-sonnet-4-6", "global.anthropic.claude-opus-4-8"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
Json = dict[str, Any]
USER: Json = {"role": "user", "content": "Bonjour"}
CLEARING: Json = {"edits": [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919"}]}
CLAUDE_CODE = (
    "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,"
    "thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24"
)
KNOWN = ["interleaved-thinking-2025-05-14", "context-management-2025-06-27", "tool-search-tool-2025-10-19"]
DEFERRED: Json = {"name": "read", "input_schema": {"type": "object"}, "defer_loading": True}
FOUND: list[Json] = [
    USER,
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "search", "input": {}}]},
    {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "t1",
                "content": [{"type": "tool_reference", "tool_name": "read"}],
            }
        ],
    },
]


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(BedrockWire()) as server:
        yield server


@pytest.fixture
def bedrock() -> Bedrock:
    return Bedrock(make_door(), UPSTREAM.lookup())


def sent(bedrock: Bedrock, wire: FakeWire, model: str = SONNET, beta: str = "", **fields: Any) -> Json:
    """The body that was sent for a client's own."""
    given = order(UPSTREAM.route(wire, model))
    own = {"max_tokens": 4096, "messages": [USER], **fields}
    headers = {"anthropic-beta": beta, "anthropic-version": "2026-10-21"}
    bedrock.send(replace(given, body=own, form="messages", headers=headers)).reply()
    return wire.seen[-1].body


def test_the_model_is_in_the_path_and_the_version_in_the_body(bedrock: Bedrock, wire: FakeWire) -> None:
    body = sent(bedrock, wire, HAIKU)
    assert wire.seen[-1].path == f"/model/{HAIKU.replace(':', '%3A')}/invoke"
    assert body == {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 4096, "messages": [USER]}
    list(bedrock.send(UPSTREAM.greeting(wire, stream=True)).chunks())
    assert wire.seen[-1].path.endswith("/invoke-with-response-stream")


def test_the_clients_version_is_kept_where_the_model_is_served_under_it(
    bedrock: Bedrock, wire: FakeWire
) -> None:
    assert sent(bedrock, wire, OPUS)["anthropic_version"] == "2026-10-21"


def test_a_route_that_is_no_claude_and_chat_to_claude_stay_with_converse(
    bedrock: Bedrock, wire: FakeWire
) -> None:
    assert bedrock.native_format(UPSTREAM.route(wire, "mistral.mistral-large-2402-v1:0")) == ""
    bedrock.send(order(UPSTREAM.route(wire))).reply()
    assert wire.seen[-1].path.endswith("/converse")


def test_betas_that_bedrock_knows_go_along_in_the_body_with_what_they_allow(
    bedrock: Bedrock, wire: FakeWire
) -> None:
    body = sent(bedrock, wire, beta=CLAUDE_CODE, tools=[DEFERRED], context_management=CLEARING)
    assert body["anthropic_beta"] == KNOWN
    assert body["context_management"] == {"edits": CLEARING["edits"][1:]}
    assert body["tools"] == [DEFERRED]
    assert "anthropic-beta" not in wire.seen[-1].headers


def test_what_bedrock_does_not_take_is_left_out(bedrock: Bedrock, wire: FakeWire) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    text = {"type": "text", "text": "Be brief.", "cache_control": {**mark, "scope": "global"}}
    body = sent(bedrock, wire, system=[text], cache_control=mark, context_management=CLEARING)
    assert body["system"] == [{**text, "cache_control": mark}]
    assert body.keys() == {"anthropic_version", "max_tokens", "messages", "system"}


def test_a_model_that_refuses_betas_is_asked_once_more_without_them_and_then_always(
    bedrock: Bedrock, wire: FakeWire
) -> None:
    asked: Json = {"tools": [DEFERRED], "messages": FOUND, "context_management": CLEARING}
    body = sent(bedrock, wire, OPUS, CLAUDE_CODE, **asked)
    assert [one.body.get("anthropic_beta") for one in wire.seen] == [KNOWN, None]
    assert "context_management" not in body
    assert body["tools"] == [{"name": "read", "input_schema": {"type": "object"}}]
    assert body["messages"][2]["content"][0]["content"] == [{"type": "text", "text": "read"}]
    sent(bedrock, wire, OPUS, CLAUDE_CODE, **asked)
    assert len(wire.seen) == 3
    assert sent(bedrock, wire, SONNET, CLAUDE_CODE, **asked)["anthropic_beta"] == KNOWN


def test_a_tool_that_waits_without_the_beta_for_it_is_shown_at_once(bedrock: Bedrock, wire: FakeWire) -> None:
    for _ in range(2):
        assert "defer_loading" not in sent(bedrock, wire, tools=[DEFERRED])["tools"][0]
    assert ["defer_loading" in one.body["tools"][0] for one in wire.seen] == [True, False, False]


def test_a_field_that_is_refused_without_a_beta_is_refused_once(bedrock: Bedrock, wire: FakeWire) -> None:
    with pytest.raises(errors.UpstreamRefused):
        sent(bedrock, wire, hologram=1)
    assert len(wire.seen) == 1


@pytest.fixture
def elsewhere(bedrock: Bedrock) -> Iterator[FakeOpenAI]:
    """A place on the web where images are; the real rule wants https and a public address."""
    bedrock.images.vet = lambda addresses: None
    bedrock.images.scheme = "http://"
    with FakeOpenAI() as server:
        yield server


def test_images_by_address_are_shown_as_bytes(
    bedrock: Bedrock, wire: FakeWire, elsewhere: FakeOpenAI
) -> None:
    given = {"type": "image", "source": {"type": "url", "url": f"{elsewhere.base_url}/x"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [given]}
    messages = [{"role": "user", "content": [given]}, FOUND[1], {"role": "user", "content": [result]}]
    png = Script(headers={"Content-Type": "image/png"}, body=b64decode(PNG))
    elsewhere.scripts.extend([png, png])
    turns = sent(bedrock, wire, messages=messages)["messages"]
    shown = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    assert turns[0]["content"] == turns[2]["content"][0]["content"] == [shown]


def test_an_image_that_cannot_be_read_is_the_clients_affair(bedrock: Bedrock, wire: FakeWire) -> None:
    block = {"type": "image", "source": {"type": "url", "url": "https://127.0.0.1/x.png"}}
    with pytest.raises(errors.BadRequest):
        sent(bedrock, wire, messages=[{"role": "user", "content": [block]}])
    assert wire.seen == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("throttlingException", errors.RateLimited),
        ("serviceUnavailableException", errors.UpstreamBusy),
        ("modelTimeoutException", errors.UpstreamTimeout),
        ("internalServerException", errors.UpstreamError),
        ("modelStreamErrorException", errors.UpstreamError),
        ("validationException", errors.UpstreamError),
    ],
)
def test_an_exception_in_mid_stream_is_the_problem_that_it_names_after_what_came_before(
    bedrock: Bedrock, wire: FakeWire, name: str, problem: type[errors.Problem]
) -> None:
    body = chunk({"type": "ping"}) + exception(name, "Zoe")
    wire.scripts.append(Script(body=body, headers={"Content-Type": "application/vnd.amazon.eventstream"}))
    chunks = bedrock.send(UPSTREAM.greeting(wire, stream=True)).chunks()
    assert next(chunks)["native"] == {"type": "ping"}
    with pytest.raises(errors.Problem) as raised:
        next(chunks)
    assert type(raised.value) is problem


def test_counts_of_the_cloud_fill_in_what_the_events_leave_out(bedrock: Bedrock, wire: FakeWire) -> None:
    route = UPSTREAM.route(wire)
    whole = BedrockWire().answer
    list(bedrock.send(UPSTREAM.greeting(wire, stream=True)).chunks())
    events = InvokeFramer().feed(whole(wire.seen[-1]).body)
    events[0]["message"]["usage"] = {"input_tokens": 20, "output_tokens": 1}
    events[-1]["amazon-bedrock-invocationMetrics"] = {
        "inputTokenCount": 9, "cacheReadInputTokenCount": 64, "cacheWriteInputTokenCount": 16, "outputTokenCount": 9,
    }  # fmt: skip
    body = b"".join(map(chunk, events)) + event("unheard-of", {})
    wire.scripts.append(Script(body=body, headers={"Content-Type": "application/vnd.amazon.eventstream"}))
    exchange = bedrock.send(replace(UPSTREAM.greeting(wire, stream=True), route=route))
    last = list(exchange.chunks())[-1]["native"]
    assert last["type"] == "message_stop"
    assert exchange.usage is not None
    assert (exchange.usage.uncached, exchange.usage.cached, exchange.usage.cache_write) == (20, 64, 16)
    assert exchange.usage.output == 12
    assert "invocationMetrics" not in json.dumps(last)
