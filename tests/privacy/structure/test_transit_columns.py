"""Short numbers of accounts stand below their column, in text of fixed width and in tables."""

from itertools import product

import pytest

from tests.privacy.recognisers.test_by_neighbours import hidden

HEADS = ("TRANSIT", "Transit", "transit_no")
SHAPES = (
    "EMPNO  NAME                 {head:<8} INST ACCOUNT\n000412 OBOMSAWIN LUCIEN     {value:<8} 815  0048271\n"
    "000413 TRAN THI BICH        01922    010  7714920",
    "nom;{head};inst;compte\nOBOMSAWIN;{value};815;0048271",
    "| nom | {head} |\n|---|---|\n| Tran | {value} |",
    '{{"{head}": "{value}"}}',
)


@pytest.mark.parametrize("names", [("Nguyen", "Tam"), ("Pikutelekan", "Anouk"), ("Wapachee", "Gordon")])
def test_names_whose_ends_stand_below_the_ends_of_their_headers_are_found(names: tuple[str, str]) -> None:
    text = "    last      first\n0  Wapachee  Gordon\n1  {}  {}".format(*names)
    assert all(hidden(text, name) for name in names)


@pytest.mark.parametrize(("head", "value", "shape"), list(product(HEADS, ("30021", "00310"), SHAPES)))
def test_a_transit_number_is_found_under_its_header(head: str, value: str, shape: str) -> None:
    text = shape.format(head=head, value=value)
    assert hidden(text, value)
