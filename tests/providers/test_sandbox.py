"""The sandbox shows every way that an answer can take, without network."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.errors import Problem, UpstreamError
from ni.domain.reply import Counted
from ni.domain.route import Band, Price
from ni.providers.sandbox import Sandbox
from ni.providers.sandbox_script import LONGEST_S, MOST_WORDS, STATUSES, directions_in, sentences
from ni.providers.usage import completion_of
from tests.fakes.echo import echoed
from tests.fakes.orders import order, route

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {}}} for name in ("get_weather", "search")
]


BEFORE = {"role": "assistant", "content": "x"}
"""An answer before: the sandbox does not introduce itself again."""


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
    choice = answer(user("before"), BEFORE, user(text))
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, "stop")


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ('call search with {"q": 1}', {"q": 1}),
        ('call search with {"q": {"a": "}"}} and call get_weather', {"q": {"a": "}"}}),
        ("call search with " + '{"q":' * 30_000, {}),
        ("call search with {" * 3, {}),
        ('call search with {"q": "' + "x" * 70_000 + '"}', {}),
    ],
)
def test_the_object_behind_a_call_is_its_arguments(said: str, arguments: Any) -> None:
    assert call(answer(user(said), tools=TOOLS)) == ("search", arguments)


@pytest.mark.parametrize(
    ("locale", "place", "start"),
    [
        ("", "CA", "sandbox/echo-x, answered in Canada by this gateway."),
        ("en", "US", "sandbox/echo-x, answered in the United States by this gateway."),
        ("en", "DE", "sandbox/echo-x, answered in DE by this gateway."),
        ("fr", "CA", "sandbox/echo-x, réponse donnée au Canada par cette passerelle."),
        ("fr", "DE", "sandbox/echo-x, réponse donnée (territoire\u00a0: DE) par cette passerelle."),
    ],
)
def test_the_first_answer_says_who_answers_where_and_what_to_do_next(
    locale: str, place: str, start: str
) -> None:
    to = route("sandbox", "echo")
    there = replace(to, deployment=replace(to.deployment, jurisdiction=place))
    for said in ("say hi", ""):
        asked = replace(order(there, user(said)), locale=locale)
        text = Sandbox().send(asked).reply()["choices"][0]["message"]["content"]
        assert text.startswith(start)
        assert "`ni-models`" in text
        assert "`sandbox help`" in text
        assert echoed(text) == (said or sentences(locale).nothing)


@pytest.mark.parametrize(("locale", "words"), [("en", "this cost nothing"), ("fr", "rien n’est facturé")])
def test_the_first_answer_says_that_it_cost_nothing_where_no_price_says_otherwise(
    locale: str, words: str
) -> None:
    to, free = route("sandbox", "echo"), Price("2026-01-01", 0, 0, 0, 0)
    rates: list[dict[str, Any]] = [
        {name: 1} for name in ("input", "output", "cache_write_1h", "request", "image")
    ]
    dear = [replace(free, **rate) for rate in rates]
    bands = replace(free, bands=(Band(200_000, 1, 0, 0, 0),))
    for price in (None, free, bands, *dear):
        asked = replace(order(replace(to, price=price), user("hi")), locale=locale)
        text = Sandbox().send(asked).reply()["choices"][0]["message"]["content"]
        assert (words in text) == (price in (None, free))


def test_a_stream_comes_word_by_word_and_at_once() -> None:
    waits: list[float] = []
    asked = order(route("sandbox"), BEFORE, user("one two  three"), stream=True)
    chunks = list(Sandbox(waits.append).send(asked).chunks())
    assert [c["choices"][0]["delta"].get("content") for c in chunks[:-2]] == ["", "one", " two", "  three"]
    assert waits == []
    assert chunks[-1]["choices"] == []


def play(*lines: str, stream: bool = False) -> tuple[list[float], Any]:
    """How long the sandbox waited, and what it answered to these directions."""
    waits: list[float] = []
    exchange = Sandbox(waits.append).send(order(route("sandbox"), user("\n".join(lines)), stream=stream))
    reply = completion_of(exchange.chunks()) if stream else exchange.reply()
    return waits, reply["choices"][0]


def test_an_answer_may_come_later() -> None:
    waits, choice = play("Hello", "  Sandbox: wait 3 seconds.")
    assert waits == [3]
    assert echoed(choice["message"]["content"]) == "Hello\n  Sandbox: wait 3 seconds."
    assert play("sandbox wait 999 s")[0] == [LONGEST_S]


@pytest.mark.parametrize("status", STATUSES)
def test_a_call_fails_as_with_a_provider_after_its_wait(status: int) -> None:
    waits: list[float] = []
    with pytest.raises(Problem) as failed:
        Sandbox(waits.append).send(order(route("sandbox"), user(f"sandbox wait 2 s\nsandbox fail {status}")))
    assert failed.value.status == status
    assert waits == [2]


@pytest.mark.parametrize("stream", [False, True])
def test_a_long_stream_is_counted_and_spread_over_its_time(stream: bool) -> None:
    waits, choice = play("sandbox stream 40 words in 10 s", stream=stream)
    assert choice["message"]["content"] == " ".join(map(str, range(1, 41)))
    assert choice["finish_reason"] == "stop"
    assert sum(waits) == pytest.approx(10, abs=0.3)
    assert directions_in("sandbox stream 99999 words in 999 s").words == MOST_WORDS
    assert directions_in("sandbox stream 99999 words in 999 s").over_s == LONGEST_S
    assert directions_in("sandbox stream 100 words").over_s == 5


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_breaks_off_after_its_words(stream: bool) -> None:
    exchange = Sandbox().send(order(route("sandbox"), user("sandbox break after 3 words"), stream=stream))
    pieces = exchange.chunks()
    said = [next(pieces)["choices"][0]["delta"]["content"] for _ in range(4)] if stream else []
    with pytest.raises(UpstreamError):
        _ = list(pieces) if stream else exchange.reply()
    assert said == (["", "sandbox/gpt-4o-x,", " answered", " in"] if stream else [])
    assert exchange.usage is None


def test_help_lists_directions_that_work() -> None:
    text = play("sandbox help")[1]["message"]["content"]
    directions = re.findall("`(sandbox [^`]+)`", text)
    assert len(directions) == 4
    assert all(directions_in(direction) != directions_in("") for direction in directions)


@pytest.mark.parametrize(
    "text",
    ["The sandbox wait 3 s", "sandbox fail 200", "sandbox fail 401", "sandbox is nice", "sandbox wait"],
)
def test_other_words_are_no_direction(text: str) -> None:
    waits, choice = play(text)
    assert (waits, echoed(choice["message"]["content"])) == ([], text)


def test_what_was_played_before_a_tool_ran_is_not_played_again() -> None:
    waits: list[float] = []
    result = {"role": "tool", "tool_call_id": "c", "content": "12 °C"}
    Sandbox(waits.append).send(order(route("sandbox"), user("sandbox wait 2 s"), BEFORE, result))
    assert waits == []


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
    assert echoed(answer(user(text), **fields)["message"]["content"]) == text


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
    choice = answer(BEFORE, user("123456789é"), **fields)
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, reason)


@given(st.text(min_size=1), st.integers(1, 5))
def test_a_limit_never_breaks_a_character(text: str, limit: int) -> None:
    assert text.startswith(answer(BEFORE, user(text), max_tokens=limit)["message"]["content"])


def test_images_are_described() -> None:
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "image_url", "image_url": {"url": "https://example.ca/a.jpg"}},
    ]
    assert answer(BEFORE, user(parts))["message"]["content"] == "see\n[2 images: image/png, linked]"


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_json_is_answered_where_json_is_asked_for(kind: str) -> None:
    assert json.loads(answer(user('a "b"'), response_format={"type": kind})["message"]["content"]) == {
        "echo": 'a "b"'
    }


def test_several_choices_are_counted() -> None:
    exchange = Sandbox().send(order(route("sandbox"), BEFORE, user("12345678"), n=3))
    assert len(exchange.reply()["choices"]) == 3
    assert exchange.usage
    assert (exchange.usage.prompt, exchange.usage.output) == (9, 6)
    assert exchange.usage.source is Counted.COUNTED


def test_closing_stops_the_stream_without_a_finish_reason() -> None:
    exchange = Sandbox().send(order(route("sandbox"), user("a b c"), stream=True))
    chunks = exchange.chunks()
    next(chunks)
    exchange.close()
    assert list(chunks) == []
    assert exchange.usage is None
