"""A client's own Messages body to Claude: sent as it is but for what the model refuses; nothing is translated back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ni.domain.errors import Problem
from ni.providers.anthropic import Anthropic
from ni.providers.provider import Order
from tests.fakes.anthropic_wire import AnthropicWire, event, events, message
from tests.fakes.doors import make_door
from tests.fakes.model import THOUGHT, Said
from tests.fakes.openai_server import Script
from tests.fakes.orders import order
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire

UPSTREAM = UPSTREAMS["anthropic"]
Json = dict[str, Any]
USER: Json = {"role": "user", "content": "Bonjour"}
BODY: Json = {"max_tokens": 4096, "messages": [USER]}
THINKS: Json = {"thinking": {"type": "adaptive"}}
CLEARING: Json = {"edits": [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919"}]}


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(AnthropicWire()) as server:
        yield server


@pytest.fixture
def provider() -> Anthropic:
    return Anthropic(make_door(), UPSTREAM.lookup())


def own(wire: FakeWire, model: str = "claude-sonnet-4-6", *, stream: bool = False, **fields: Any) -> Order:
    given = order(UPSTREAM.route(wire, model), stream=stream)
    return replace(given, body={**BODY, **fields}, form="messages")


def test_the_body_goes_as_it_came_under_the_upstreams_name(wire: FakeWire, provider: Anthropic) -> None:
    tools = [{"name": "read", "input_schema": {"type": "object"}, "defer_loading": True}]
    system = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    fields = {"tools": tools, "system": system, **THINKS, "context_management": CLEARING}
    provider.send(own(wire, **fields)).reply()
    assert wire.seen[-1].body == {"model": "claude-sonnet-4-6", "stream": False, **BODY, **fields}


def test_the_clients_version_and_betas_go_along(wire: FakeWire, provider: Anthropic) -> None:
    sent = {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "effort-2025-11-24,interleaved-thinking-2025-05-14",
    }
    provider.send(replace(own(wire), headers=sent)).reply()
    assert {name: wire.seen[-1].headers[name] for name in sent} == sent
    provider.send(replace(own(wire), headers={"anthropic-version": "x\ny"})).reply()
    assert wire.seen[-1].headers["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("fields", [{}, THINKS])
def test_every_event_of_the_upstream_is_passed_on_and_metered(
    wire: FakeWire, provider: Anthropic, fields: Json
) -> None:
    exchange = provider.send(own(wire, stream=True, **fields))
    chunks = list(exchange.chunks())
    assert [chunk["native"] for chunk in chunks] == events(Said("Bonjour", THOUGHT if fields else ""))
    written = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert written.endswith("Bonjour")
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"][0]["finish_reason"]] == ["stop"]
    assert exchange.usage == provider_usage(provider, wire)


def provider_usage(provider: Anthropic, wire: FakeWire) -> Any:
    """What a translated call of the same costs."""
    exchange = provider.send(order(UPSTREAM.route(wire), USER))
    exchange.reply()
    return exchange.usage


def test_a_whole_message_is_passed_on(wire: FakeWire, provider: Anthropic) -> None:
    exchange = provider.send(own(wire))
    reply = exchange.reply()
    assert reply["native"] == message(Said("Bonjour"))
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert exchange.usage == provider_usage(provider, wire)


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        ("claude-opus-4-8", {"temperature": 0.5, "top_k": 3}, {}),
        ("claude-haiku-4-5-20251001", {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5}),
        (
            "claude-opus-4-8",
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "low"}},
        ),
        (
            "claude-haiku-4-5-20251001",
            {**THINKS, "output_config": {"effort": "high"}, "max_tokens": 32_000},
            {"thinking": {"type": "enabled", "budget_tokens": 16_384}, "max_tokens": 32_000},
        ),
        (
            "claude-3-5-sonnet-20241022",
            {**THINKS, "context_management": CLEARING},
            {"context_management": {"edits": CLEARING["edits"][1:]}},
        ),
        ("claude-opus-4-8", {"max_tokens": 99_000}, {"max_tokens": 32_000}),
        (
            "claude-sonnet-4-6",
            {**THINKS, "output_config": {"effort": "xhigh"}},
            {**THINKS, "output_config": {"effort": "high"}},
        ),
        ("claude-opus-4-8", {"output_config": {"effort": "max"}}, {"output_config": {"effort": "max"}}),
        (
            "claude-sonnet-4-6",
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
        ),
        (
            "claude-haiku-4-5-20251001",
            {"max_tokens": 99_000, "thinking": {"type": "enabled", "budget_tokens": 64_000}},
            {"max_tokens": 32_000, "thinking": {"type": "enabled", "budget_tokens": 31_999}},
        ),
        (
            "claude-opus-4-8",
            {"messages": [USER, {"role": "assistant", "content": "Well"}]},
            {
                "messages": [
                    USER,
                    {"role": "assistant", "content": "Well"},
                    {"role": "user", "content": "Continue."},
                ]
            },
        ),
    ],
)
def test_what_the_model_would_refuse_is_put_as_it_takes_it(
    wire: FakeWire, provider: Anthropic, model: str, fields: Json, expected: Json
) -> None:
    provider.send(own(wire, model, **fields)).reply()
    sent = wire.seen[-1].body
    assert sent == {"model": model, "stream": False, **BODY, **expected}


def test_ids_of_calls_that_others_made_are_made_fit(wire: FakeWire, provider: Anthropic) -> None:
    use = {"type": "tool_use", "id": "call.7/é", "name": "read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "call.7/é", "content": "x"}
    messages = [USER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    tools = [{"name": "read", "input_schema": {"type": "object"}}]
    provider.send(own(wire, messages=messages, tools=tools)).reply()
    sent = wire.seen[-1].body["messages"]
    assert sent[1]["content"][0]["id"] == sent[2]["content"][0]["tool_use_id"] != "call.7/é"


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_goes_back_word_for_word_whatever_the_client_was_shown(
    wire: FakeWire, provider: Anthropic, stream: bool
) -> None:
    exchange = provider.send(own(wire, stream=stream, **THINKS))
    if stream:
        signed = next(
            c["native"]["delta"] for c in exchange.chunks() if "signature" in c["native"].get("delta", {})
        )
    else:
        signed = exchange.reply()["native"]["content"][0]
    shown = {
        "type": "thinking",
        "thinking": "Restored, and so not what was signed",
        "signature": signed["signature"],
    }
    said = {"role": "assistant", "content": [shown, {"type": "text", "text": "Bonjour"}]}
    provider.send(own(wire, messages=[USER, said, USER], **THINKS)).reply()
    assert wire.seen[-1].body["messages"][1]["content"][0]["thinking"] == THOUGHT


@pytest.mark.parametrize("failing", [b"", UPSTREAM.failing])
def test_an_error_event_is_a_problem_and_a_cut_is_never_an_end(
    wire: FakeWire, provider: Anthropic, failing: bytes
) -> None:
    good = b"".join(map(event, events(Said("Bonjour"))))
    body = good[: UPSTREAM.event_ends(good)] + failing
    wire.scripts.append(Script(body=body, headers={"Content-Type": "text/event-stream"}))
    with pytest.raises(Problem) as caught:
        list(provider.send(own(wire, stream=True)).chunks())
    assert caught.value.status in (502, 503)
