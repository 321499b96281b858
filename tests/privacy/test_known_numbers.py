"""A number that was found is hidden wherever its signs stand again as one word; other numbers and parts of it stay."""

from itertools import product

import pytest

from tests.privacy.cast import answered, call, caller, says, sent, shield

NUMBERS = (
    ("call 418-555-8827", "4185558827"), ("Tél. (418) 555-8827", "4185558827"), ("cell +1 418 555 8827", "4185558827"),
    ("SIN 046-454-286", "046454286"), ("NAS : 130 692 544", "130692544"),
    ("carte 4111 1111 1111 1111", "4111111111111111"),
    ("RAMQ TREM 7855 1234", "TREM78551234"), ("account no 7714-229-19", "771422919"), ("passport AB123456", "AB123456"),
)  # fmt: skip
AGAIN = (
    '"{}","","from-internal"', "lookup {} failed", "id;{};x", "[{}]", "x = {}", "see {}.", "({})", "```\nrow {}\n```",
    '{{"k": {}}}', "/srv {} end",
)  # fmt: skip
NOT_IT = ("/srv/{}/a", "v1.{}.2", "a-{}-b", "{}9", "x{}", "part_{}_z", "0{}")


@pytest.mark.parametrize(("number", "again"), list(product(NUMBERS, AGAIN)))
def test_a_known_number_is_hidden_and_comes_back(number: tuple[str, str], again: str) -> None:
    said, run = number
    text = f"{said}\n\n{again.format(run)}"
    masked = shield([]).substitute(caller(), call(says(text)))
    assert run not in sent(masked)
    assert answered(masked, sent(masked)) == text


@pytest.mark.parametrize("place", NOT_IT)
def test_a_part_of_something_longer_stays(place: str) -> None:
    rest = place.format("4185558827")
    text = f"call 418-555-8827\n\n{rest}"
    assert sent(shield([]).substitute(caller(), call(says(text)))).endswith(rest)


def test_a_number_that_was_not_found_stays() -> None:
    text = "lookup 4185558827 failed"
    assert sent(shield([]).substitute(caller(), call(says(text)))) == text
