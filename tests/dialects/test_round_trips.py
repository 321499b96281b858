"""What goes out comes back: state that a client carries, calls and ids across turns, and a change of dialect."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.domain.call import Json

SEALS = StateSealer(bytes(range(32)), bytes)
CHAT = ChatVariantsDialect(ChatNormaliser(SEALS, lambda name: False))
MESSAGES, RESPONSES = MessagesDialect(SEALS), ResponsesDialect(SEALS)
MODEL = "a/b-ca"
SIGNED = [{"type": "thinking", "signature": "EqQBCg=="}]
STATE = {"google": {"thought_signature": "c2ln"}}
CALL: Json = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "read", "arguments": '{"path":"a.py"}'},
}
TOOL = {"name": "read", "parameters": {"type": "object"}}


def reply(**message: Any) -> Json:
    shown = {"role": "assistant", "content": None, **message}
    return {
        "id": "chatcmpl-7",
        "created": 1,
        "choices": [{"index": 0, "message": shown, "finish_reason": "tool_calls"}],
    }


def through_messages(answer: Json) -> Json:
    """The assistant's message as it comes back in the next Messages request."""
    asked: Json = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    call = MESSAGES.parse(asked, {})
    rendered = json.loads(MESSAGES.reply(call, MODEL, answer))
    turns: list[Any] = [*asked["messages"], {"role": "assistant", "content": rendered["content"]}]
    return MESSAGES.parse({**asked, "messages": turns}, {}).messages[-1]


def through_responses(answer: Json) -> Json:
    """The same by way of Responses items."""
    tools = [{"type": "function", **TOOL}, {"type": "custom", "name": "patch"}]
    asked: Json = {"model": MODEL, "input": [{"role": "user", "content": "hi"}], "tools": tools}
    rendered = json.loads(RESPONSES.reply(RESPONSES.parse(asked, {}), MODEL, answer))
    return RESPONSES.parse({**asked, "input": [*asked["input"], *rendered["output"]]}, {}).messages[-1]


WAYS = pytest.mark.parametrize("through", [through_messages, through_responses])


@WAYS
def test_signed_thinking_comes_back_unchanged(through: Any) -> None:
    back = through(reply(reasoning_content="I must read.", thinking_blocks=SIGNED, tool_calls=[CALL]))
    assert back["thinking_blocks"] == SIGNED
    assert back["reasoning_content"] == "I must read."
    assert back["tool_calls"] == [CALL]


@WAYS
def test_redacted_thinking_comes_back_unchanged(through: Any) -> None:
    blocks = [{"type": "redacted_thinking", "data": "EmwK"}]
    assert through(reply(thinking_blocks=blocks, content="Yes."))["thinking_blocks"] == blocks


@WAYS
def test_a_thought_signature_comes_back_on_its_call(through: Any) -> None:
    back = through(reply(tool_calls=[{**CALL, "extra_content": STATE}, {**CALL, "id": "call_2"}]))
    assert [call.get("extra_content") for call in back["tool_calls"]] == [STATE, None]


@WAYS
def test_reasoning_without_a_signature_comes_back_as_text_alone(through: Any) -> None:
    back = through(reply(reasoning_content="Let me think.", content="Yes."))
    assert back["reasoning_content"] == "Let me think."
    assert back["content"] == "Yes."
    assert "thinking_blocks" not in back


def test_a_custom_call_comes_back_as_the_function_it_was() -> None:
    call = {**CALL, "function": {"name": "patch", "arguments": '{"input": "*** Begin\\n"}'}}
    assert through_responses(reply(tool_calls=[call]))["tool_calls"] == [call]


def test_a_seal_of_another_instance_is_left_out_and_never_passed_on() -> None:
    foreign = StateSealer(bytes(32), bytes).seal({"blocks": SIGNED, "state": {}})
    content = [
        {"type": "thinking", "thinking": "x", "signature": foreign},
        {"type": "redacted_thinking", "data": foreign},
        {"type": "text", "text": "Yes."},
    ]
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": content}]
    call = MESSAGES.parse({"model": MODEL, "max_tokens": 9, "messages": turns}, {})
    assert foreign not in json.dumps(call.body)
    assert "thinking_blocks" not in call.messages[-1]


@given(st.binary(min_size=1, max_size=4), st.integers(0, 60))
def test_a_seal_with_any_byte_changed_does_not_open(change: bytes, at: int) -> None:
    sealed = SEALS.seal({"blocks": SIGNED, "state": {}})
    spoiled = sealed[:at] + change.hex() + sealed[at + len(change.hex()) :]
    assert spoiled == sealed or SEALS.unseal(spoiled) is None


@pytest.mark.parametrize("text", [None, "", "ni1.", "ni1.?", "ni1.AAAA", "EqQBCg==", 7])
def test_what_is_no_seal_does_not_open(text: Any) -> None:
    assert SEALS.unseal(text) is None


TURNS: list[Json] = [
    {"role": "user", "content": "Fix a.py for Marie."},
    {"role": "assistant", "content": "Reading.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "print(1)"},
]


def test_one_conversation_means_the_same_in_every_dialect() -> None:
    plain = CHAT.parse(
        {"model": MODEL, "messages": TURNS, "tools": [{"type": "function", "function": TOOL}]}, {}
    )
    anthropic = MESSAGES.parse(
        {
            "model": MODEL,
            "max_tokens": 9,
            "tools": [{"name": "read", "input_schema": TOOL["parameters"]}],
            "messages": [
                TURNS[0],
                {
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": "Reading."},
                        {"type": "tool_use", "id": "call_1", "name": "read", "input": {"path": "a.py"}},
                    ],
                },
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "print(1)"}],
                },
            ],
        },
        {},
    )
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Fix a.py for Marie."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Reading."}]},
        {"type": "function_call", "call_id": "call_1", "name": "read", "arguments": '{"path":"a.py"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "print(1)"},
    ]
    asked: Json = {"model": MODEL, "input": items, "tools": [{"type": "function", **TOOL}]}
    for call in (anthropic, RESPONSES.parse(asked, {}), CHAT.parse(asked, {})):
        assert call.messages == plain.messages
        assert call.body["tools"] == plain.body["tools"]
