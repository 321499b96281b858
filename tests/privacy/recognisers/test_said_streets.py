"""Streets whose number is said in words are found, replaced and put back; words that count something are none."""

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
