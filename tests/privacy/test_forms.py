"""A model rarely repeats a name as it was given: each form of a surrogate gives that form of the original."""

import json
from collections.abc import Callable

import pytest

from ni.domain.call import Json
from ni.privacy.masking import Masked
from ni.privacy.words import without_accents
from tests.privacy.cast import answered, call, caller, masked, says, sent, shield

NAME = "Agnès Dubois"
TEXT = f"Write to {NAME} <agnes.dubois@acme.ca>, 416-967-1111."


@pytest.fixture
def result() -> Masked:
    return masked(TEXT)


def _name(result: Masked) -> str:
    return sent(result).removeprefix("Write to ").partition(" <")[0]


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in lower case": str.lower,
    "possessive": lambda name: f"{name}'s file",
    "possessive, curly": lambda name: f"{name}’s file",
    "first name": lambda name: f"Dear {name.split()[0]},",
    "family name": lambda name: f"Madame {name.split()[1]}",
    "elided": lambda name: f"le dossier d'{name.split()[0]}",
    "elided, curly": lambda name: f"le dossier d’{name.split()[0]}",
    "family name first": lambda name: f"{name.split()[1].upper()}, {name.split()[0]}",
    "in Markdown": lambda name: f"**{name}** and _{name}_",
    "in an identifier": lambda name: "_".join(name.lower().split()),
    "in quotes": lambda name: f'"{name}"',
    "escaped for JSON": json.dumps,
    "escaped twice": lambda name: json.dumps(json.dumps(name)),
    "after an escaped line break": lambda name: f"\\n{name}",
    "after an escaped apostrophe": lambda name: f"d\\u2019{name}",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_the_surrogate_gives_that_form_of_the_original(result: Masked, form: str) -> None:
    written = FORMS[form]
    restored = answered(result, written(_name(result)))
    expected = written(NAME)
    assert restored in {
        expected,
        written("Agnès Dubois").replace("\\u00e8", "è").replace("\\\\u00e8", "è").replace("\\è", "è"),
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_comes_in_single_characters_is_restored_as_in_one_piece(
    result: Masked, form: str
) -> None:
    written = FORMS[form](_name(result))
    choices: list[Json] = [
        {"index": 0, "delta": {"content": char}, "finish_reason": None} for char in written
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    released = [made for choice in choices for made in result.restorer.chunk({"choices": [choice]})]
    streamed = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in released)
    assert streamed == answered(result, written)
    assert "agn" in streamed.lower() or "dubois" in streamed.lower()


def test_a_surrogate_without_its_accents_gives_the_original_without_its_own() -> None:
    seen = 0
    for account in range(20):
        result = shield(["Mélanie Côté"]).substitute(caller(f"acc_{account}"), call(says("Mélanie Côté")))
        given = sent(result).split()[0]
        if not given.isascii():
            seen += 1
            assert answered(result, given) == "Mélanie"
            assert answered(result, without_accents(given)) == "Melanie"
    assert seen


def test_an_identifier_is_left_alone_that_only_contains_a_surrogate(result: Masked) -> None:
    given = _name(result).split()[0]
    assert answered(result, f"{given}xyz and x{given}") == f"{given}xyz and x{given}"


def test_a_person_and_their_address_stay_one_person(result: Masked) -> None:
    given, family = without_accents(_name(result)).lower().split()
    assert f"<{given}.{family}@example.ca>" in sent(result)


def test_a_telephone_number_comes_back_in_other_groups(result: Masked) -> None:
    digits = "".join(char for char in sent(result).rpartition(", ")[2] if char.isdigit())
    assert answered(result, f"({digits[:3]}) {digits[3:6]}-{digits[6:]}") == "(416) 967-1111"
    assert answered(result, digits) == "4169671111"


def test_a_street_comes_back_without_the_rest_of_its_address() -> None:
    result = masked("She lives at 123 Main Street, Unit 4, Toronto, ON M5V 2T6.")
    street = sent(result).removeprefix("She lives at ").partition(",")[0]
    assert answered(result, f"{street} is closed") == "123 Main Street is closed"


@pytest.mark.parametrize(
    "original",
    [
        "Jean Tremblay",
        "JEAN TREMBLAY",
        "jean tremblay",
        "Tremblay, Jean",
        "M. Jean Tremblay",
        "Jean de Tremblay",
        "Jean P. Tremblay",
    ],
)
def test_a_name_keeps_its_case_order_titles_and_initials(original: str) -> None:
    result = shield([original]).substitute(caller(), call(says(f"Ask {original}.")))
    made = sent(result).removeprefix("Ask ").removesuffix(".")
    assert "tremblay" not in made.lower()
    assert "Jean" not in made
    assert [word.isupper() for word in made.split()] == [word.isupper() for word in original.split()]
    assert [word.islower() for word in made.split()] == [word.islower() for word in original.split()]
    assert ("," in made) == ("," in original)


def test_gender_and_first_sound_are_kept() -> None:
    from ni.privacy.people.lists import SURROGATE_FEMININE, SURROGATE_MASCULINE

    people = ("Hélène Roy", "Isabelle Roy", "Margaret Roy", "Denis Roy", "Alain Roy")
    result = shield(people).substitute(caller(), call(says(", ".join(people))))
    given = [name.split()[0] for name in sent(result).split(", ")]
    assert all(name in SURROGATE_FEMININE for name in given[:3])
    assert all(name in SURROGATE_MASCULINE for name in given[3:])
    vowels = [without_accents(name)[0] in "AEIOU" for name in given]
    assert vowels == [True, True, False, False, True]
