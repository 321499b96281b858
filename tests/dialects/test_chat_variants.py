"""Bodies recorded from coding tools: each gives the same call as its plain equivalent would."""

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.dialects.base import Dialect
from ni.dialects.chat import ChatDialect
from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.dialects.tools import wire_name
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest

SHAPES = sorted((Path(__file__).parent / "shapes").glob("*.json"))
ROUTES = frozenset({"sandbox/echo-local", "a/exact-fast"})
USER = {"role": "user", "content": "hi"}


def dialect() -> ChatVariantsDialect:
    return ChatVariantsDialect(ChatNormaliser(StateSealer(bytes(32), bytes), ROUTES.__contains__))


def dialects() -> dict[str, Dialect]:
    seals = StateSealer(bytes(32), bytes)
    return {"chat": dialect(), "messages": MessagesDialect(seals), "responses": ResponsesDialect(seals)}


def parse(**fields: Any) -> Call:
    return dialect().parse({"model": "sandbox/echo-local", **fields}, {})


def same(one: Call, other: Call) -> bool:
    usage = (
        one.dialect != "chat" or one.include_usage == other.include_usage
    )  # the other dialects always tell it
    return usage and (one.model, one.stream, one.body) == (other.model, other.stream, other.body)


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_a_recorded_shape_gives_the_call_of_its_plain_equivalent(path: Path) -> None:
    shape = json.loads(path.read_text(encoding="utf-8"))
    call = dialects()[shape.get("dialect", "chat")].parse(shape["given"], {})
    plain = ChatDialect().parse(shape["plain"], {})
    assert same(call, plain), json.dumps(call.body, indent=1)


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_a_plain_body_travels_as_it_came(path: Path) -> None:
    plain = json.loads(path.read_text(encoding="utf-8"))["plain"]
    assert dialect().parse(plain, {}).raw_body is None


@pytest.mark.parametrize(
    ("model", "route", "effort"),
    [
        ("sandbox/echo-local-fast", "sandbox/echo-local", None),
        ("sandbox/echo-local-thinking", "sandbox/echo-local", "medium"),
        ("sandbox/echo-local-high-fast", "sandbox/echo-local", "high"),
        ("a/exact-fast", "a/exact-fast", None),
        ("gpt-9-thinking-high", "gpt-9-thinking-high", None),
    ],
)
def test_a_suffix_counts_only_where_the_name_without_it_is_a_route(
    model: str, route: str, effort: str | None
) -> None:
    call = dialect().parse({"model": model, "messages": [USER]}, {})
    assert (call.model, call.body.get("reasoning_effort")) == (route, effort)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": [{"role": "user", "content": [{"type": "video"}]}]}, "input[0].content[0].type"),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
        ({"input": ["x"]}, "input[0]"),
        ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0]"),
        ({"input": "x", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"input": "x", "tools": [7]}, "tools[0]"),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]},
            "messages[0].content[0].tool_use_id",
        ),
        (
            {"messages": [USER, 7, {"role": "user", "content": [{"type": "input_text", "text": "x"}]}]},
            "messages[1]",
        ),
    ],
)
def test_a_shape_that_cannot_be_read_is_refused_by_the_name_of_its_field(fields: Json, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(**fields)
    assert caught.value.param == param


def test_an_image_in_a_tool_result_follows_the_last_result_of_the_turn() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    results = [{"type": "tool_result", "tool_use_id": name, "content": [image]} for name in ("a", "b")]
    called: list[Json] = [{"type": "tool_use", "id": name, "name": "see", "input": {}} for name in ("a", "b")]
    call = parse(
        messages=[USER, {"role": "assistant", "content": called}, {"role": "user", "content": results}]
    )
    assert [message["role"] for message in call.messages] == ["user", "assistant", "tool", "tool", "user"]
    assert [part["type"] for part in call.messages[-1]["content"]] == ["text", "image_url"] * 2


def test_what_was_said_between_calls_and_results_joins_the_turn_of_the_calls() -> None:
    items: list[Json] = [
        {"role": "user", "content": "hi"},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "call_id": "b", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
        {"type": "function_call_output", "call_id": "b", "output": "2"},
    ]
    call = parse(input=items)
    assert [message["role"] for message in call.messages] == ["user", "assistant", "tool", "tool"]
    assert call.messages[1]["content"] == "Looking."
    assert [entry["id"] for entry in call.messages[1]["tool_calls"]] == ["a", "b"]


def test_hosted_tools_alone_leave_no_tools_to_choose_from() -> None:
    call = parse(input="x", tools=[{"type": "web_search"}], tool_choice={"type": "web_search"})
    assert not call.body.get("tools")
    assert not call.body.get("tool_choice")


LEAVES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=4)
KINDS = [
    "message",
    "text",
    "input_text",
    "tool_use",
    "tool_result",
    "function",
    "custom",
    "function_call",
    "thinking",
]
KEYS = [
    "type",
    "role",
    "content",
    "text",
    "name",
    "id",
    "call_id",
    "input",
    "tools",
    "arguments",
    "function",
    "source",
]
ANYTHING = st.recursive(
    LEAVES | st.sampled_from([*KINDS, "user", "assistant"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"contents": [{"role": "robot", "parts": []}]}, "contents[0].role"),
        ({"contents": [{"parts": [{"executableCode": {}}]}]}, "contents[0].parts[0]"),
        ({"contents": [{"parts": 7}]}, "contents[0].parts"),
        ({"contents": [{"parts": [{"functionCall": {"args": 1}}]}]}, "contents[0].parts[0].functionCall.name"),
        ({"contents": [{"parts": "hi"}], "tools": [{"functionDeclarations": 7}]}, "tools[0].functionDeclarations"),
    ],
)  # fmt: skip
def test_a_gemini_body_that_cannot_be_read_is_refused_by_the_name_of_its_field(
    fields: Json, param: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(**fields)
    assert caught.value.param == param


GEMINI_KEYS = [
    "parts",
    "text",
    "functionCall",
    "functionResponse",
    "inlineData",
    "name",
    "args",
    "response",
    "role",
]
PARTS = st.recursive(
    LEAVES | st.sampled_from(["user", "model"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(GEMINI_KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(contents=st.lists(PARTS, max_size=3), config=PARTS, tools=PARTS)
def test_any_gemini_body_is_read_or_refused_and_breaks_nothing(
    contents: Any, config: Any, tools: Any
) -> None:
    declared = [{"functionDeclarations": tools}]
    with contextlib.suppress(BadRequest):
        parse(
            contents=contents,
            generationConfig=config,
            systemInstruction=config,
            toolConfig=config,
            tools=declared,
        )


@given(messages=ANYTHING, items=ANYTHING, tools=ANYTHING, choice=ANYTHING)
def test_any_body_is_read_or_refused_and_breaks_nothing(
    messages: Any, items: Any, tools: Any, choice: Any
) -> None:
    with contextlib.suppress(BadRequest):
        parse(messages=messages, input=items, tools=tools, tool_choice=choice)


@pytest.mark.parametrize(
    "name", ["marie.tremblay@acme.ca", "call 514-555-0143", "x" * 70 + "_514-555-0143", "Jean Tremblay"]
)
def test_a_name_of_a_tool_that_may_be_somebodys_is_not_shown_in_part(name: str) -> None:
    seen = wire_name(name)
    assert re.fullmatch(r"tool_[0-9a-f]{12}", seen)
    assert seen == wire_name(name) != wire_name(name + "x")
