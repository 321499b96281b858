"""One conversation on one key: Claude Code began it, Cursor went on, Codex ended it.

Whoever carries it, a provider sees the same turns with the same stand-ins, and each client reads its own words back.
"""

import json
from typing import Any

import pytest

from tests.api.instance import Instance
from tests.api.speakers import SPEAKERS, Speaker

SPEAKER = {speaker.name: speaker for speaker in SPEAKERS}
EMAIL, PHONE = "marie.tremblay@hotmail.ca", "514-278-9931"
ARGUMENTS = {
    "body": f"Call {PHONE}",
    "to": EMAIL,
}  # in the order of the alphabet, as the test client writes objects
FOUND = json.dumps({"owner": EMAIL, "lines": 3})
SAID = [
    f"Find who owns a.py and write to {EMAIL}.",
    f"I shall ask {EMAIL}.",
    f"And leave my number, {PHONE}.",
]  # fmt: skip
SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}, "body": {"type": "string"}}}
Json = dict[str, Any]


def claude_code() -> Json:
    """What Claude Code posts: blocks, marks, thinking, a billing block."""
    mark = {"cache_control": {"type": "ephemeral"}}
    use = {"type": "tool_use", "id": "toolu_01", "name": "send", "input": ARGUMENTS}
    result = {"type": "tool_result", "tool_use_id": "toolu_01", "content": FOUND}
    return {
        "max_tokens": 32_000,
        "thinking": {"type": "adaptive", "display": "omitted"},
        "metadata": {"user_id": "{}"},
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2"},
            {"type": "text", "text": "Help."},
        ],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": SAID[0]}]},
            {"role": "assistant", "content": [{"type": "text", "text": SAID[1]}, use]},
            {"role": "user", "content": [result, {"type": "text", "text": SAID[2], **mark}]},
        ],
        "tools": [{"name": "send", "description": "Send.", "input_schema": SCHEMA}],
    }


def items() -> list[Json]:
    """The same turns as Responses items."""
    arguments = json.dumps(ARGUMENTS, separators=(",", ":"))
    return [
        {"role": "user", "content": [{"type": "input_text", "text": SAID[0]}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": SAID[1]}]},
        {"type": "function_call", "call_id": "toolu_01", "name": "send", "arguments": arguments},
        {"type": "function_call_output", "call_id": "toolu_01", "output": FOUND},
        {"role": "user", "content": [{"type": "input_text", "text": SAID[2]}]},
    ]


FLAT = {"type": "function", "name": "send", "description": "Send.", "parameters": SCHEMA}


def cursor() -> Json:
    """What Cursor posts to the address of chat completions."""
    return {"instructions": "Help.", "input": items(), "messages": None, "tools": [FLAT], "store": False}


def codex() -> Json:
    """What Codex posts: no instructions, developer messages instead."""
    developer = {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Help."}]}
    return {
        "input": [developer, *items()],
        "tools": [FLAT, {"type": "web_search"}],
        "include": [],
        "store": False,
    }


CLIENTS = [("messages", claude_code), ("cursor", cursor), ("responses", codex)]


def meaning(sent: Json) -> Json:
    """What the provider was told: who said, called and found what; not how it was marked."""
    turns = []
    for message in sent["messages"]:
        content = message["content"]
        text = content if isinstance(content, str) else "".join(part["text"] for part in content)
        calls = [(call["id"], call["function"]) for call in message.get("tool_calls", ())]
        turns.append((message["role"], text, calls, message.get("tool_call_id")))
    return {"turns": turns, "tools": sent["tools"]}


def test_a_provider_sees_the_same_turns_and_stand_ins_whoever_carries_the_conversation(
    instance: Instance,
) -> None:
    seen = []
    for name, body in CLIENTS:
        response = instance.post(SPEAKER[name].path, {"model": "sandbox/echo-local", **body()})
        assert response.status_code == 200, response.data
        assert response.headers["X-NI-PII"] == "on; email=1, phone=1"
        seen.append(meaning(instance.sent))
    assert seen[0] == seen[1] == seen[2]
    assert [turn[0] for turn in seen[0]["turns"]] == ["system", "user", "assistant", "tool", "user"]
    assert EMAIL not in str(seen)
    assert PHONE not in str(seen)
    stand_in = seen[0]["turns"][1][1].removeprefix("Find who owns a.py and write to ").rstrip(".")
    assert str(seen[0]["turns"]).count(stand_in) == 4  # asked, answered, called, found


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("name", "body"), CLIENTS, ids=[name for name, _ in CLIENTS])
def test_each_client_reads_its_own_words_back(instance: Instance, name: str, body: Any, stream: bool) -> None:
    speaker: Speaker = SPEAKER[name]
    response = instance.post(speaker.path, {"model": "sandbox/echo-local", **body(), "stream": stream})
    assert (speaker.streamed if stream else speaker.text)(response) == SAID[2]


@pytest.mark.parametrize(("name", "body"), CLIENTS, ids=[name for name, _ in CLIENTS])
def test_a_call_for_each_client_holds_the_originals(instance: Instance, name: str, body: Any) -> None:
    """The sandbox copies the arguments out of the prompt, so they come back with the stand-ins in them."""
    asked = body()
    last = (asked.get("input") or asked["messages"])[-1]
    last["content"] = f"call send with {json.dumps(ARGUMENTS)}"
    response = instance.post(SPEAKER[name].path, {"model": "sandbox/echo-local", **asked})
    assert EMAIL not in str(instance.sent)
    assert SPEAKER[name].call_of(json.loads(response.data)) == ("send", ARGUMENTS)
