"""Streams: each field of each choice for itself, nothing held that need not be, nothing lost."""

import itertools
import json
from collections.abc import Iterable
from typing import Any

import pytest

from ni.domain.call import Json
from ni.privacy.masking import Masked
from tests.privacy.cast import masked, sent

TEXT = "Jean Tremblay"


@pytest.fixture
def result() -> Masked:
    return masked(TEXT)


def _chunk(delta: Json, index: int = 0, finish: str | None = None) -> Json:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _through(result: Masked, chunks: Iterable[Json]) -> list[Json]:
    made = [released for chunk in chunks for released in result.restorer.chunk(chunk)]
    return made + list(result.restorer.end())


def _texts(chunks: Iterable[Json], field: str, index: int = 0) -> str:
    choices = (choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == index)
    return "".join(choice["delta"].get(field) or "" for choice in choices)


@pytest.mark.parametrize("field", ["content", "reasoning_content", "refusal"])
def test_each_field_is_restored(result: Masked, field: str) -> None:
    made = _through(
        result, [*(_chunk({field: char}) for char in f"Ask {sent(result)}."), _chunk({}, finish="stop")]
    )
    assert _texts(made, field) == f"Ask {TEXT}."


def test_fields_and_choices_that_take_turns_do_not_mix(result: Masked) -> None:
    text = f"Ask {sent(result)} twice."
    chunks = [
        chunk
        for char in text
        for chunk in (
            _chunk({"content": char}),
            _chunk({"reasoning_content": char}),
            _chunk({"content": char}, index=1),
        )
    ]
    made = _through(result, chunks)
    assert (
        _texts(made, "content")
        == _texts(made, "reasoning_content")
        == _texts(made, "content", 1)
        == f"Ask {TEXT} twice."
    )


@pytest.mark.parametrize("ascii_only", [True, False])
def test_arguments_of_tool_calls_that_take_turns_stay_valid_json(ascii_only: bool) -> None:
    result = masked("Marie-Ève Côté at 416-967-1111")
    surrogate = sent(result).removesuffix(" at " + sent(result).rpartition(" ")[2])
    source = json.dumps({"to": surrogate, "note": f'"{surrogate}"\n{surrogate}'}, ensure_ascii=ascii_only)
    chunks = [
        _chunk({"tool_calls": [{"index": index, "function": {"arguments": char}}]})
        for char in source
        for index in (0, 1)
    ]
    made = _through(result, [*chunks, _chunk({}, finish="tool_calls")])
    for index in (0, 1):
        arguments = json.loads(_arguments(made, index))
        assert arguments == {"to": "Marie-Ève Côté", "note": '"Marie-Ève Côté"\nMarie-Ève Côté'}


def _arguments(chunks: list[Json], index: int) -> str:
    deltas = (choice["delta"] for chunk in chunks for choice in chunk["choices"])
    calls = (call for delta in deltas for call in delta.get("tool_calls", ()) if call["index"] == index)
    return "".join(call["function"].get("arguments", "") for call in calls)


def test_what_waits_is_released_before_the_finish_reason(result: Masked) -> None:
    made = _through(result, [_chunk({"content": sent(result)}), _chunk({}, finish="stop")])
    finish = [chunk["choices"][0]["finish_reason"] for chunk in made]
    assert finish.index("stop") == len(finish) - 1
    assert _texts(made, "content") == TEXT


def test_what_waits_is_released_when_a_stream_ends_without_a_reason(result: Masked) -> None:
    assert _texts(_through(result, [_chunk({"content": sent(result)})]), "content") == TEXT


def test_text_that_cannot_become_a_surrogate_is_not_held_back(result: Masked) -> None:
    for word in ("Hello ", "world", ", how", " are ", "you? "):
        assert _texts(result.restorer.chunk(_chunk({"content": word})), "content") == word


def test_only_the_possible_beginning_of_a_surrogate_is_held_back(result: Masked) -> None:
    given = sent(result).split()[0]
    assert _texts(result.restorer.chunk(_chunk({"content": f"Ask {given[:3]}"})), "content") == "Ask "
    assert _texts(result.restorer.chunk(_chunk({"content": "xx"})), "content") == f"{given[:3]}xx"


def test_a_chunk_keeps_what_else_it_carries(result: Masked) -> None:
    first = {**_chunk({"role": "assistant", "content": ""}), "usage": None}
    assert list(result.restorer.chunk(first)) == [first]
    call = _chunk(
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "send", "arguments": ""},
                }
            ]
        }
    )
    assert list(result.restorer.chunk(call)) == [call]
    usage = {"id": "c1", "choices": [], "usage": {"prompt_tokens": 3}}
    assert list(result.restorer.chunk(usage)) == [usage]


def test_a_chunk_that_carried_only_what_must_wait_is_not_passed_on(result: Masked) -> None:
    assert list(result.restorer.chunk(_chunk({"content": sent(result)[:4]}))) == []


def test_memory_does_not_grow_with_the_stream(result: Masked) -> None:
    surrogate = sent(result)
    pieces = itertools.cycle([surrogate[:3], surrogate[3:], " and", " so on. "])
    for piece in itertools.islice(pieces, 20_000):
        list(result.restorer.chunk(_chunk({"content": piece})))
    streams: dict[Any, Any] = result.restorer._streams  # type: ignore[attr-defined]
    assert len(streams) == 1
    assert all(len(stream._held) + len(stream._before) < 100 for stream in streams.values())


# ---- every field


def _walked(delta: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        if isinstance(step, int) and isinstance(delta, list):
            delta = next((item for item in delta if item.get("index", 0) == step), None)
        else:
            delta = delta.get(step) if isinstance(delta, dict) else None
        if delta is None:
            return ""
    return delta


IN_PIECES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a field of the delta that nobody knows": (lambda text: {"x_thoughts": text}, ("x_thoughts",)),
    "reasoning": (lambda text: {"reasoning": text}, ("reasoning",)),
    "reasoning details": (
        lambda text: {"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": text}]},
        ("reasoning_details", 0, "text"),
    ),
    "a summary": (
        lambda text: {"reasoning_details": [{"type": "reasoning.summary", "index": 0, "summary": text}]},
        ("reasoning_details", 0, "summary"),
    ),
    "sound": (lambda text: {"audio": {"id": "a", "transcript": text}}, ("audio", "transcript")),
    "arguments": (
        lambda text: {"tool_calls": [{"index": 0, "function": {"arguments": text}}]},
        ("tool_calls", 0, "function", "arguments"),
    ),
    "input of a custom tool": (
        lambda text: {"tool_calls": [{"index": 0, "custom": {"input": text}}]},
        ("tool_calls", 0, "custom", "input"),
    ),
    "an older call": (
        lambda text: {"function_call": {"arguments": text}},
        ("function_call", "arguments"),
    ),
}


@pytest.mark.parametrize("kind", IN_PIECES)
def test_a_text_in_pieces_is_restored_wherever_it_is_cut(result: Masked, kind: str) -> None:
    delta_of, way = IN_PIECES[kind]
    text = f"Ask {sent(result)}."
    for at in range(1, len(text)):
        for end in (_chunk({}, finish="stop"), _chunk(delta_of(""), finish="stop")):
            again = masked(TEXT)
            made = _through(again, [_chunk(delta_of(text[:at])), _chunk(delta_of(text[at:])), end])
            deltas = [choice["delta"] for chunk in made for choice in chunk["choices"]]
            assert "".join(_walked(delta, way) for delta in deltas) == f"Ask {TEXT}."
            assert made[-1]["choices"][0]["finish_reason"] == "stop"


def test_what_came_with_the_finish_reason_is_told_with_it_and_in_order(result: Masked) -> None:
    made = _through(result, [_chunk({"content": f"Ask {sent(result)}"}, finish="stop")])
    assert [_texts([chunk], "content") for chunk in made] == [f"Ask {TEXT}"]


WHOLE: dict[str, Any] = {
    "annotations": {
        "annotations": [{"type": "url_citation", "url_citation": {"title": "NAME", "url": "https://a.ca"}}]
    },
    "an unknown object": {"provider_specific_fields": {"said": ["by NAME"], "deep": {"who": "NAME"}}},
    "an unknown list": {"x_sources": ["NAME", {"who": "NAME"}]},
    "a key": {"x_by_person": {"NAME": 1}},
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("beside", [False, True])
def test_a_value_that_comes_whole_is_restored_in_any_field(result: Masked, kind: str, beside: bool) -> None:
    written = json.loads(json.dumps(WHOLE[kind]).replace("NAME", sent(result)))
    chunk = {**_chunk({"content": "."}), **written} if beside else _chunk(written)
    (made,) = _through(result, [chunk])
    read = {name: (made if beside else made["choices"][0]["delta"])[name] for name in written}
    assert read == json.loads(json.dumps(WHOLE[kind]).replace("NAME", TEXT))


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_reply_is_restored_in_any_field(result: Masked, kind: str) -> None:
    written = json.loads(json.dumps(WHOLE[kind]).replace("NAME", sent(result)))
    message = {"role": "assistant", "content": None, **written}
    reply = {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **written}
    expected = json.loads(json.dumps(reply, ensure_ascii=False).replace(sent(result), TEXT))
    assert result.restorer.reply(reply) == expected


def test_the_text_of_completions_is_a_stream_for_each_choice(result: Masked) -> None:
    text = f"Ask {sent(result)}."
    chunks = [
        {"id": "c", "choices": [{"index": index, "text": char, "logprobs": None, "finish_reason": None}]}
        for char in text
        for index in (0, 1)
    ]
    ends = [
        {"id": "c", "choices": [{"index": index, "text": "", "finish_reason": "stop"}]} for index in (0, 1)
    ]
    made = _through(result, [*chunks, *ends])
    for index in (0, 1):
        said = [choice["text"] for chunk in made for choice in chunk["choices"] if choice["index"] == index]
        assert "".join(said) == f"Ask {TEXT}."
    assert (
        result.restorer.reply({"choices": [{"index": 0, "text": text}]})["choices"][0]["text"]
        == f"Ask {TEXT}."
    )
