"""Streets and telephone numbers that are said in part are found, replaced and put back; counting is none."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label
from tests.privacy.cast import answered, masked, sent

STREETS = (
    "twelve forty Central Avenue North", "twenty-two Maple Street", "one oh five King Street West",
    "Thirty-Five Elm Road",
    "douze cent quarante, rue Principale", "vingt-deux chemin du Lac", "deux cent dix boulevard des Laurentides",
)  # fmt: skip
CARRIERS = (
    "He lives at {}, Swift Current.",
    "j'habite au {}.",
    "Ship to {} please",
    "so it's {}.",
    "> {}\nok",
)
NO_STREETS = (
    "the one Main Street chain", "Two Street Fighter games", "first Avenue of research", "one Wall Street analyst said",
    "three rue21 shops", "five Road trips in the two Lane system", "two or three Street View cars", "ten Drive links",
    "deux rues plus loin", "one hundred Place orders", "zero Court cases",
)  # fmt: skip


def addresses(text: str) -> list[str]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return [text[span.start : span.end] for span in spans if span.label is Label.ADDRESS]


@pytest.mark.parametrize(("street", "carrier"), list(product(STREETS, CARRIERS)))
def test_a_street_with_its_number_in_words_is_replaced_and_comes_back(street: str, carrier: str) -> None:
    text = carrier.format(street)
    assert any(found.startswith(street) for found in addresses(text))
    result = masked(text)
    assert street not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", NO_STREETS)
def test_words_that_count_something_before_a_street_are_no_number_of_a_house(text: str) -> None:
    assert addresses(text) == []


PHONES = (
    "(416) five five five 0193", "four one six 555 0193", "cinq un quatre 555 2219", "514 555 zero one four three",
    "six-zero-four 555 0134", "438 cinq cinq cinq 0132",
)  # fmt: skip


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("carrier", ["my number is {}.", "{}", "rappelle au {} stp", "> tel: {}\nok"])
def test_a_telephone_number_of_which_a_part_is_said_is_replaced_and_comes_back(
    phone: str, carrier: str
) -> None:
    text = carrier.format(phone)
    result = masked(text)
    assert phone not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    ["one two three 2024", "416 lines, five five five", "five five five and 4165", "deux un zéro 12 345"],
)
def test_other_words_and_figures_are_no_telephone_number(text: str) -> None:
    assert sent(masked(text)) == text
