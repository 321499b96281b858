"""What the lists know of a word, and which words may be somebody at all."""

import pytest

from ni.privacy.lexicon import Kind, Lexicon, read_lexicon
from ni.privacy.names.candidates import candidates
from ni.privacy.names.model import Features, tokenize


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return read_lexicon()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Gurpreet", Kind.GIVEN),
        ("TREMBLAY", Kind.FAMILY),
        ("Marie-Ève", Kind.EITHER),
        ("Dijkstra", Kind.WORD_FAMILY),  # a name that a method bears is a word as well
        ("Rappelez", Kind.WORD),
        ("école", Kind.WORD),
        ("ECOLE", Kind.WORD),  # capitals often lack their accents
        ("organise", Kind.WORD),
        ("built-in", Kind.WORD_GIVEN),
        ("elif", Kind.WORD),
        ("Zqxwtv", Kind.UNKNOWN),
        ("A.", Kind.LETTER),
        ("J.-P.", Kind.LETTER),
        ("x_y", Kind.OTHER),
        ("Иванова", Kind.OTHER),
    ],
)
def test_what_is_known_of_a_word(lexicon: Lexicon, word: str, kind: Kind) -> None:
    assert lexicon.kind(word) is kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Please copy the file to the server.", []),
        ("Please copy Gurpreet on the ticket.", ["Gurpreet"]),
        ("please copy gurpreet on the ticket", ["gurpreet"]),
        ("please mark the bill as paid", ["mark", "bill"]),
        ("Please mark the bill as paid.", []),
        ("value = parse_header(request)", []),
        ("The HttpClient of McNab", ["McNab"]),
    ],
)
def test_only_what_may_be_a_name_is_looked_at(lexicon: Lexicon, text: str, words: list[str]) -> None:
    tokens = tokenize(text)
    features = Features(lexicon, [{}, {}, {}, {}])
    found = candidates(text, tokens, [features.word(token.text) for token in tokens])
    assert [tokens[at].text for at in found] == words
