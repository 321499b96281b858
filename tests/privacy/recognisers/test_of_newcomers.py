"""Documents, dates and addresses as newcomers and chats write them: each value with every place; neighbours stay."""

from itertools import product

import pytest

from ni.privacy.spans import Label
from tests.privacy.recognisers.test_by_neighbours import found, hidden

KINDS: tuple[tuple[Label, tuple[str, ...], tuple[str, ...]], ...] = (
    (Label.PASSPORT, ("P4418829B", "A1234567C"), ("passport {}", "passeport no {}", "Passport: {}")),
    (
        Label.SIN,
        ("U118 402 993", "E002118840", "W304118225"),
        ("tiene permiso de trabajo {}", "permiso de estudios: {}", "Application: {}", "work permit {}"),
    ),
    (
        Label.HEALTH_CARD,
        ("482 913 370", "482913370"),
        ("health services number {}", "Health Services card {}"),
    ),
    (
        Label.DOB,
        ("Hunyo 5, 1975", "12 Hunyo 1975"),
        ("Kapanganakan: {}", "petsa ng kapanganakan {}", "kaarawan: {}"),
    ),
    (Label.DOB, ("22 jiye 1984", "3 oktob 1990", "22 jiyè 1984"), ("mwen fèt {}", "dat nesans: {}")),
    (
        Label.DOB,
        ("may 12 88", "12-may-88", "88/05/12", "mai 12 1988"),
        ("Agent: and the date of birth on file?\nCustomer: {}", "Date de naissance?\n- {}", "born {}"),
    ),
    (Label.PHONE, ("4187229918", "5148812290"), ("COM+{}:TE'", "NAD+BY+1'COM+{}:TE'")),
    (
        Label.ADDRESS,
        ("1720 Jane Street, apto 1209", "45 Rue Sherbrooke, apto 3"),
        ("vivo en {}, Toronto", "Direccion: {}\n"),
    ),
    (
        Label.ADDRESS,
        ("14 B, rue Notre-Dame Est", "1290 MONTEE PAIEMENT", "12 ALLEE DES LILAS"),
        ("le logement au {}", "ROLL 08  {}  GATINEAU  "),
    ),
    (
        Label.ADDRESS,
        ("5214 53 ave", "12877 76 Avenue", "7712 128th st"),
        ("Agent: your address?\nCustomer: {}, st paul", "lives at {}", "{} unit 4"),
    ),
)
CASES = [(label, value, place) for label, values, places in KINDS for value, place in product(values, places)]


@pytest.mark.parametrize(("label", "value", "place"), CASES)
def test_a_value_is_found_where_newcomers_and_chats_have_it(label: Label, value: str, place: str) -> None:
    text = place.format(value)
    assert hidden(text, value)
    assert any(kind is label for kind, _ in found(text))


@pytest.mark.parametrize(
    "text",
    [
        "application: E2E tests; application: F123; application W3C", "file P4418829B", "part A1234567C",
        "version 12 B, rue; 14 A, section", "500 12 st; 20 4 ave; 12 3rd st", "release May 12 18 files",
        "born digital on May 12 18:30", "health services number 4", "COM+4:TE'", "12 3 avenues of attack",
        "transit 12", "is it fixed? May 12 88 files changed",
    ],
)  # fmt: skip
def test_neighbours_of_these_values_stay(text: str) -> None:
    assert found(text) == []
