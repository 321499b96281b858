"""The edges of names are edges of tokens, whatever stands around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.names.model import tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("d'Océane", ["d'", "Océane"]),
        ("qu’Émile", ["qu’", "Émile"]),
        ("Mme L'Heureux", ["Mme", "L'", "Heureux"]),
        ("O'Brien's", ["O'Brien", "'s"]),
        ("Jean A. Roy", ["Jean", "A.", "Roy"]),
        ("J.-P. Roy", ["J.-P.", "Roy"]),
        ("Marie-Ève's file", ["Marie-Ève", "'s", "file"]),
        ("Roy, Ana.", ["Roy", ",", "Ana", "."]),
        ("a@b.ca,Roy", ["a@b.ca", ",", "Roy"]),
        ("see https://a.b/c?d=Roy", ["see", "https://a.b/c?d=Roy"]),
        ("user_id=Roy", ["user_id", "=", "Roy"]),
        ("Ana\nRoy", ["Ana", "\n", "Roy"]),
        ("**Ana**:", ["**", "Ana", "**", ":"]),
        ("don't", ["don't"]),
    ],
)
def test_a_text_is_cut_where_names_end(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokenize(text)] == tokens


@given(st.text(max_size=300))
def test_tokens_are_the_text_in_order_and_leave_out_blanks_and_marks_alone(text: str) -> None:
    at = 0
    for token in tokenize(text):
        assert token.start >= at
        assert text[token.start : token.end] == token.text
        assert not any(map(str.isalnum, text[at : token.start]))
        at = token.end
    assert not any(map(str.isalnum, text[at:]))
