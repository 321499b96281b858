"""Attributes are never a person: a model's guess is dropped where a key says that something else stands there."""

from collections.abc import Sequence

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, Passage
from ni.privacy.spans import Label, Span
from ni.privacy.structure import not_people

ATTRIBUTES = (
    "Religion: {}", "Nationality: {}", "Sex: {}", "Diagnosis: {}", "Film préféré : {}", "Company: {}", "Country: {}",
    "Job title: {}", "Ville : {}", "Employeur : {}", '{{"product": "{}"}}', "id,city\n1,{}\n",
    "| file | size |\n|---|---|\n| {} | 3 |",
)  # fmt: skip


class Guesser:
    """Takes every capitalised `Dallaire` for a person, as a model may."""

    version = "guesses"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        """A guess for each text that has the word."""
        places = [text.find("Dallaire") for text in texts]
        return [[Span(at, at + 8, Label.PERSON, certain=False)] if at >= 0 else [] for at in places]


def _people(text: str) -> list[str]:
    [findings] = Detector(Guesser(), DetectionPolicy(), FindingsCache()).find(b"k" * 32, [Passage(text)])
    return [text[span.start : span.end] for span in findings.spans]


@pytest.mark.parametrize("template", ATTRIBUTES)
def test_an_attribute_is_not_taken_for_a_person(template: str) -> None:
    text = template.format("Dallaire")
    assert [text[start:end].strip() for start, end in not_people(text) if "Dallaire" in text[start:end]]
    assert _people(text) == []


@pytest.mark.parametrize("key", ["message", "error", "subject", "title", "value", "description", "objet"])
def test_a_key_of_free_text_says_nothing_of_people(key: str) -> None:
    assert _people(f"{key}: Dallaire called") == ["Dallaire"]
    assert _people(f'{{"{key}": "Dallaire"}}') == ["Dallaire"]


def test_a_sentence_under_an_attribute_may_name_somebody() -> None:
    assert _people('{"company": "We were told to ask for Dallaire there"}') == ["Dallaire"]


def test_the_same_word_is_a_person_where_nothing_says_otherwise() -> None:
    assert _people("We met Dallaire yesterday.") == ["Dallaire"]
