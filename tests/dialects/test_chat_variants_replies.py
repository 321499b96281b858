"""Answers to clients whose tools are not chat's: custom calls come back as custom calls, ids as they were."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.sealed_state import StateSealer
from ni.dialects.stream_blocks import StringArgument
from ni.dialects.tools import short_id, unwrap, wrap
from ni.domain.call import Call, Json
from ni.domain.errors import UpstreamError
from tests.dialects.checkers import check_chat

LONG = "call_" + "x" * 90
BODY: Json = {
    "model": "a/b-ca",
    "stream": True,
    "messages": [
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "tool_calls": [{"id": LONG, "type": "custom", "custom": {"name": "P", "input": ""}}],
        },
        {"role": "tool", "tool_call_id": LONG, "content": "x"},
    ],
    "tools": [{"type": "custom", "name": "P"}, {"type": "function", "name": "mcp tool: read"}],
}
FRAME = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def dialect() -> ChatVariantsDialect:
    return ChatVariantsDialect(ChatNormaliser(StateSealer(bytes(32), bytes), lambda name: False))


def call() -> Call:
    return dialect().parse(BODY, {})


def chunk(delta: Json, finish: str | None = None) -> Json:
    return {**FRAME, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def called(index: int, arguments: str, **first: Any) -> Json:
    function: Json = {"arguments": arguments}
    if "name" in first:
        function["name"] = first.pop("name")
    return {"index": index, "function": function, **({"type": "function", **first} if first else {})}


def rendered(*chunks: Json) -> bytes:
    renderer = dialect().stream(call(), "a/b-ca")
    return b"".join([*map(renderer.chunk, chunks), renderer.end()])


def test_a_custom_tool_is_offered_as_a_function_and_its_call_comes_back_custom() -> None:
    function = {"name": "P", "arguments": wrap("*** Begin\n")}
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c9", "type": "function", "function": function}],
    }
    frame = {"id": "x", "object": "chat.completion", "created": 1}
    reply = {**frame, "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    shown = json.loads(dialect().reply(call(), "a/b-ca", reply))["choices"][0]["message"]["tool_calls"]
    assert shown == [{"id": "c9", "type": "custom", "custom": {"name": "P", "input": "*** Begin\n"}}]
    assert call().body["tools"][0]["function"]["parameters"]["required"] == ["input"]


def test_a_streamed_custom_call_comes_in_pieces_of_its_text() -> None:
    events = check_chat(
        rendered(
            chunk({"role": "assistant", "tool_calls": [called(0, "", id="c9", name="P")]}),
            chunk({"tool_calls": [called(0, '{"inp')]}),
            chunk({"tool_calls": [called(0, 'ut": "a\\')]}),
            chunk({"tool_calls": [called(0, 'nb"}')]}),
            chunk({}, "tool_calls"),
        )
    )
    calls = [event["choices"][0]["delta"]["tool_calls"][0] for event in events[:4]]
    assert calls[0] == {"index": 0, "id": "c9", "type": "custom", "custom": {"name": "P", "input": ""}}
    assert "".join(entry["custom"]["input"] for entry in calls) == "a\nb"


def test_arguments_of_another_form_come_through_at_the_end() -> None:
    events = check_chat(
        rendered(
            chunk({"tool_calls": [called(0, '{"patch"', id="c9", name="P")]}),
            chunk({"tool_calls": [called(0, ': "x"}')]}),
            chunk({}, "tool_calls"),
        )
    )
    assert events[2]["choices"][0]["delta"]["tool_calls"] == [
        {"index": 0, "custom": {"input": '{"patch": "x"}'}}
    ]


def test_a_name_that_models_do_not_take_comes_back_as_the_client_wrote_it() -> None:
    seen = call().body["tools"][1]["function"]["name"]
    assert seen != "mcp tool: read"
    events = check_chat(
        rendered(chunk({"tool_calls": [called(0, "{}", id="c1", name=seen)]}), chunk({}, "tool_calls"))
    )
    assert events[0]["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == "mcp tool: read"


def test_an_answer_that_names_a_shortened_id_gives_the_long_one() -> None:
    events = check_chat(
        rendered(
            chunk({"tool_calls": [called(0, "{}", id=short_id(LONG), name="f")]}), chunk({}, "tool_calls")
        )
    )
    assert events[0]["choices"][0]["delta"]["tool_calls"][0]["id"] == LONG


def test_an_error_ends_the_stream_without_done() -> None:
    renderer = dialect().stream(call(), "a/b-ca")
    octets = (
        renderer.chunk(chunk({"content": "x"}))
        + renderer.ping()
        + renderer.error(UpstreamError(provider="P"), "It failed.")
    )
    assert check_chat(octets)[-1]["error"]["code"] == "upstream_error"


@given(text=st.text(), cuts=st.lists(st.integers(0, 40), max_size=8), ascii_only=st.booleans())
def test_a_text_survives_the_function_it_travels_in_at_any_cut(
    text: str, cuts: list[int], ascii_only: bool
) -> None:
    arguments = json.dumps({"input": text}, ensure_ascii=ascii_only)
    reader, got, at = StringArgument(), "", 0
    for cut in [*sorted(cuts), len(arguments)]:
        got += reader.feed(arguments[at:cut])
        at = max(at, cut)
    assert got + reader.end() == text == unwrap(arguments) == unwrap(wrap(text))


@given(st.text(max_size=200))
def test_every_id_becomes_one_that_upstreams_take(given_id: str) -> None:
    short = short_id(given_id)
    assert len(short) <= 64
    assert short_id(short) == short
