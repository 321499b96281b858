"""Answers in older forms, and what providers say beside their calls, reach clients of every dialect whole."""

import json

import pytest

from tests.api.everywhere import (
    AZURE,
    CHAT,
    CLAUDE,
    HI,
    LOOK,
    MESSAGES,
    OPENAI,
    OWN,
    RESPONSES,
    Everywhere,
    Json,
    answered,
)
from tests.api.test_upstream_oddities import READERS
from tests.dialects.checkers import CHECKS
from tests.fakes import bedrock_wire
from tests.fakes.openai_server import Script

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
STREAM = {"Content-Type": "text/event-stream"}
NAMES = {CHAT: "chat", RESPONSES: "responses", MESSAGES: "messages"}
ASKING: dict[str, Json] = {
    CHAT: {"messages": [HI], "functions": [LOOK["function"]]},
    RESPONSES: {"input": "hi", "tools": [{"type": "function", **LOOK["function"]}]},
    MESSAGES: {
        "max_tokens": 9,
        "messages": [HI],
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
    },
}


def older(*, stream: bool) -> Script:
    """An answer with a `function_call`, which came before `tool_calls`."""
    frame: Json = {"id": "c", "created": 1, "model": "m", "object": "chat.completion.chunk"}
    call = {"name": "look", "arguments": '{"a":'}
    if not stream:
        message = {"role": "assistant", "content": None, "function_call": {**call, "arguments": '{"a":"x"}'}}
        choice = {"index": 0, "message": message, "finish_reason": "function_call"}
        return Script(body=json.dumps({**frame, "object": "chat.completion", "choices": [choice]}).encode())
    deltas: list[Json] = [
        {"role": "assistant", "function_call": call},
        {"function_call": {"arguments": '"x"}'}},
    ]
    choices: list[Json] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "function_call"})
    lines = [b"data: " + json.dumps({**frame, "choices": [choice]}).encode() for choice in choices]
    return Script(body=b"\n\n".join([*lines, b"data: [DONE]", b""]), headers=STREAM)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("route", [OPENAI, AZURE, OWN])
def test_an_older_call_is_a_call_in_every_dialect(
    gateway: Everywhere, route: str, path: str, stream: bool
) -> None:
    gateway.fakes[route.partition("/")[0]].scripts.append(older(stream=stream))
    octets = answered(gateway.post(path, {"model": route, "stream": stream, **ASKING[path]})).data
    told = json.dumps(CHECKS[NAMES[path]](octets)) if stream else octets.decode()
    assert "look" in told
    assert {CHAT: "function_call", RESPONSES: "function_call", MESSAGES: "tool_use"}[path] in told
    assert path != CHAT or '"finish_reason": "stop"' not in told.replace('":"', '": "')


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_a_model_that_stops_where_it_calls_has_called(
    gateway: Everywhere, monkeypatch: pytest.MonkeyPatch, path: str, stream: bool
) -> None:
    monkeypatch.setitem(bedrock_wire.REASONS, "calls", "end_turn")
    body = {CHAT: {"messages": [HI], "tools": [LOOK]}, RESPONSES: ASKING[RESPONSES]}[path]
    told = answered(gateway.post(path, {"model": CLAUDE, "stream": stream, **body})).data.decode()
    assert path != CHAT or "tool_calls" in told[told.rindex("finish_reason") :]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize("arguments", ["", None])
def test_an_older_call_without_arguments_has_an_empty_object(
    gateway: Everywhere, path: str, arguments: str | None, stream: bool
) -> None:
    call = {"name": "look", "arguments": arguments}
    member = {"role": "assistant", "content": None, "function_call": call}
    choice = {"index": 0, "delta" if stream else "message": member, "finish_reason": "function_call"}
    octets = json.dumps({"id": "c", "created": 1, "model": "m", "choices": [choice]}).encode()
    script = (
        Script(body=b"data: " + octets + b"\n\ndata: [DONE]\n\n", headers=STREAM)
        if stream
        else Script(body=octets)
    )
    gateway.fakes["local"].scripts.append(script)
    told = answered(gateway.post(path, {"model": OWN, "stream": stream, **ASKING[path]})).data
    name = NAMES[path]
    _, _, calls, _ = (
        READERS[name](CHECKS[name](told), None) if stream else READERS[name](None, json.loads(told))
    )
    if path == CHAT:
        assert b'"arguments":"{}"' in told
        assert b'"arguments":""' not in told or stream
    else:
        assert calls == [("look", {})]
