"""One conversation on one key with a Claude that thinks: Claude Code begins, Cursor and Codex go on, Claude Code ends.

The history is what the gateway itself answered. Whoever carries it, Claude is told the same turns with the same
stand-ins; and the thinking that began the conversation, which the others cannot carry, is shown to Claude word for word
when Claude Code comes back with it.
"""

import json
from typing import Any

import pytest

from tests.api.instance import Instance
from tests.api.places import Place
from tests.api.speakers import SPEAKERS
from tests.dialects.checkers import check_messages
from tests.fakes.anthropic_rules import sign
from tests.fakes.model import ARGUMENTS, THOUGHT
from tests.fakes.wire_server import FakeWire

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
SPEAKER = {speaker.name: speaker for speaker in SPEAKERS}
EMAIL, PHONE = "marie.tremblay@hotmail.ca", "514-278-9931"
SAID = f"Find who owns a.py and write to {EMAIL}."
FOUND = f"Owned by {EMAIL}, {PHONE}."
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
Json = dict[str, Any]


def blocks_of(octets: bytes) -> list[Json]:
    """The blocks that a client puts together from a stream."""
    blocks: list[Json] = []
    for event in check_messages(octets):
        if event["type"] == "content_block_start":
            blocks.append(
                {**event["content_block"]} | ({"input": ""} if "input" in event["content_block"] else {})
            )
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            for name, into in (("text", "text"), ("thinking", "thinking"), ("partial_json", "input")):
                if name in delta:
                    blocks[-1][into] += delta[name]
            blocks[-1] |= {"signature": delta["signature"]} if "signature" in delta else {}
    return [block | ({"input": json.loads(block["input"])} if "input" in block else {}) for block in blocks]


def told(body: Json) -> list[tuple[str, str, Any]]:
    """What Claude is told, on either wire: who said, called and found what; not how it was marked, nor thoughts."""
    found: list[tuple[str, str, Any]] = []
    for message in body["messages"]:
        content: Any = message["content"]
        blocks: list[Json] = [{"text": content}] if isinstance(content, str) else content
        for block in blocks:
            use, result = block.get("toolUse") or block, block.get("toolResult") or block
            if "input" in use:
                found.append((message["role"], "call", (use["name"], use["input"])))
            elif "tool_use_id" in result or "toolUseId" in result:
                parts = result["content"]
                words = parts if isinstance(parts, str) else "".join(part["text"] for part in parts)
                found.append((message["role"], "result", words))
            elif "text" in block:
                found.append((message["role"], "text", block["text"]))
    return found


def told_alike(bodies: list[Json]) -> list[tuple[str, str, Any]]:
    """All that Claude was told, if no body told it otherwise, or in the client's own words."""
    assert EMAIL not in str(bodies)
    assert PHONE not in str(bodies)
    longest = told(bodies[-1])
    for body in bodies:
        assert told(body) == longest[: len(told(body))]
    return longest


class Conversation:
    """The turns so far, as blocks, and how each client would carry them."""

    def __init__(self) -> None:
        self.turns: list[Json] = [{"role": "user", "content": [{"type": "text", "text": SAID}]}]

    def add(self, role: str, *blocks: Json) -> None:
        self.turns.append({"role": role, "content": list(blocks)})

    def claude_code(self) -> Json:
        tools = [{"name": "send", "description": "Send.", "input_schema": SCHEMA}]
        thinks = {"thinking": {"type": "adaptive", "display": "summarized"}}
        return {"max_tokens": 32_000, "messages": self.turns, "tools": tools, **thinks}

    def cursor(self) -> Json:
        return {**self.claude_code(), "thinking": None}

    def codex(self) -> Json:
        tool = {"type": "function", "name": "send", "description": "Send.", "parameters": SCHEMA}
        items = [
            item for turn in self.turns for block in turn["content"] for item in _items(turn["role"], block)
        ]
        return {"input": items, "tools": [tool], "store": False, "reasoning": {"summary": "auto"}}


def _items(role: str, block: Json) -> list[Json]:
    match block["type"]:
        case "thinking":
            summary = [{"type": "summary_text", "text": block["thinking"]}]
            return [{"type": "reasoning", "summary": summary, "encrypted_content": None}]
        case "tool_use":
            call = {"call_id": block["id"], "name": block["name"], "arguments": json.dumps(block["input"])}
            return [{"type": "function_call", **call}]
        case "tool_result":
            return [
                {"type": "function_call_output", "call_id": block["tool_use_id"], "output": block["content"]}
            ]
        case _:
            kind = "input_text" if role == "user" else "output_text"
            return [{"type": "message", "role": role, "content": [{"type": kind, "text": block["text"]}]}]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_thinking_calls_and_stand_ins_survive_the_way_through_three_dialects(
    instance: Instance, wire: FakeWire, place: Place, stream: bool
) -> None:
    def post(name: str, body: Json) -> Any:
        response = instance.post(SPEAKER[name].path, {"model": place.route, "stream": stream, **body})
        assert response.status_code == 200, response.data
        return response

    talk = Conversation()
    answer = post("messages", talk.claude_code())
    blocks = blocks_of(answer.data) if stream else json.loads(answer.data)["content"]
    thought, call = blocks
    assert (thought["thinking"], call["input"]) == (THOUGHT, ARGUMENTS)
    talk.add("assistant", *blocks)
    talk.add("user", {"type": "tool_result", "tool_use_id": call["id"], "content": FOUND})

    speaker = SPEAKER["cursor-claude"]
    answer = post("cursor-claude", talk.cursor())
    said = speaker.streamed(answer) if stream else speaker.text(answer)
    assert said == f"Results: {FOUND}"
    talk.add("assistant", {"type": "text", "text": said})
    talk.add("user", {"type": "text", "text": f"Call {PHONE} as well."})

    post("responses", {**talk.codex(), "tool_choice": "none"})
    talk.add("assistant", {"type": "text", "text": f"I called {PHONE}."})
    talk.add("user", {"type": "text", "text": "Thanks."})

    post("messages", talk.claude_code())
    bodies = [seen.body for seen in wire.seen]
    assert len(bodies) == 4
    longest = told_alike(bodies)
    assert [kind for _, kind, _ in longest] == ["text", "call", "result", "text", "text", "text", "text"]
    stand_in = longest[0][2].removeprefix("Find who owns a.py and write to ").rstrip(".")
    assert longest[2][2].startswith(f"Owned by {stand_in}, ")
    assert longest[3][2].startswith(f"Results: Owned by {stand_in}, ")
    shown = bodies[-1]["messages"][1]["content"][0]
    assert (shown["thinking"], shown["signature"]) == (THOUGHT, sign(THOUGHT))
