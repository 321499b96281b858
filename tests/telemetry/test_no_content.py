"""Nothing that a client or an upstream wrote is exported: canaries in every field, and every byte is searched."""

import json
from typing import Any

import pytest

from tests.api.everywhere import ANTHROPIC, CHAT, HI, MESSAGES, OPENAI, RESPONSES
from tests.fakes import openai_server
from tests.fakes.openai_server import Script
from tests.telemetry.conftest import COLLECTOR_KEY, Observed

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
CANARY = "kanari"
"""Every planted value holds it, with a number that says where."""
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Planter:
    """Makes values that are found again."""

    def __init__(self) -> None:
        self.planted = 0

    def __call__(self) -> str:
        self.planted += 1
        return f"{CANARY}{self.planted}"

    def tool(self) -> dict[str, Any]:
        """A tool of OpenAI's form."""
        words = {"name": self(), "description": self()}
        properties = {self(): {"type": "string", "description": self(), "enum": [self()]}}
        return {
            "type": "function",
            "function": words | {"parameters": {"type": "object", "properties": properties}},
        }


def chat(plant: Planter) -> dict[str, Any]:
    """A body with something in every field that takes a text."""
    call = {
        "id": plant(),
        "type": "function",
        "function": {"name": plant(), "arguments": json.dumps({"a": plant()})},
    }
    return {
        "messages": [
            {"role": "system", "content": plant(), "name": plant()},
            {"role": "user", "content": [{"type": "text", "text": f"{plant()} marie.{plant()}@example.ca"}]},
            {"role": "assistant", "content": plant(), "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": plant()},
        ],
        "tools": [plant.tool()],
        "stop": [plant()], "user": plant(), "metadata": {plant(): plant()}, "safety_identifier": plant(),
        "prompt_cache_key": plant(),
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": plant(), "schema": {"type": "object", "title": plant()}},
        },
    }  # fmt: skip


def headers(plant: Planter) -> dict[str, str]:
    """Headers that the gateway reads, and some that it does not."""
    names = (
        "User-Agent", "Referer", "Cookie", "X-Forwarded-For", "X-NI-Tag", "X-OpenWebUI-User-Email", "Idempotency-Key",
        "anthropic-beta", "OpenAI-Organization", "OpenAI-Project", "X-Request-ID", "baggage", "b3", "uber-trace-id",
    )  # fmt: skip
    return {name: plant() for name in names} | {
        "traceparent": TRACE,
        "tracestate": f"{plant()}={plant()}",
        "baggage": f"{plant()}={plant()}",
    }


def test_no_byte_that_is_exported_was_written_by_a_client_or_an_upstream(observed: Observed) -> None:
    plant, client = Planter(), observed.gateway.client
    key = observed.gateway.headers["Authorization"]

    def ask(path: str, body: Any) -> bytes:
        sent = {"Authorization": key, **headers(plant)}
        data: bytes = client.post(path, json=body, headers=sent).data
        return data

    answer = {
        "id": plant(), "object": "chat.completion", "created": 1, "model": plant(), "system_fingerprint": plant(),
        "choices": [
            {"index": 0, "finish_reason": plant(), "message": {"role": "assistant", "content": plant()}},
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }  # fmt: skip
    refusal = {"error": {"message": plant(), "type": plant(), "code": plant(), "param": plant()}}
    fake = observed.gateway.fakes["openai"]
    for script in (
        Script(body=json.dumps(answer).encode()),
        Script(status=400, body=json.dumps(refusal).encode(), headers={"x-request-id": plant()}),
        Script(status=500, body=plant().encode()),
        Script(
            body=f"data: {json.dumps(refusal)}\n\n".encode(), headers={"Content-Type": "text/event-stream"}
        ),
        Script(body=plant().encode()),
    ):
        fake.scripts.append(script)
        ask(CHAT, {"model": OPENAI, **chat(plant)})
    fake.scripts.clear()
    for stream in (False, True):
        assert ask(CHAT, {"model": OPENAI, "stream": stream, **chat(plant)})
        ask(RESPONSES, {"model": OPENAI, "stream": stream, "input": plant(), "instructions": plant()})
        ask(
            MESSAGES,
            {"model": ANTHROPIC, "stream": stream, "messages": [HI], "max_tokens": 9, "system": plant()},
        )
    ask(CHAT, {"model": plant(), "messages": [HI]})  # no route: a name that the client made up
    ask(CHAT, {"model": f"{OPENAI}-{plant()}", plant(): plant(), **chat(plant)})
    ask(f"/openai/deployments/{plant()}/chat/completions", {"messages": [HI]})
    ask(
        CHAT,
        {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": f"ni-models {plant()}"}]},
    )
    exported = observed.export().exported
    observed.receiver.check()
    assert plant.planted > 200
    assert len(observed.receiver.spans) > 40
    found = {word for word in (CANARY, "marie", "example.ca") if word.encode() in exported}
    assert found == set()
    assert key.removeprefix("Bearer ").encode() not in exported
    assert openai_server.KEY.encode() not in exported
    assert b"0af7651916cd43dd8448eb211c80319c" not in exported  # as bytes, not as text
    assert bytes.fromhex("0af7651916cd43dd8448eb211c80319c") in exported


def test_the_collectors_key_goes_to_the_collector_alone(
    observed: Observed, caplog: pytest.LogCaptureFixture
) -> None:
    observed.gateway.post(CHAT, {"model": OPENAI, "messages": [HI]})
    observed.export()
    assert {each["api-key"] for each in observed.receiver.headers} == {COLLECTOR_KEY}
    fakes = [seen for fake in observed.gateway.fakes.values() for seen in fake.seen]
    assert fakes
    assert COLLECTOR_KEY not in f"{fakes} {caplog.text} {observed.telemetry!r}"
    assert COLLECTOR_KEY not in repr(observed.gateway.assembled.gateway.settings)
