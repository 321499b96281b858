"""What the lists know of a word, and which words may be somebody at all."""

import pytest

from ni.privacy.lexicon import Lexicon, WordKind, read_lexicon
from ni.privacy.names.model import Features, tokenize
from ni.privacy.names.tagger import candidates


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return read_lexicon()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Gurpreet", WordKind.GIVEN),
        ("TREMBLAY", WordKind.FAMILY),
        ("Marie-Ève", WordKind.EITHER),
        ("Dijkstra", WordKind.WORD_FAMILY),  # a name that a method bears is a word as well
        ("Rappelez", WordKind.WORD),
        ("école", WordKind.WORD),
        ("ECOLE", WordKind.WORD),  # capitals often lack their accents
        ("organise", WordKind.WORD),
        ("built-in", WordKind.WORD_GIVEN),
        ("elif", WordKind.WORD),
        ("Zqxwtv", WordKind.UNKNOWN),
        ("A.", WordKind.LETTER),
        ("J.-P.", WordKind.LETTER),
        ("x_y", WordKind.OTHER),
        ("Иванова", WordKind.OTHER),
    ],
)
def test_what_is_known_of_a_word(lexicon: Lexicon, word: str, kind: WordKind) -> None:
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
