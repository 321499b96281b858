"""Every sequence of events in every dialect, as golden files; each also passes its dialect's checker.

`python -m tests.dialects.test_golden` writes the files anew; read the difference before you keep it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.dialects.base import Dialect
from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.domain.call import Json
from ni.domain.errors import UpstreamError
from tests.cast import StandingClock
from tests.dialects.checkers import CHECKS

HERE = Path(__file__).parent
ROUTE = "a/b-ca"
SCENES: dict[str, list[Json]] = json.loads((HERE / "scenes.json").read_text(encoding="utf-8"))
SCHEMA = {"type": "object"}
BESIDE = ("finish", "index", "stop_sequence")
UNORDERED = ("reasoning-between-calls", "text-after-call")
"""Scenes whose order a whole completion cannot tell."""
ASKED: dict[str, Json] = {
    "chat": {
        "messages": [{"role": "user", "content": "hi"}],
        "stream_options": {"include_usage": True},
        "tools": [
            {"type": "custom", "name": "patch"},
            {"type": "function", "name": "read", "parameters": SCHEMA},
        ],
    },
    "messages": {
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"name": "read", "input_schema": SCHEMA}],
    },
    "responses": {
        "input": "hi",
        "tools": [
            {"type": "custom", "name": "patch"},
            {"type": "namespace", "name": "fs", "tools": [{"type": "function", "name": "list"}]},
        ],
    },
}


def dialects() -> dict[str, Dialect]:
    seals = StateSealer(bytes(32), bytes)
    listed: list[Dialect] = [
        ChatVariantsDialect(ChatNormaliser(seals, lambda name: False)),
        ResponsesDialect(seals, StandingClock()),
        MessagesDialect(seals),
    ]
    return {dialect.name: dialect for dialect in listed}


def chunks(scene: list[Json]) -> Iterator[Json]:
    """The chunks of a scene: entries are deltas, with `finish` and `index` beside them, `usage`, or `ping`: silence."""
    frame = {
        "id": "chatcmpl-7",
        "object": "chat.completion.chunk",
        "created": 1795435200,
        "model": "upstream",
    }
    for entry in scene:
        if "ping" in entry:
            yield {}
        elif "usage" in entry:
            yield {**frame, "choices": [], "usage": entry["usage"]}
        elif "error" not in entry:
            delta = {name: value for name, value in entry.items() if name not in BESIDE}
            choice = {"index": entry.get("index", 0), "delta": delta, "finish_reason": entry.get("finish")}
            yield {**frame, "choices": [choice | {n: entry[n] for n in ("stop_sequence",) if n in entry}]}


def rendered(name: str, scene: list[Json]) -> bytes:
    dialect = dialects()[name]
    call = dialect.parse({"model": ROUTE, "stream": True, **ASKED[name]}, {})
    renderer = dialect.stream(call, ROUTE)
    octets = b"".join(renderer.chunk(chunk) if chunk else renderer.ping() for chunk in chunks(scene))
    failed = any("error" in entry for entry in scene)
    problem = UpstreamError(provider="Somewhere")
    return octets + (renderer.error(problem, problem.message) if failed else renderer.end())


CASES = [(name, scene) for scene in SCENES for name in ASKED]
WHOLE = [
    scene
    for scene, entries in SCENES.items()
    if scene not in UNORDERED and not any("error" in entry for entry in entries)
]


@pytest.mark.parametrize(("name", "scene"), CASES)
def test_the_events_are_those_of_the_golden_file(name: str, scene: str) -> None:
    octets = rendered(name, SCENES[scene])
    CHECKS[name](octets)
    assert octets.decode() == (HERE / "golden" / f"{scene}.{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("scene", WHOLE)
def test_a_whole_response_is_what_its_stream_ends_with(scene: str) -> None:
    dialect = dialects()["responses"]
    call = dialect.parse({"model": ROUTE, **ASKED["responses"]}, {})
    whole = json.loads(dialect.reply(call, ROUTE, completion(SCENES[scene])))
    streamed = CHECKS["responses"](rendered("responses", SCENES[scene]))[-1]["response"]
    assert whole == streamed


@pytest.mark.parametrize("scene", WHOLE)
def test_a_whole_message_is_what_a_client_makes_of_its_stream(scene: str) -> None:
    dialect = dialects()["messages"]
    call = dialect.parse({"model": ROUTE, **ASKED["messages"]}, {})
    whole = json.loads(dialect.reply(call, ROUTE, completion(SCENES[scene])))
    events = CHECKS["messages"](rendered("messages", SCENES[scene]))
    kinds = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    texts = [event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta"]
    assert [block["type"] for block in whole["content"]] == kinds
    assert "".join(block.get("text", "") for block in whole["content"]) == "".join(texts)
    assert whole["stop_reason"] == events[-2]["delta"]["stop_reason"]
    assert whole["usage"] == events[-2]["usage"]


def completion(scene: list[Json]) -> Json:
    """The `chat.completion` that a scene streams."""
    message: Json = {"role": "assistant", "content": None}
    calls: list[Json] = []
    reply: Json = {"id": "chatcmpl-7", "object": "chat.completion", "created": 1795435200, "usage": None}
    finish = stop = None
    for entry in scene:
        if entry.get("index"):
            continue
        stop = entry.get("stop_sequence") or stop
        finish = entry.get("finish") or finish
        reply["usage"] = entry.get("usage") or reply["usage"]
        for name in ("content", "reasoning_content", "refusal"):
            if entry.get(name):
                message[name] = (message.get(name) or "") + entry[name]
        message.setdefault("thinking_blocks", []).extend(entry.get("thinking_blocks") or ())
        for call in entry.get("tool_calls") or ():
            if call["index"] == len(calls):
                calls.append({**call, "function": {**call["function"]}})
            else:
                calls[call["index"]]["function"]["arguments"] += call["function"]["arguments"]
    message |= {"tool_calls": calls} if calls else {}
    return reply | {
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "stop_sequence": stop}]
    }


if __name__ == "__main__":
    for golden_name, golden_scene in CASES:
        target = HERE / "golden" / f"{golden_scene}.{golden_name}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(rendered(golden_name, SCENES[golden_scene]))
