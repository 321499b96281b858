"""Anthropic's provider: headers, thinking and its signatures, the rules of each generation."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.domain.clock import SystemClock
from ni.domain.route import Route
from ni.providers.anthropic import Anthropic
from ni.providers.conversation import original_id, plain_id
from ni.providers.generation_parameters import generation_of
from ni.providers.thinking_cache import KeepLimits, ThinkingCache
from ni.providers.usage import completion_of
from tests.fakes.anthropic_wire import AnthropicWire
from tests.fakes.doors import HandClock, make_door
from tests.fakes.model import THOUGHT
from tests.fakes.openai_server import Script
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.providers.table import HELLO, SCHEMA, TOOLS, result

UPSTREAM = UPSTREAMS["anthropic"]
Json = dict[str, Any]


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(AnthropicWire()) as server:
        yield server


def sent(wire: FakeWire, model: str, *messages: Json, **fields: Any) -> Json:
    """The body that was sent for an order."""
    provider = Anthropic(make_door(), UPSTREAM.lookup())
    provider.send(order(UPSTREAM.route(wire, model), *messages, **fields)).reply()
    return wire.seen[-1].body


def test_the_version_is_pinned_and_a_clients_beta_goes_along(wire: FakeWire) -> None:
    provider = Anthropic(make_door(), UPSTREAM.lookup())
    given = order(UPSTREAM.route(wire))
    provider.send(replace(given, headers={"anthropic-beta": "context-1m-2025-08-07"})).reply()
    headers = wire.seen[-1].headers
    assert (headers["anthropic-version"], headers["anthropic-beta"]) == (
        "2023-06-01",
        "context-1m-2025-08-07",
    )
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        (
            "claude-3-5-sonnet-20241022",
            {"temperature": 1.5, "top_p": 0.5},
            {"temperature": 1.0, "top_p": 0.5},
        ),
        ("claude-haiku-4-5-20251001", {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}),
        ("claude-haiku-4-5-20251001", {"top_p": 0.5}, {"top_p": 0.5}),
        ("claude-opus-4-8", {"temperature": 0.5, "top_p": 0.5, "top_k": 3}, {}),
        ("claude-sonnet-5-5", {"temperature": 1}, {}),
    ],
)
def test_sampling_goes_as_the_generation_takes_it(
    wire: FakeWire, model: str, fields: Json, expected: Json
) -> None:
    body = sent(wire, model, **fields)
    assert {name: body[name] for name in ("temperature", "top_p", "top_k") if name in body} == expected


@pytest.mark.parametrize(
    ("model", "fields", "thinking", "effort"),
    [
        ("claude-sonnet-4-5", {"reasoning_effort": "low"}, {"type": "enabled", "budget_tokens": 2048}, None),
        (
            "claude-sonnet-4-5",
            {"reasoning_effort": "high", "max_tokens": 2000},
            {"type": "enabled", "budget_tokens": 1999},
            None,
        ),
        ("claude-sonnet-4-5", {"reasoning_effort": "high", "max_tokens": 1000}, None, None),
        ("claude-3-5-haiku-20241022", {"reasoning_effort": "high"}, None, None),
        ("claude-sonnet-4-6", {"reasoning_effort": "xhigh"}, {"type": "adaptive"}, "high"),
        ("claude-sonnet-4-6", {"reasoning_effort": "none"}, None, None),
        (
            "claude-opus-4-8",
            {"thinking": {"type": "enabled", "budget_tokens": 5000}},
            {"type": "adaptive", "display": "summarized"},
            "medium",
        ),
        (
            "claude-opus-4-8",
            {"reasoning_effort": "low", "tools": TOOLS, "tool_choice": "required"},
            None,
            None,
        ),
    ],
)
def test_thinking_goes_as_the_generation_takes_it(
    wire: FakeWire, model: str, fields: Json, thinking: Json | None, effort: str | None
) -> None:
    body = sent(wire, model, temperature=0.5, **fields)
    assert (body.get("thinking"), (body.get("output_config") or {}).get("effort")) == (thinking, effort)


def test_a_schema_is_held_natively_or_by_a_forced_tool(wire: FakeWire) -> None:
    native = sent(wire, "claude-sonnet-4-6", response_format=SCHEMA)
    assert native["output_config"]["format"]["schema"]["additionalProperties"] is False
    assert "tools" not in native
    older = sent(wire, "claude-3-5-sonnet-20241022", response_format=SCHEMA)
    assert older["tool_choice"]["name"] == "place"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_from_a_forced_tool_is_text(wire: FakeWire, *, stream: bool) -> None:
    provider = Anthropic(make_door(), UPSTREAM.lookup())
    to = UPSTREAM.route(wire, "claude-3-5-sonnet-20241022")
    exchange = provider.send(order(to, stream=stream, response_format=SCHEMA))
    choice = (completion_of(exchange.chunks()) if stream else exchange.reply())["choices"][0]
    assert "Montréal" in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert not choice["message"].get("tool_calls")


def loop(provider: Anthropic, to: Route, account: str, *, stream: bool = True) -> Json:
    """The assistant's message that calls tools, as a client of the chat form sees it."""
    given = order(to, HELLO, stream=stream, tools=TOOLS, reasoning_effort="low")
    exchange = provider.send(replace(given, cache_tag=account))
    message: Json = (completion_of(exchange.chunks()) if stream else exchange.reply())["choices"][0][
        "message"
    ]
    assert message.pop("reasoning_content") == THOUGHT
    return message


def back(provider: Anthropic, to: Route, account: str, message: Json) -> None:
    """Send the results."""
    results = [result(call["id"], "7") for call in message["tool_calls"]]
    given = order(to, HELLO, message, *results, tools=TOOLS, reasoning_effort="low")
    provider.send(replace(given, cache_tag=account)).reply()


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8"])
@pytest.mark.parametrize("stream", [False, True])
def test_signed_thinking_survives_a_tool_loop_through_a_plain_client(
    wire: FakeWire, model: str, *, stream: bool
) -> None:
    provider, to = Anthropic(make_door(), UPSTREAM.lookup()), UPSTREAM.route(wire, model)
    back(provider, to, "alice", loop(provider, to, "alice", stream=stream))
    replayed = wire.seen[-1].body["messages"][1]["content"]
    assert [block["type"] for block in replayed] == ["thinking", "tool_use", "tool_use"]
    assert replayed[0]["thinking"] == THOUGHT
    assert "thinking" in wire.seen[-1].body


def test_another_account_never_gets_thinking_that_is_not_its_own(wire: FakeWire) -> None:
    provider, to = Anthropic(make_door(), UPSTREAM.lookup()), UPSTREAM.route(wire, "claude-sonnet-4-5")
    back(provider, to, "charlie", loop(provider, to, "alice"))
    assert THOUGHT not in wire.seen[-1].raw.decode()
    assert "thinking" not in wire.seen[-1].body


def test_cache_marks_are_carried(wire: FakeWire) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    system = {"role": "system", "content": [{"type": "text", "text": "Be kind.", "cache_control": mark}]}
    body = sent(
        wire,
        "claude-sonnet-4-6",
        system,
        HELLO,
        tools=[{**TOOLS[0], "cache_control": mark}],
        tool_choice="none",
    )
    assert (body["system"][0]["cache_control"], body["tools"][0]["cache_control"]) == (mark, mark)


def test_a_conversation_that_ends_with_the_assistant_goes_on(wire: FakeWire) -> None:
    half = {"role": "assistant", "content": "Once upon"}
    assert sent(wire, "claude-sonnet-4-6", HELLO, half)["messages"][-1]["role"] == "user"
    assert sent(wire, "claude-haiku-4-5", HELLO, half)["messages"][-1]["content"][0]["text"] == "Once upon"


def test_the_limit_is_the_models_unless_less_is_asked(wire: FakeWire) -> None:
    assert [
        sent(wire, "claude-opus-4-8", **f)["max_tokens"]
        for f in ({}, {"max_tokens": 9}, {"max_tokens": 10**6})
    ] == [
        32_000,
        9,
        32_000,
    ]


@pytest.mark.parametrize(
    "reason",
    ["end_turn", "stop_sequence", "pause_turn", "max_tokens", "model_context_window_exceeded", "refusal"],
)
def test_every_stop_reason_has_its_finish_reason(wire: FakeWire, reason: str) -> None:
    provider = Anthropic(make_door(), UPSTREAM.lookup())
    given = order(UPSTREAM.route(wire))
    provider.send(given).reply()
    good = wire.wire.answer(wire.seen[-1]).body
    wire.scripts.append(Script(body=good.replace(b"end_turn", reason.encode())))
    expected = {
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "refusal": "content_filter",
    }
    assert provider.send(given).reply()["choices"][0]["finish_reason"] == expected.get(reason, "stop")


@pytest.mark.parametrize(
    ("model", "number"),
    [
        ("claude-3-5-sonnet-20241022", (3, 5)),
        ("claude-3-opus-20240229", (3, 0)),
        ("claude-opus-4-20250514", (4, 0)),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", (4, 5)),
        ("claude-sonnet-5-5", (5, 5)),
        ("claude-opus-5", (5, 0)),
        ("claude-next", (99, 0)),
    ],
)
def test_a_model_id_tells_its_generation(model: str, number: tuple[int, int]) -> None:
    assert generation_of(model).number == number


@pytest.mark.parametrize("call_id", ["call_1", "a.b:c|é", "x" * 200, "ni--x", "", "\ud800"])
def test_call_ids_fit_and_stay_apart(call_id: str) -> None:
    plain = plain_id(call_id)
    assert len(plain) <= 64
    assert plain.isascii()
    assert original_id(plain) == call_id or len(call_id) > 40
    assert plain != plain_id(call_id + ".")


def test_keepsakes_are_bounded_and_expire() -> None:
    clock = HandClock()
    kept = ThinkingCache(clock, KeepLimits(entries=2, octets=10, age_s=60))
    for name in "abc":
        kept.keep("o", name, b"1234")
    assert [kept.find("o", name) for name in "abc"] == [None, b"1234", b"1234"]
    kept.keep("o", "d", b"123456789")
    assert len(kept) == 1
    clock.ahead_s = 61
    assert kept.find("o", "d") is None
    kept.keep("o", "e", b"x" * 11)
    assert len(kept) == 0
    assert ThinkingCache(SystemClock()).find("o", "e") is None
