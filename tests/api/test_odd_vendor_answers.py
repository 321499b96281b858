"""What Bedrock, Vertex AI and Anthropic answer oddly, in every dialect, streamed or not: nothing of it is lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.everywhere import (
    ANTHROPIC,
    CHAT,
    CLAUDE,
    GEMINI,
    HI,
    LOOK,
    MESSAGES,
    MISTRAL,
    RESPONSES,
    Everywhere,
    Json,
    answered,
)
from tests.api.test_upstream_oddities import READERS
from tests.dialects.checkers import CHECKS
from tests.fakes import anthropic_wire
from tests.fakes.bedrock_frames import event
from tests.fakes.openai_server import Script

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
NAMES = {CHAT: "chat", RESPONSES: "responses", MESSAGES: "messages"}
ASKING: dict[str, Json] = {
    CHAT: {"messages": [HI], "tools": [LOOK]},
    RESPONSES: {"input": "hi", "tools": [{"type": "function", **LOOK["function"]}]},
    MESSAGES: {
        "max_tokens": 9,
        "messages": [HI],
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
    },
}
Block = tuple[str, ...]
"""A text alone, or id, name and JSON arguments of a call."""
X = '{"a":"x"}'


def of_bedrock(blocks: list[Block], reason: str, *, stream: bool) -> Script:
    """Converse's answer."""
    usage = {"inputTokens": 5, "outputTokens": 3, "totalTokens": 8}
    if not stream:
        content: list[Json] = [
            {"text": block[0]}
            if len(block) == 1
            else {"toolUse": {"toolUseId": block[0], "name": block[1], "input": json.loads(block[2])}}
            for block in blocks
        ]
        message = {"role": "assistant", "content": content}
        whole = {"output": {"message": message}, "stopReason": reason, "usage": usage}
        return Script(body=json.dumps(whole).encode())
    frames = [event("messageStart", {"role": "assistant"})]
    for index, block in enumerate(blocks):
        if len(block) == 1:
            delta: Json = {"text": block[0]}
        else:
            use = {"toolUseId": block[0], "name": block[1]}
            frames.append(event("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": use}}))
            delta = {"toolUse": {"input": block[2]}}
        frames.append(event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}))
        frames.append(event("contentBlockStop", {"contentBlockIndex": index}))
    frames += [event("messageStop", {"stopReason": reason}), event("metadata", {"usage": usage})]
    return Script(body=b"".join(frames))


def of_vertex(blocks: list[Block], reason: str, *, stream: bool) -> Script:
    """The answer of generateContent; what is said last comes with the reason."""
    parts: list[Json] = [
        {"text": block[0]}
        if len(block) == 1
        else {"functionCall": {"id": block[0], "name": block[1], "args": json.loads(block[2])}}
        for block in blocks
    ]
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 3, "totalTokenCount": 8}
    content = {"content": {"role": "model", "parts": parts}} if parts else {}
    whole = {"candidates": [{"index": 0, **content, "finishReason": reason}], "usageMetadata": usage}
    octets = json.dumps(whole).encode()
    return Script(body=b"data: " + octets + b"\r\n\r\n" if stream else octets)


def of_anthropic(blocks: list[Block], reason: str, *, stream: bool, at_once: bool = False) -> Script:
    """The answer of Messages; `at_once`: the whole input of a call comes at its beginning."""
    usage = {"input_tokens": 5, "output_tokens": 3}
    content: list[Json] = [
        {"type": "text", "text": block[0]}
        if len(block) == 1
        else {"type": "tool_use", "id": block[0], "name": block[1], "input": json.loads(block[2])}
        for block in blocks
    ]
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
    if not stream:
        whole = {**message, "content": content, "stop_reason": reason, "usage": usage}
        return Script(body=json.dumps(whole).encode())
    found: list[Json] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None, "usage": usage}}
    ]
    for index, block in enumerate(content):
        hollow: Json = {"text": ""} if block["type"] == "text" else {} if at_once else {"input": {}}
        found.append({"type": "content_block_start", "index": index, "content_block": {**block, **hollow}})
        if not at_once or block["type"] == "text":
            deltas = anthropic_wire.deltas(block)
            found += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        found.append({"type": "content_block_stop", "index": index})
    ending = {"stop_reason": reason, "stop_sequence": None}
    found += [{"type": "message_delta", "delta": ending, "usage": usage}, {"type": "message_stop"}]
    return Script(body=b"".join(map(anthropic_wire.event, found)))


WRITERS: dict[str, Callable[..., Script]] = {
    "bedrock": of_bedrock, "vertex_ai": of_vertex, "anthropic": of_anthropic,
}  # fmt: skip
ENDS = {"bedrock": "end_turn", "vertex_ai": "STOP", "anthropic": "end_turn"}
WAYS = [
    (route, path)
    for route in (CLAUDE, MISTRAL, GEMINI, ANTHROPIC)
    for path in ASKING
    if path != MESSAGES or route in (MISTRAL, GEMINI)  # Claude's own answers to Messages pass as they came
]
EACH = pytest.mark.parametrize(("route", "path"), WAYS)
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
CALLED = {CHAT: "tool_calls", RESPONSES: "completed", MESSAGES: "tool_use"}
STOPPED = {CHAT: "stop", RESPONSES: "completed", MESSAGES: "end_turn"}


def ask(
    gateway: Everywhere, way: tuple[str, str], blocks: list[Block], reason: str, *, stream: bool, **more: Any
) -> Any:
    """The gateway's answer to a request whose upstream answers these blocks."""
    route, path = way
    provider = route.partition("/")[0]
    streamed = stream and route != MISTRAL  # which has tools whole only
    script = WRITERS[provider](blocks, reason or ENDS[provider], stream=streamed, **more)
    gateway.fakes[provider].scripts.append(script)
    return gateway.post(path, {"model": route, "stream": stream, **ASKING[path]})


def told(response: Any, path: str, *, stream: bool) -> tuple[str, list[Any], str]:
    """Text, calls and reason."""
    octets = answered(response).data
    name = NAMES[path]
    read = READERS[name](CHECKS[name](octets), None) if stream else READERS[name](None, json.loads(octets))
    text, _, calls, reason = read
    return text, calls, reason


@EACH
@BOTH
def test_a_stop_reason_that_is_new_ends_a_whole_answer(
    gateway: Everywhere, route: str, path: str, *, stream: bool
) -> None:
    response = ask(gateway, (route, path), [("so",)], "frobnicated", stream=stream)
    assert told(response, path, stream=stream) == ("so", [], STOPPED[path])


@EACH
@BOTH
@pytest.mark.parametrize("reason", ["", "frobnicated"])
def test_a_natural_end_beside_a_call_is_a_call(
    gateway: Everywhere, route: str, path: str, reason: str, *, stream: bool
) -> None:
    response = ask(gateway, (route, path), [("so",), ("c1", "look", X)], reason, stream=stream)
    assert told(response, path, stream=stream) == ("so", [("look", {"a": "x"})], CALLED[path])


@EACH
@BOTH
@pytest.mark.parametrize(
    "name", [" look", "default_api.look", "default_api:look", "functions.look", "frobnicate"]
)
def test_a_tool_is_called_by_the_name_that_it_was_offered_by(
    gateway: Everywhere, route: str, path: str, name: str, *, stream: bool
) -> None:
    response = ask(gateway, (route, path), [("c1", name, X)], "", stream=stream)
    shown = name if name == "frobnicate" else "look"
    assert told(response, path, stream=stream) == ("", [(shown, {"a": "x"})], CALLED[path])


@EACH
@BOTH
def test_calls_of_one_id_are_told_apart(gateway: Everywhere, route: str, path: str, *, stream: bool) -> None:
    response = ask(gateway, (route, path), [("dup", "look", X), ("dup", "look", X)], "", stream=stream)
    octets = answered(response).data.decode()
    assert told(response, path, stream=stream)[1] == [("look", {"a": "x"})] * 2
    assert '"dup"' in octets
    assert '"dup-2"' in octets


@EACH
@BOTH
def test_calls_without_arguments_have_an_empty_object(
    gateway: Everywhere, route: str, path: str, *, stream: bool
) -> None:
    response = ask(gateway, (route, path), [("c1", "look", "{}")], "", stream=stream)
    assert '""' not in answered(response).data.decode().partition("arguments")[2][:20] or stream
    assert told(response, path, stream=stream) == ("", [("look", {})], CALLED[path])


@BOTH
@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_arguments_that_come_at_the_beginning_of_a_call_are_kept(
    gateway: Everywhere, path: str, *, stream: bool
) -> None:
    more = {"at_once": True} if stream else {}
    response = ask(gateway, (ANTHROPIC, path), [("c1", "look", X)], "tool_use", stream=stream, **more)
    assert told(response, path, stream=stream) == ("", [("look", {"a": "x"})], CALLED[path])


FAILURES = [
    (GEMINI, word)
    for word in ("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "OTHER")
] + [
    (route, word) for route in (CLAUDE, MISTRAL) for word in ("malformed_tool_use", "malformed_model_output")
]
CAUSES = [(route, path, word) for route, word in FAILURES for path in ASKING if (route, path) in WAYS]


@pytest.mark.parametrize(("route", "path", "word"), CAUSES)
@BOTH
def test_a_call_that_failed_is_told_by_its_cause(
    gateway: Everywhere, route: str, path: str, word: str, *, stream: bool
) -> None:
    response = ask(gateway, (route, path), [], word, stream=stream)
    assert response.status_code == 502 or stream
    assert word in response.data.decode()
    assert "Try again" in response.data.decode()


@pytest.mark.parametrize(("route", "path", "word"), CAUSES)
@BOTH
def test_text_before_a_call_that_failed_is_kept(
    gateway: Everywhere, route: str, path: str, word: str, *, stream: bool
) -> None:
    response = ask(gateway, (route, path), [("so",)], word, stream=stream)
    octets = answered(response).data.decode()
    if stream and route != MISTRAL:
        assert '"so"' in octets
        assert word in octets[octets.index('"so"') :]
    else:
        assert told(response, path, stream=stream) == ("so", [], STOPPED[path])
