"""Spans are widened to the words that they are in, at a cost that does not grow with the square of a giant word."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.detect import trimmed_to_words
from ni.privacy.spans import Label, Span
from ni.privacy.words import parts_words, runs_on
from tests.growth import growth

SIGNS = "aZé9Å-. ,李ก\u0301Я_"


def _spans(places: list[tuple[int, int]]) -> list[Span]:
    return [Span(start, end, Label.PERSON, certain=False) for start, end in places]


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    def cut(at: int) -> bool:
        return parts_words(text, at) or runs_on(text[at]) or runs_on(text[at - 1])

    while not cut(start):
        start -= 1
    while not cut(end):
        end += 1
    return start, end


@given(st.text(SIGNS, min_size=2, max_size=60), st.data())
def test_each_span_becomes_the_words_that_it_is_in(text: str, data: st.DataObject) -> None:
    place = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(
        lambda one: one[0] < one[1]
    )
    places = data.draw(st.lists(place, min_size=1, max_size=8))
    widened = _spans([_widened(text, *one) for one in places])
    assert list(trimmed_to_words(text, _spans(places))) == list(trimmed_to_words(text, widened))


@pytest.mark.parametrize("letters", ["Å", "é", "Aé", "a", "Я", "e\u0301", "9Å"])
@pytest.mark.parametrize("order", ["forwards", "backwards", "mixed"])
def test_many_spans_in_one_giant_word_cost_what_they_are(letters: str, order: str) -> None:
    def work(text: str) -> None:
        places = [(at, at + 3) for at in range(1, len(text) - 4, 8)]
        if order == "backwards":
            places.reverse()
        elif order == "mixed":
            half = len(places) // 2
            places = [*places[half:], *places[:half], *random.Random(3).sample(places, 8)]  # noqa: S311 - texts of a test
        found = list(trimmed_to_words(text, _spans(places)))
        assert [(span.start, span.end) for span in found] == [(0, len(text))]

    assert growth(work, (letters * 2000)[:2000], 8) < 16
