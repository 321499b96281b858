"""Records of fixed places without separators: names, births, addresses, codes and telephones; other lines stay."""

from itertools import product

import pytest

from ni.privacy.spans import Label
from tests.privacy.structure.reading import labelled

PEOPLE = (
    ("LEBLANC", "ROLANDE"),
    ("MALLET", "ONESIME"),
    ("O'BOMSAWIN", "MARIE-PIER"),
    ("NAHWEGAHBOW", "JOHN T"),
)
LINES = (
    "{:<15}{:<12}19431012F55 RUE DU PORT           CARAQUET       NBE1W1B25067274410",
    "000412  {:<15}{:<12}19431012M12 BOUL ST-PIERRE OUEST  CARAQUET       NBE1W1B2 5067274410",
    "> {}, {:<12}19431012F  9 MAIN ST   TRURO NSB2N1A1",
)
OTHERS = (
    "BUILD          RELEASE     20241012F55 artefacts stored", "LEBLANC        ROLANDE     19431312F55 RUE DU PORT",
    "0000 ffff 19431012", "SELECT A, B FROM T WHERE D = 19431012", "ABCDEF 19431012Foo bar",
)  # fmt: skip


@pytest.mark.parametrize(("person", "line"), list(product(PEOPLE, LINES)))
def test_the_places_of_a_record_are_told_by_their_shapes(person: tuple[str, str], line: str) -> None:
    found = labelled(line.format(*person))
    assert {(Label.PERSON, person[0]), (Label.PERSON, person[1]), (Label.DOB, "19431012")} <= set(found)
    assert any(label is Label.ADDRESS for label, _ in found)
    assert any(label is Label.POSTAL_CODE for label, _ in found)
    assert ("5067274410" not in line) or (Label.PHONE, "5067274410") in found


@pytest.mark.parametrize("text", OTHERS)
def test_lines_that_are_no_such_record_stay(text: str) -> None:
    assert labelled(text) == []
