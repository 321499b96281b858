"""What is said in words: numbers, addresses and names that are spelled are found and come back; counting is none."""

from itertools import product

import pytest

from ni.privacy.recognisers.spoken import ENGLISH, FRENCH, find
from ni.privacy.spans import Label
from tests.privacy.cast import answered, masked, sent

NUMBERS = (
    ("514 555 0142", Label.PHONE),
    ("9025550177", Label.PHONE),
    ("234 876 795", Label.SIN),
    ("4111 1111 1111 1111", Label.CREDIT_CARD),
)
SAYS = {
    Label.PHONE: ("My phone number is {}.", "Vous pouvez me joindre au {}.", "Caller: {}, thanks"),
    Label.SIN: ("The SIN is {}.", "Mon NAS, c'est le {}.", "Caller: it's {}"),
    Label.CREDIT_CARD: ("card number {} please", "la carte {}, merci", "so {}"),
}
CASES = [
    (sentence, number, label, language)
    for (number, label), language in product(NUMBERS, (ENGLISH, FRENCH))
    for sentence in SAYS[label]
]


def _said(number: str, words: tuple[str, ...]) -> str:
    return ", ".join(" ".join(words[int(digit)] for digit in group) for group in number.split(" "))


@pytest.mark.parametrize(("sentence", "number", "label", "language"), CASES)
def test_a_number_in_words_is_found_whole(
    sentence: str, number: str, label: Label, language: tuple[str, ...]
) -> None:
    said = _said(number, language)
    text = sentence.format(said)
    assert [(text[span.start : span.end], span.label) for span in find(text)] == [(said, label)]


@pytest.mark.parametrize(("sentence", "number", "label", "language"), CASES)
def test_its_stand_in_is_another_number_in_words_and_comes_back(
    sentence: str, number: str, label: Label, language: tuple[str, ...]
) -> None:
    said = _said(number, language)
    text = sentence.format(said)
    result = masked(text)
    stand_in = sent(result).removeprefix(sentence.split("{}", maxsplit=1)[0])[: len(said) * 2]
    assert said not in sent(result)
    assert stand_in.replace(",", " ").split()[0].strip(".") in language
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six seven eight nine ten",
        "un, deux, trois, quatre, cinq, six, sept, huit",
        "zero one one zero one zero zero one",
        "step one, step two, step three, step four, step five, step six and step seven",
        "one hundred twenty three thousand four hundred and fifty six rows were written",
        "two or three of the seven nodes, and at times all of them",
        "nine eight seven six five four three two one, lift-off",
        "look at example dot com for details",
        "we arrived at noon dot com was down",
        "the R-G-B channels and A-B-C-D of the test",
    ],
)
def test_counting_and_websites_are_none(text: str) -> None:
    assert list(find(text)) == []


@pytest.mark.parametrize("cue", ["phone {}", "mon numéro : {}", "rejoindre au {}"])
@pytest.mark.parametrize(
    "said",
    [
        "cinq cent quatorze, cinq cent cinquante-cinq, zéro un, quarante-deux",
        "five fourteen five fifty five oh one forty two",
    ],
)
def test_tens_and_hundreds_count_behind_a_word_for_the_number(cue: str, said: str) -> None:
    text = cue.format(said)
    assert [text[span.start : span.end] for span in find(text)] == [said]
    result = masked(text)
    assert said not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("local", ["ana dot roy", "ana underscore roy", "a dash roy", "anaroy"])
@pytest.mark.parametrize("host", ["gmail dot com", "acme dot qc dot ca", "ma-clinique point ca"])
def test_an_address_in_words_is_found_and_comes_back(local: str, host: str) -> None:
    said = f"{local} at {host}"
    text = f"My e-mail is {said}, thanks."
    assert [text[span.start : span.end] for span in find(text)] == [said]
    result = masked(text)
    assert "roy" not in sent(result)
    assert " at " in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("name", ["TREMBLAY", "OKONKWO", "WIŚNIEWSKA", "LI"])
@pytest.mark.parametrize("cue", ["My last name is spelled {}.", "Épelez : {}", "surname {}"])
def test_a_name_that_is_spelled_gets_another_that_is_spelled(name: str, cue: str) -> None:
    spelled = "-".join(name)
    text = cue.format(spelled)
    assert [text[span.start : span.end] for span in find(text)] == [spelled]
    result = masked(text)
    assert spelled not in sent(result)
    assert answered(result, sent(result)) == text
