"""Streets of every type and name: a weak type counts where a word for an address or more of one stands beside it."""

from itertools import product

import pytest

from ni.privacy.recognisers.address import find_addresses

STREETS = (
    "55 Greenbrae Circuit", "9 Birch Hollow", "31 Cedar Loop", "204 Panamount Villas", "18 Harvest Crossing",
    "7 Royal Oak Vista", "12 Settlers Run", "640 Kenaston Townline",
)  # fmt: skip
SAID = (
    "Mailing address\n{}",
    "address: {}",
    "Deliver to {}",
    "she lives at {}",
    "{}, Scarborough, ON M1H 1R2",
)
NAMED = (
    "12 O'Connor Street",
    "77 rue de l'Église",
    "8 D’Arcy Ave",
    "33, boul. de l’Anse",
    "19 St. Clair's Lane",
)
QUOTED = ("adr='{}' WHERE id = 7", "'{}', 'Laval'", '"{}"', "({})", "{}")
THINGS = (
    "3 Short Circuit breakers", "5 Data Link layers", "12 Test Run results",
    "1 Event Loop", "2 Grid View", "4 Stack Trace",
    "1 Border Crossing point",
)  # fmt: skip


def _found(text: str) -> set[str]:
    return {text[span.start : span.end].partition(",")[0] for span in find_addresses(text)}


@pytest.mark.parametrize(("street", "said"), list(product(STREETS, SAID)))
def test_a_weak_type_counts_where_words_say_address(street: str, said: str) -> None:
    assert street in _found(said.format(street))


@pytest.mark.parametrize(("street", "quoted"), list(product(NAMED, QUOTED)))
def test_an_apostrophe_belongs_to_the_name_and_a_quote_does_not(street: str, quoted: str) -> None:
    text = quoted.format(street)
    assert street in {text[span.start : span.end] for span in find_addresses(text)}


@pytest.mark.parametrize("text", THINGS)
def test_things_that_are_counted_are_no_streets(text: str) -> None:
    assert _found(text) == set()
