"""However the texts of an answer take turns, each is restored for itself, and nothing is held that need not be."""

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ni.domain.call import Json
from ni.privacy.masking import Masked
from ni.privacy.restoring import AnswerRestorer
from ni.privacy.words import fold
from tests.privacy.cast import answered, masked, sent

TEXT = "Jean Tremblay and Marie-Ève Côté"
RESULT: Masked = masked(TEXT)
FIRST, SECOND = sent(RESULT).split(" and ")
WAYS: tuple[tuple[Any, ...], ...] = (
    ("content",),
    ("reasoning_content",),
    ("tool_calls", 0, "function", "arguments"),
    ("tool_calls", 1, "function", "arguments"),
)
SLOTS = [(choice, way) for choice in (0, 1) for way in WAYS]
WORDS = (FIRST, SECOND, FIRST.upper(), FIRST.split()[0], SECOND.split()[1], FIRST[:3], SECOND[:-1])
words = st.sampled_from([*WORDS, " ", "'s ", ", ", "x", "\n"])
texts = st.lists(words, max_size=6).map("".join)


def restorer() -> AnswerRestorer:
    made = masked(TEXT).restorer
    assert isinstance(made, AnswerRestorer)
    return made


def chunk(slot: tuple[int, tuple[Any, ...]], text: str) -> Json:
    index, way = slot
    delta: Json = {way[0]: text}
    if len(way) > 1:
        delta = {"tool_calls": [{"index": way[1], "function": {"arguments": text}}]}
    return {"id": "c", "choices": [{"index": index, "delta": delta, "finish_reason": None}]}


def spoken(chunks: list[Json]) -> Iterator[tuple[tuple[int, tuple[Any, ...]], str]]:
    for each in chunks:
        for choice in each["choices"]:
            for name, value in choice["delta"].items():
                if name == "tool_calls":
                    for call in value:
                        way = ("tool_calls", call["index"], "function", "arguments")
                        yield (choice["index"], way), call["function"].get("arguments", "")
                elif isinstance(value, str) and name != "role":
                    yield (choice["index"], (name,)), value


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(SLOTS), texts, min_size=1), st.data())
def test_texts_that_take_turns_in_any_order_are_each_restored(
    wanted: dict[tuple[int, tuple[Any, ...]], str], data: st.DataObject
) -> None:
    restoring, left, made = restorer(), dict(wanted), []
    while left:
        slot = data.draw(st.sampled_from(sorted(left)))
        size = data.draw(st.integers(1, max(1, len(left[slot]))))
        piece, left[slot] = left[slot][:size], left[slot][size:]
        if not left[slot]:
            del left[slot]
        made += list(restoring.chunk(chunk(slot, piece)))
        held = [stream._held for stream in restoring._streams.values()]
        assert all(_may_become_a_surrogate(text) for text in held if text)
    made += list(restoring.end())
    got: dict[tuple[int, tuple[Any, ...]], str] = {}
    for slot, text in spoken(made):
        got[slot] = got.get(slot, "") + text
    assert {slot: text for slot, text in got.items() if text} == {
        slot: answered(RESULT, text) for slot, text in wanted.items() if text
    }


def _may_become_a_surrogate(text: str) -> bool:
    return any(form.startswith(fold(text)) for name in (FIRST, SECOND) for form in _forms(fold(name)))


def _forms(name: str) -> set[str]:
    """Whole, in parts, as user names, with an initial, in the plural."""
    given, family = name.split()
    letters = re.sub("[^a-z]", "", given)
    glued = {letters + family, family + letters, letters[0] + family, family + letters[0]}
    plural = {f"{part}s" for part in (*re.split("[ -]", name), family)}
    return {name, family, *re.split("[ -]", name), *glued, *plural}


def test_what_was_said_before_a_tool_call_comes_before_it() -> None:
    restoring = restorer()
    said = list(restoring.chunk(chunk((0, ("content",)), FIRST)))
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
    begun = list(restoring.chunk({"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}))
    assert "".join(text for _, text in spoken([*said, begun[0]])) == "Jean Tremblay"
    assert begun[1]["choices"][0]["delta"]["tool_calls"] == [call]
    assert json.dumps(list(restoring.end())) == "[]"
