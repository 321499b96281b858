"""Cutting texts into pieces and putting spans back, at any length and of any characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.names.worker.scheduler import PIECE_CHARS, cut, gather
from ni.privacy.spans import Label, Span
from tests.growth import growth

HARD = {
    "one line": "word " * 200_000,
    "no space": "abcdefgh" * 125_000,
    "digits": "0123456789" * 100_000,
    "zero width": "a\u200b\u200d" * 333_000,
    "right to left": "\u202eab\u202c\u200f " * 160_000,
    "lines": "Dear Ann,\n" * 100_000,
}


@given(st.text(max_size=5000))
def test_pieces_are_the_text_in_order_and_short(text: str) -> None:
    at = 0
    for piece in cut(0, text):
        assert piece.offset >= at
        assert text[piece.offset : piece.offset + len(piece.text)] == piece.text
        assert len(piece.text) <= PIECE_CHARS
        at = piece.offset + len(piece.text)


@given(st.lists(st.text(alphabet="ab \n.", min_size=1, max_size=4000), min_size=1, max_size=4))
def test_a_span_of_a_piece_comes_back_at_its_place_in_its_text(texts: list[str]) -> None:
    pieces = [piece for number, text in enumerate(texts) for piece in cut(number, text)]
    found = [[Span(0, len(piece.text), Label.PERSON, certain=False)] for piece in pieces]
    spans = gather(len(texts), pieces, found)
    values = [texts[number][span.start : span.end] for number, listed in enumerate(spans) for span in listed]
    assert values == [piece.text for piece in pieces]


def test_a_piece_ends_at_a_line_where_there_is_one() -> None:
    first, *_ = cut(0, "word " * 300 + "\n" + "word " * 300)
    assert first.text.endswith("\n")


def test_text_without_letters_is_not_read_at_all() -> None:
    assert not list(cut(0, "0123456789 " * 100_000))


@pytest.mark.parametrize("kind", HARD)
def test_ten_megabytes_are_cut_in_linear_time(kind: str) -> None:
    assert growth(lambda text: list(cut(0, text)), HARD[kind], times=10) < 40
