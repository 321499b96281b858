"""Ids of calls that come again in a conversation are told apart where a provider demands it, in every dialect."""

import re

import pytest

from tests.api.everywhere import (
    ANTHROPIC,
    CALL,
    CHAT,
    CLAUDE,
    HI,
    LOOK,
    MESSAGES,
    MISTRAL,
    RESPONSES,
    Everywhere,
    Json,
    answered,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
CLAUDES = (ANTHROPIC, CLAUDE)


def turn(call_id: str, result: str) -> list[Json]:
    """A call and its result."""
    return [
        {"role": "assistant", "content": None, "tool_calls": [{**CALL, "id": call_id}]},
        {"role": "tool", "tool_call_id": call_id, "content": result},
    ]


def twice(path: str, ids: tuple[str, ...]) -> Json:
    """A body whose turns have one call each, with these ids, and results `r0`, `r1`."""
    if path == CHAT:
        turns = [message for at, call_id in enumerate(ids) for message in turn(call_id, f"r{at}")]
        return {"messages": [HI, *turns], "tools": [LOOK]}
    if path == RESPONSES:
        items: list[Json] = [{"role": "user", "content": "hi"}]
        for at, call_id in enumerate(ids):
            items.append({"type": "function_call", "call_id": call_id, "name": "look", "arguments": "{}"})
            items.append({"type": "function_call_output", "call_id": call_id, "output": f"r{at}"})
        return {"input": items, "tools": [{"type": "function", **LOOK["function"]}]}
    messages: list[Json] = [HI]
    for at, call_id in enumerate(ids):
        used = {"type": "tool_use", "id": call_id, "name": "look", "input": {}}
        shown = {"type": "tool_result", "tool_use_id": call_id, "content": f"r{at}"}
        messages += [{"role": "assistant", "content": [used]}, {"role": "user", "content": [shown]}]
    return {
        "max_tokens": 9,
        "messages": messages,
        "tools": [{"name": "look", "input_schema": {"type": "object"}}],
    }


def pairs(body: Json) -> list[tuple[str, str]]:
    """The ids of calls and results in a body of Anthropic's or Bedrock's, in order: `call` or the result's text."""
    found = []
    for block in (block for message in body["messages"] for block in message["content"]):
        if not isinstance(block, dict):
            continue
        call, result = block.get("toolUse"), block.get("toolResult")
        if call or block.get("type") == "tool_use":
            found.append((call["toolUseId"] if call else block["id"], "call"))
        elif result or block.get("type") == "tool_result":
            text = (result or block)["content"]
            call_id = result["toolUseId"] if result else block["tool_use_id"]
            found.append((call_id, text if isinstance(text, str) else text[0]["text"]))
    return found


REPEATED = (
    ("call_0", "call_0"),
    ("call_0", "call_0", "call_0-2"),
    ("call_0-2", "call_0", "call_0"),
    ("functions.look:0",) * 4,
    ("x" * 64,) * 3,
    ("x" * 80,) * 2,
)


@pytest.mark.parametrize("route", [*CLAUDES, MISTRAL])
@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
@pytest.mark.parametrize("ids", REPEATED, ids=lambda ids: f"{len(ids)} {ids[0][:16]}")
def test_each_call_has_an_id_of_its_own_and_its_result_the_same(
    gateway: Everywhere, route: str, path: str, ids: tuple[str, ...]
) -> None:
    answered(gateway.post(path, {"model": route, **twice(path, ids)}))
    sent = pairs(gateway.sent(route))
    calls, results = sent[::2], sent[1::2]
    assert [text for _, text in results] == [f"r{at}" for at in range(len(ids))]
    assert [one for one, _ in calls] == [one for one, _ in results]
    assert len({one for one, _ in calls}) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", one) for one, _ in calls)


@pytest.mark.parametrize("route", CLAUDES)
def test_two_calls_of_one_message_with_one_id_get_their_own_results_in_claudes_form(
    gateway: Everywhere, route: str
) -> None:
    used = {"type": "tool_use", "id": "x", "name": "look", "input": {}}
    shown = [{"type": "tool_result", "tool_use_id": "x", "content": f"r{at}"} for at in range(2)]
    messages = [HI, {"role": "assistant", "content": [used, used]}, {"role": "user", "content": shown}]
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    answered(gateway.post(MESSAGES, {"model": route, "max_tokens": 9, "messages": messages, "tools": tools}))
    assert pairs(gateway.sent(route)) == [("x", "call"), ("x-2", "call"), ("x", "r0"), ("x-2", "r1")]
