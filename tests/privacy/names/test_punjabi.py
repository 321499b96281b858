"""People in Gurmukhi letters: given names with surnames in every sentence that names somebody; greetings are nobody."""

from collections.abc import Sequence
from itertools import product

import pytest

from ni.privacy.masking import Substitution, derived
from ni.privacy.names.foreign import find_other_scripts
from ni.privacy.spans import Label, Span
from tests.privacy.cast import answered, call, caller, says, sent

PEOPLE = (
    "ਹਰਪ੍ਰੀਤ ਕੌਰ ਢਿੱਲੋਂ", "ਗੁਰਵਿੰਦਰ ਸਿੰਘ", "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "ਅਮਨਦੀਪ ਗਿੱਲ", "ਸੁਖਵਿੰਦਰ ਕੌਰ", "ਬਲਜੀਤ ਸੰਧੂ",
)  # fmt: skip
PLACES = (
    "ਮੇਰਾ ਨਾਮ {} ਹੈ।", "ਮੇਰੇ ਪਤੀ ਦਾ ਨਾਮ {} ਹੈ, ਜਨਮ ਮਿਤੀ 1979", "ਨਾਮ: {}", "ਸ਼੍ਰੀ {} ਨੂੰ ਫ਼ੋਨ ਕਰੋ",
    "ਕੱਲ੍ਹ {} ਆਏ ਸਨ", "ਡਾ. {}", "Please call {} at 604-597-1183",
)  # fmt: skip


class Letters:
    """The names in other letters, without the network."""

    version = "letters"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        return [[Span(*place, Label.PERSON) for place in find_other_scripts(text)] for text in texts]


@pytest.mark.parametrize(("person", "place"), list(product(PEOPLE, PLACES)))
def test_a_person_is_found_and_comes_back(person: str, place: str) -> None:
    text = place.format(person)
    assert person in [text[start:end] for start, end in find_other_scripts(text)]
    result = Substitution(Letters(), derived(b"an instance's secret of 32 bytes")).substitute(
        caller(), call(says(text))
    )
    assert not set(person.split()) & set(sent(result).split())
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    ["ਸਤ ਸ੍ਰੀ ਅਕਾਲ ਜੀ", "ਪੰਜਾਬ ਇੱਕ ਸੂਬਾ ਹੈ", "ਮੇਰਾ ਫ਼ੋਨ ਨੰਬਰ", "ਸੇਵ ਕਰੋ ਅਤੇ ਦੁਬਾਰਾ ਸ਼ੁਰੂ ਕਰੋ", "ਇਸ ਫਾਈਲ ਦਾ ਨਾਮ"],
)  # fmt: skip
def test_greetings_and_words_are_nobody(text: str) -> None:
    assert list(find_other_scripts(text)) == []
