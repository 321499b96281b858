"""Chat bodies: what is taken, what is dropped, and that every refusal names its field."""

from typing import Any

import pytest

from ni.dialects.chat import OVERRIDES, ChatDialect
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest

USER = {"role": "user", "content": "hi"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TOOL = {"type": "function", "function": {"name": "read_file", "parameters": {"type": "object"}}}
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}],
}


def parse(**fields: Any) -> Call:
    return ChatDialect().parse({"model": "a/b-ca", "messages": [USER], **fields}, {})


def test_the_line_gets_what_it_needs_and_the_body_keeps_the_rest() -> None:
    call = parse(stream=True, stream_options={"include_usage": True}, temperature=0.2, future_field={"x": 1})
    assert (call.dialect, call.model, call.stream, call.include_usage) == ("chat", "a/b-ca", True, True)
    assert call.body == {"messages": [USER], "temperature": 0.2, "future_field": {"x": 1}}


def test_messages_travel_untouched_with_fields_nobody_knows() -> None:
    message = {**USER, "cache_control": {"type": "ephemeral"}}
    assert parse(messages=[message]).messages == [message]


@pytest.mark.parametrize("name", sorted(OVERRIDES))
def test_a_field_that_would_change_destination_or_credentials_is_dropped(name: str) -> None:
    assert name not in parse(**{name: "https://elsewhere.example"}).body


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{"role": "system", "content": "s"}, USER, USER, {"role": "system", "content": "late"}]},
        {"messages": [USER, CALLED, {"role": "tool", "tool_call_id": "c1", "content": "x"}]},
        {
            "messages": [
                USER,
                CALLED,
                {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": ""}]},
            ]
        },
        {"messages": [{"role": "developer", "content": "d"}, {"role": "user", "content": [IMAGE] * 100}]},
        {"messages": [USER, {"role": "assistant", "content": None, "refusal": "no"}, USER]},
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
        {"messages": [USER] * 2048},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}] * 256}]},
        {"tools": [TOOL] * 256, "tool_choice": {"type": "function", "function": {"name": "read_file"}}},
        {"tools": [{"type": "custom", "custom": {"name": "ApplyPatch"}}], "tool_choice": "auto"},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
        {"stop": "x"},
        {"stop": ["a", "b", "c", "d"]},
        {"n": 2, "seed": -1, "temperature": 2, "top_p": 1.0},
        {
            "stream": None,
            "stream_options": None,
            "tools": None,
            "max_tokens": None,
            "stop": None,
            "user": None,
        },
    ],
)
def test_what_clients_send_is_taken(fields: Json) -> None:
    parse(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [USER, {"role": "function", "name": "f", "content": None}]},
        {"messages": [USER, {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}]},
        {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": []}]},
        {"functions": [{"name": "f", "description": "d", "parameters": {}}], "function_call": "auto"},
        {
            "messages": [
                USER,
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "p", "input": "x"}}],
                },
            ]
        },
    ],
)
def test_older_and_rarer_shapes_are_taken(fields: Json) -> None:
    parse(**fields)


BAD_MESSAGES: list[tuple[Any, str]] = [
    (None, "messages"),
    ([], "messages"),
    ("hi", "messages"),
    ([USER] * 2049, "messages"),
    ([USER, "hi"], "messages[1]"),
    ([{"content": "x"}], "messages[0].role"),
    ([{"role": "robot", "content": "x"}], "messages[0].role"),
    ([{"role": ["user"], "content": "x"}], "messages[0].role"),
    ([{"role": "user"}], "messages[0].content"),
    ([{"role": "user", "content": None}], "messages[0].content"),
    ([{"role": "user", "content": 1}], "messages[0].content"),
    ([USER, USER, {"role": "user", "content": [{"type": "no kind"}]}], "messages[2].content[0].type"),
    ([{"role": "user", "content": [{}]}], "messages[0].content[0].type"),
    ([{"role": "user", "content": ["x"]}], "messages[0].content[0]"),
    ([{"role": "user", "content": [{"type": "text"}]}], "messages[0].content[0].text"),
    ([{"role": "user", "content": [{"type": "text", "text": ["x"]}]}], "messages[0].content[0].text"),
    ([{"role": "user", "content": [{"type": "text", "text": "x"}] * 257}], "messages[0].content"),
    ([{"role": "user", "content": [{"type": "image_url"}]}], "messages[0].content[0].image_url"),
    (
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
        "messages[0].content[0].image_url.url",
    ),
    (
        [USER, {"role": "assistant", "tool_calls": [{"id": 7, "type": "function"}]}],
        "messages[1].tool_calls[0].id",
    ),
    (
        [
            USER,
            {
                "role": "assistant",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": 7}}],
            },
        ],
        "messages[1].tool_calls[0].function.arguments",
    ),
    (
        [USER, {"role": "assistant", "tool_calls": [{"id": "c", "type": "web"}]}],
        "messages[1].tool_calls[0].type",
    ),
    ([USER, {"role": "tool", "content": "x"}], "messages[1].tool_call_id"),
    ([USER, {"role": "function", "content": "x"}], "messages[1].name"),
    ([USER, {"role": "function", "name": "f", "content": 1}], "messages[1].content"),
    ([{"role": "user", "content": [{"type": "input_audio"}]}], "messages[0].content[0].input_audio"),
    ([{"role": "user", "content": [{"type": "refusal"}]}], "messages[0].content[0].refusal"),
    (
        [
            {
                "role": "user",
                "content": [{**IMAGE, "image_url": {"url": "https://x.example/a.png", "detail": "huge"}}],
            }
        ],
        "messages[0].content[0].image_url.detail",
    ),
]


@pytest.mark.parametrize(("messages", "param"), BAD_MESSAGES)
def test_a_bad_message_is_refused_by_the_name_of_its_field(messages: Any, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(messages=messages)
    assert caught.value.param == param
    assert param in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": "  "}, "model"),
        ({"model": 4}, "model"),
        ({"model": "m" * 257}, "model"),
        ({"stream": "true"}, "stream"),
        ({"stream": 1}, "stream"),
        ({"stream_options": []}, "stream_options"),
        ({"stream_options": {"include_usage": "yes"}}, "stream_options.include_usage"),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"n": True}, "n"),
        ({"n": 1.5}, "n"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "0.5"}, "temperature"),
        ({"temperature": False}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": -2}, "max_completion_tokens"),
        ({"stop": ["a"] * 65}, "stop"),
        ({"stop": [1]}, "stop[0]"),
        ({"stop": {}}, "stop"),
        ({"tools": {}}, "tools"),
        ({"tools": [TOOL] * 257}, "tools"),
        ({"tools": ["x"]}, "tools[0]"),
        ({"tools": [TOOL, {"type": "function"}]}, "tools[1].function"),
        ({"tools": [{"type": "function", "function": {"name": "two words"}}]}, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]},
            "tools[0].function.parameters",
        ),
        ({"tools": [{"name": "bare"}]}, "tools[0].type"),
        ({"tools": [TOOL], "tool_choice": 1}, "tool_choice"),
        ({"functions": [{"name": ""}]}, "functions[0].name"),
        ({"functions": [{"name": "f", "description": 1}]}, "functions[0].description"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.name"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ],
)
def test_a_bad_field_is_refused_by_its_name(fields: Json, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(**fields)
    assert caught.value.param == param
