"""Messages and Responses bodies that cannot be read are refused by the name that the field has in that dialect."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.dialects.base import Dialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.domain.call import Json
from ni.domain.errors import BadRequest, UpstreamError

SEALS = StateSealer(bytes(32), bytes)
USER = {"role": "user", "content": "hi"}
MESSAGES: Json = {"model": "a/b-ca", "max_tokens": 10, "messages": [USER]}
RESPONSES: Json = {"model": "a/b-ca", "input": "hi"}


def blocks(*content: Any, role: str = "user") -> Json:
    return {"messages": [USER, {"role": role, "content": list(content)}]}


def test_an_unknown_part_is_answered_with_all_the_kinds_that_are_read() -> None:
    with pytest.raises(BadRequest) as caught:
        MessagesDialect(SEALS).parse({**MESSAGES, **blocks({"type": "hologram"})}, {}).for_upstream("")
    for kind in ("text", "image_url", "input_image", "image", "input_audio", "document", "file"):
        assert f"`{kind}`" in caught.value.message


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        (blocks("x"), "messages[1].content[0]"),
        (blocks({"type": "hologram"}), "messages[1].content[0].type"),
        (blocks({"type": "text", "text": 7}), "messages[1].content[0].text"),
        (blocks({"type": "image"}), "messages[1].content[0].source"),
        (blocks({"type": "image", "source": {"type": "file"}}), "messages[1].content[0].source.type"),
        (blocks({"type": "image", "source": {"type": "url"}}), "messages[1].content[0].source.url"),
        (blocks({"type": "tool_result"}), "messages[1].content[0].tool_use_id"),
        (blocks({"type": "tool_use", "id": "t"}, role="assistant"), "messages[1].content[0].name"),
        ({"system": 7}, "system"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name"),
        ({"tools": "x"}, "tools"),
        ({"tool_choice": "auto", "tools": [{"name": "a", "input_schema": {}}]}, "tool_choice"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"output_config": 7}, "output_config"),
        ({"stop_sequences": [7]}, "stop_sequences[0]"),
        ({"temperature": 9}, "temperature"),
    ],
)
def test_a_bad_messages_body_is_refused_by_name(fields: Json, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        MessagesDialect(SEALS).parse({**MESSAGES, **fields}, {}).for_upstream("")
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": ""}, "model"),
        ({"input": None}, "input"),
        ({"input": 7}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"type": "message", "role": "user", "content": 7}]}, "input[0].content"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": [{"type": "custom_tool_call", "call_id": "c", "name": "n"}]}, "input[0].input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0]"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"background": True}, "background"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"text": {"format": 7}}, "text.format"),
        ({"reasoning": "high"}, "reasoning"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_a_bad_responses_body_is_refused_by_name(fields: Json, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ResponsesDialect(SEALS).parse({**RESPONSES, **fields}, {})
    assert caught.value.param == param


LEAVES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4)
NAMES = ["type", "role", "content", "text", "name", "id", "call_id", "input", "source", "thinking", "signature", "data",
         "tool_use_id", "encrypted_content", "summary", "arguments", "output", "input_schema", "tools"]  # fmt: skip
KINDS = ["user", "assistant", "text", "tool_use", "tool_result", "thinking", "image", "document", "base64", "url",
         "message", "reasoning", "function_call", "function_call_output", "function", "custom"]  # fmt: skip
ANYTHING = st.recursive(
    LEAVES | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=15,
)


@given(turns=st.lists(ANYTHING, max_size=3), tools=ANYTHING, system=ANYTHING, choice=ANYTHING)
def test_any_body_is_read_or_refused_and_breaks_nothing(
    turns: Any, tools: Any, system: Any, choice: Any
) -> None:
    dialects: list[tuple[Dialect, Json]] = [
        (MessagesDialect(SEALS), {**MESSAGES, "messages": turns, "system": system}),
        (ResponsesDialect(SEALS), {**RESPONSES, "input": turns, "instructions": system}),
    ]
    for dialect, body in dialects:
        with contextlib.suppress(BadRequest):
            call = dialect.parse({**body, "tools": tools, "tool_choice": choice}, {})
            dialect.stream(call, "a/b-ca").error(UpstreamError(provider="Somewhere"), "x")
