"""Names that the lists know are found beside a model's guesses: here there are none, so that the lists alone decide."""

import pytest

from ni.privacy.lexicon import Hashes, Lexicon
from ni.privacy.ner_known import known_people

NOBODY = Hashes.of(set())


@pytest.fixture
def lexicon() -> Lexicon:
    words = frozenset(["please", "ask", "about", "the", "invoice", "today", "by", "noon"])
    return Lexicon(frozenset({"maria"}), frozenset({"tremblay"}), words, NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Please ask Maria Tremblay about the invoice by noon.", ["Maria Tremblay"]),
        ("Please ask Maria Vexolotl about the invoice by noon.", ["Maria Vexolotl"]),
        ("Please ask Maria about the invoice by noon.", ["Maria"]),
        ("please ask maria tremblay about the invoice by noon.", ["maria tremblay"]),
        ("please ask maria about the invoice by noon.", ["maria"]),
        # What nobody knows is no surname where capitals tell nothing,
        ("please ask maria vexolotl about the invoice by noon.", []),
        # and in mixed case a name is written like one.
        ("Please ask maria tremblay about the invoice by noon.", []),
        ("Please ask MARIA TREMBLAY about the invoice by noon.", []),
    ],
)
def test_how_a_name_is_written_decides_where_capitals_tell_something(
    lexicon: Lexicon, text: str, people: list[str]
) -> None:
    found = known_people(text, [], lexicon)
    assert [text[span.start : span.end] for span in found] == people
