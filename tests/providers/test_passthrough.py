"""A client's own Messages to Claude, at Anthropic and on Bedrock: sent as they are but for what the model refuses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ni.domain.reply import Usage
from ni.providers.base import Provider, ProviderRequest, ProviderResponse
from tests.fakes.anthropic_wire import events, message
from tests.fakes.doors import make_door
from tests.fakes.model import THOUGHT, ScriptedReply
from tests.fakes.orders import order
from tests.fakes.upstreams import NATIVE, Upstream
from tests.fakes.wire_server import FakeWire

ANTHROPIC = pytest.mark.parametrize("upstream", ["anthropic messages"], indirect=True)
ON_BEDROCK = {
    "claude-sonnet-4-6": "global.anthropic.claude-sonnet-4-6",
    "claude-opus-4-8": "global.anthropic.claude-opus-4-8",
    "claude-haiku-4-5-20251001": "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "claude-3-5-sonnet-20241022": "anthropic.claude-3-5-sonnet-20241022-v2:0",
}
ENVELOPE = ("model", "stream", "anthropic_version")
Json = dict[str, Any]
USAGE = Usage(uncached=20, cached=64, cache_write=16, output=12, reasoning=8, cache_write_1h=6)
USER: Json = {"role": "user", "content": "Bonjour"}
BODY: Json = {"max_tokens": 4096, "messages": [USER]}
THINKS: Json = {"thinking": {"type": "adaptive"}}
CLEARING: Json = {"edits": [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919"}]}


@pytest.fixture(params=sorted(NATIVE))
def upstream(request: pytest.FixtureRequest) -> Upstream:
    return NATIVE[request.param]


@pytest.fixture
def wire(upstream: Upstream) -> Iterator[FakeWire]:
    with FakeWire(upstream.wire()) as server:
        yield server


@dataclass(frozen=True)
class Desk:
    """A provider before its fake."""

    upstream: Upstream
    wire: FakeWire
    provider: Provider

    def own(
        self, model: str = "claude-sonnet-4-6", *, stream: bool = False, **fields: Any
    ) -> ProviderRequest:
        """An order of a client's own body."""
        named = ON_BEDROCK[model] if self.upstream.name == "bedrock" else model
        given = order(self.upstream.route(self.wire, named), stream=stream)
        return replace(given, body={**BODY, **fields}, form="messages")

    def send(
        self, model: str = "claude-sonnet-4-6", *, stream: bool = False, **fields: Any
    ) -> ProviderResponse:
        return self.provider.send(self.own(model, stream=stream, **fields))

    def sent(self) -> Json:
        """The last body, without what is the envelope's."""
        return {name: value for name, value in self.wire.seen[-1].body.items() if name not in ENVELOPE}


@pytest.fixture
def desk(upstream: Upstream, wire: FakeWire) -> Desk:
    return Desk(upstream, wire, upstream.build(make_door(), upstream.lookup()))


def test_the_body_goes_as_it_came(desk: Desk) -> None:
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    fields = {
        "tools": [{"name": "read", "input_schema": {"type": "object"}, **mark}],
        "system": [{"type": "text", "text": "Be brief.", **mark}],
        **THINKS,
    }
    desk.send(**fields).reply()
    assert desk.sent() == {**BODY, **fields}


@ANTHROPIC
def test_anthropic_is_sent_what_only_it_takes(desk: Desk) -> None:
    tools = [{"name": "read", "input_schema": {"type": "object"}, "defer_loading": True}]
    fields = {
        "tools": tools,
        "cache_control": {"type": "ephemeral"},
        **THINKS,
        "context_management": CLEARING,
    }
    desk.send(**fields).reply()
    assert desk.wire.seen[-1].body == {"model": "claude-sonnet-4-6", "stream": False, **BODY, **fields}


@ANTHROPIC
def test_thinking_is_not_cleared_where_the_model_does_not_think(desk: Desk) -> None:
    desk.send("claude-3-5-sonnet-20241022", **THINKS, context_management=CLEARING).reply()
    assert desk.sent() == {**BODY, "context_management": {"edits": CLEARING["edits"][1:]}}


@ANTHROPIC
def test_the_clients_version_and_betas_go_along(desk: Desk) -> None:
    sent = {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "effort-2025-11-24,interleaved-thinking-2025-05-14",
    }
    desk.provider.send(replace(desk.own(), headers=sent)).reply()
    assert {name: desk.wire.seen[-1].headers[name] for name in sent} == sent
    desk.provider.send(replace(desk.own(), headers={"anthropic-version": "x\ny"})).reply()
    assert desk.wire.seen[-1].headers["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("fields", [{}, THINKS])
def test_every_event_of_the_upstream_is_passed_on_and_metered(desk: Desk, fields: Json) -> None:
    exchange = desk.send(stream=True, **fields)
    chunks = list(exchange.chunks())
    assert [chunk["native"] for chunk in chunks] == events(
        ScriptedReply("Bonjour", THOUGHT if fields else "")
    )
    written = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert written.endswith("Bonjour")
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"][0]["finish_reason"]] == ["stop"]
    assert exchange.usage == USAGE


def test_a_whole_message_is_passed_on(desk: Desk) -> None:
    exchange = desk.send()
    reply = exchange.reply()
    assert reply["native"] == message(ScriptedReply("Bonjour"))
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert exchange.usage == USAGE


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
        ("claude-3-5-sonnet-20241022", THINKS, {}),
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
    desk: Desk, model: str, fields: Json, expected: Json
) -> None:
    desk.send(model, **fields).reply()
    assert desk.sent() == {**BODY, **expected}


def test_ids_of_calls_that_others_made_are_made_fit(desk: Desk) -> None:
    use = {"type": "tool_use", "id": "call.7/é", "name": "read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "call.7/é", "content": "x"}
    messages = [USER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    tools = [{"name": "read", "input_schema": {"type": "object"}}]
    desk.send(messages=messages, tools=tools).reply()
    sent = desk.sent()["messages"]
    assert sent[1]["content"][0]["id"] == sent[2]["content"][0]["tool_use_id"] != "call.7/é"


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_goes_back_word_for_word_whatever_the_client_was_shown(desk: Desk, stream: bool) -> None:
    exchange = desk.send(stream=stream, **THINKS)
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
    desk.send(messages=[USER, said, USER], **THINKS).reply()
    assert desk.sent()["messages"][1]["content"][0]["thinking"] == THOUGHT
