"""The sandbox shows every way that an answer can take, without network."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.reply import Counted
from ni.providers.sandbox import Sandbox, SandboxPace
from ni.providers.usage import completion_of
from tests.fakes.orders import order, route

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {}}} for name in ("get_weather", "search")
]


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def answer(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The first choice of the whole answer; the streamed one must be the same."""
    whole = Sandbox().send(order(route("sandbox", "echo"), *messages, **fields))
    streamed = Sandbox().send(order(route("sandbox", "echo"), *messages, stream=True, **fields))
    reply, joined = whole.reply(), completion_of(streamed.chunks())
    for found, together in zip(reply["choices"], joined["choices"], strict=True):
        assert found["finish_reason"] == together["finish_reason"]
        assert all(together["message"].get(name) == value for name, value in found["message"].items())
    assert whole.usage == streamed.usage
    assert reply["usage"] == joined["usage"]
    choice: dict[str, Any] = reply["choices"][0]
    return choice


def call(choice: dict[str, Any]) -> tuple[str, Any]:
    function = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls"
    return function["name"], json.loads(function["arguments"])


@given(st.text(min_size=1))
def test_the_last_user_message_is_echoed(text: str) -> None:
    choice = answer(user("before"), {"role": "assistant", "content": "x"}, user(text))
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, "stop")


def test_a_stream_comes_word_by_word_at_its_pace() -> None:
    waits: list[float] = []
    sandbox = Sandbox(SandboxPace(0.5, waits.append))
    chunks = list(sandbox.send(order(route("sandbox"), user("one two  three"), stream=True)).chunks())
    assert [c["choices"][0]["delta"].get("content") for c in chunks[:-2]] == ["", "one", " two", "  three"]
    assert waits == [0.5] * 4
    assert chunks[-1]["choices"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call get_weather", ("get_weather", {})),
        ('please call search with {"q": "é {x}"} now', ("search", {"q": "é {x}"})),
        ("Call `search` with {broken}", ("search", {})),
        ("call it, then call search", ("search", {})),
    ],
)
def test_a_directive_calls_an_offered_tool(text: str, expected: tuple[str, Any]) -> None:
    assert call(answer(user(text), tools=TOOLS)) == expected


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("call other", {"tools": TOOLS}),
        ("call search", {}),
        ("recall search", {"tools": TOOLS}),
        ("call search", {"tools": TOOLS, "tool_choice": "none"}),
        ("hello", {"tools": TOOLS, "tool_choice": "auto"}),
    ],
)
def test_no_tool_is_called_otherwise(text: str, fields: dict[str, Any]) -> None:
    assert answer(user(text), **fields)["message"]["content"] == text


@pytest.mark.parametrize(
    ("choice", "name"),
    [("required", "get_weather"), ({"type": "function", "function": {"name": "search"}}, "search")],
)
def test_a_forced_tool_is_called(choice: Any, name: str) -> None:
    assert call(answer(user("hello"), tools=TOOLS, tool_choice=choice)) == (name, {})


def test_after_a_tool_result_the_answer_tells_it() -> None:
    first = answer(user("call search"), tools=TOOLS)["message"]
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "12 °C"}
    choice = answer(user("call search"), first, result, tools=TOOLS)
    assert choice["message"]["content"] == "The tool answered: 12 °C"


@pytest.mark.parametrize(
    ("fields", "text", "reason"),
    [
        ({"max_tokens": 2}, "12345678", "length"),
        ({"max_completion_tokens": 3}, "123456789é", "stop"),
        ({"stop": "5"}, "1234", "stop"),
        ({"stop": ["x", "9", "3"]}, "12", "stop"),
        ({"stop": "3", "max_tokens": 1}, "12", "stop"),
    ],
)
def test_limits_end_the_text(fields: dict[str, Any], text: str, reason: str) -> None:
    choice = answer(user("123456789é"), **fields)
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, reason)


@given(st.text(min_size=1), st.integers(1, 5))
def test_a_limit_never_breaks_a_character(text: str, limit: int) -> None:
    assert text.startswith(answer(user(text), max_tokens=limit)["message"]["content"])


def test_images_are_described() -> None:
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "image_url", "image_url": {"url": "https://example.ca/a.jpg"}},
    ]
    assert answer(user(parts))["message"]["content"] == "see\n[2 images: image/png, linked]"


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_json_is_answered_where_json_is_asked_for(kind: str) -> None:
    assert json.loads(answer(user('a "b"'), response_format={"type": kind})["message"]["content"]) == {
        "echo": 'a "b"'
    }


def test_several_choices_are_counted() -> None:
    exchange = Sandbox().send(order(route("sandbox"), user("12345678"), n=3))
    assert len(exchange.reply()["choices"]) == 3
    assert exchange.usage
    assert (exchange.usage.prompt, exchange.usage.output) == (5, 6)
    assert exchange.usage.source is Counted.COUNTED


def test_closing_stops_the_stream_without_a_finish_reason() -> None:
    exchange = Sandbox().send(order(route("sandbox"), user("a b c"), stream=True))
    chunks = exchange.chunks()
    next(chunks)
    exchange.close()
    assert list(chunks) == []
    assert exchange.usage is None
