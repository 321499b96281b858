"""Surrogates never meet: not each other, not the request, not a common word; however many are asked for."""

import pytest

from ni.privacy.people.lists import (
    COMMON,
    PARTICLES,
    SURROGATE_FAMILY,
    SURROGATE_FEMININE,
    SURROGATE_MASCULINE,
    TITLES,
)
from ni.privacy.spans import Label
from ni.privacy.vault import Vault
from ni.privacy.words import Vocabulary, fold

KEY = b"an account's secret"
LISTS = {"feminine": SURROGATE_FEMININE, "masculine": SURROGATE_MASCULINE, "family": SURROGATE_FAMILY}


@pytest.mark.parametrize("name", LISTS)
def test_surrogates_names_are_long_distinct_and_no_words(name: str) -> None:
    names = [fold(part) for part in LISTS[name]]
    assert len(set(names)) == len(names)
    assert not set(names) & (COMMON | PARTICLES | TITLES)
    assert all(
        len(part) >= 5 and part.isalpha() and LISTS[name][at][0].isascii() for at, part in enumerate(names)
    )


def test_no_name_is_on_two_lists() -> None:
    assert len({fold(name) for names in LISTS.values() for name in names}) == sum(map(len, LISTS.values()))


def test_two_thousand_people_get_two_thousand_surrogates() -> None:
    originals = [f"Given{at:x}q Family{at:x}z" for at in range(1000)]
    vault = Vault(KEY, Vocabulary(originals))
    made = [vault.issue(Label.PERSON, original) for original in originals]
    assert len({word for name in made for word in name.split()}) == 2000


@pytest.mark.parametrize(
    ("label", "originals"),
    [
        (Label.PHONE, [f"416-967-{number}" for number in range(1000, 2000)]),
        (Label.IP, [f"24.48.{number // 250}.{number % 250 + 1}" for number in range(1000)]),
        (Label.DOB, [f"{1950 + at // 300}-{1 + at // 25 % 12:02}-{1 + at % 25:02}" for at in range(600)]),
        (Label.EMAIL, [f"jean{at}@acme{at % 7}.ca" for at in range(1000)]),
        (Label.POSTAL_CODE, [f"M{at // 100}V {at // 10 % 10}T{at % 10}" for at in range(500)]),
    ],
)
def test_many_values_get_as_many_surrogates(label: Label, originals: list[str]) -> None:
    vault = Vault(KEY, Vocabulary(originals))
    made = [vault.issue(label, original) for original in originals]
    assert len({fold(value) for value in made}) == len(set(originals))
    assert not {fold(value) for value in made} & {fold(value) for value in originals}


def test_a_surrogate_that_the_request_contains_is_drawn_again() -> None:
    first = Vault(KEY, Vocabulary([])).issue(Label.PERSON, "Jean Tremblay")
    again = Vault(KEY, Vocabulary([f"We know {first.upper()} already"])).issue(Label.PERSON, "Jean Tremblay")
    assert not set(again.split()) & set(first.split())


def test_a_part_of_a_name_has_the_same_surrogate_alone_and_in_the_whole() -> None:
    whole = Vault(KEY, Vocabulary([])).issue(Label.PERSON, "Jean Tremblay")
    assert Vault(KEY, Vocabulary([])).issue(Label.PERSON, "Tremblay") == whole.split()[1]
    assert Vault(KEY, Vocabulary([])).issue(Label.PERSON, "Jean") == whole.split()[0]


def test_accounts_draw_from_different_keys() -> None:
    originals = [f"Jean{at} Tremblay{at}" for at in range(50)]
    drawn = [
        [Vault(key, Vocabulary([])).issue(Label.PERSON, name) for name in originals]
        for key in (KEY, b"another")
    ]
    assert sum(one == other for one, other in zip(*drawn, strict=True)) <= 1
