"""A label is evidence: what it announces is hidden although it proves nothing itself; what cannot be it is not."""

import pytest

from ni.privacy.spans import Label
from tests.privacy.structure.reading import labelled

VALUES = {
    Label.CREDIT_CARD: (("Card", "Carte", "Credit card no."), ("4111 1111 1111 1112", "5105105105105101")),
    Label.IBAN: (("IBAN",), ("GB33BUKB20201555555556", "FR76 3000 6000 0112 3456 7890 188")),
    Label.PHONE: (
        ("Phone", "Tél.", "Cell.", "Phone (home)", "Fax"),
        ("555-0143", "999-555-0143", "+49 30 901820", "01 42 68 53 00", "(902) 525-9797", "514.555.0143 x12"),
    ),
    Label.SIN: (("SIN", "NAS"), ("123 456 789", "123456789")),
    Label.PASSPORT: (("Passport no", "Passeport"), ("AB123456", "G1234567")),
    Label.DRIVER_LICENCE: (("Permis", "Driver's licence #"), ("L1234-567890-01", "T22833914739724")),
    Label.HEALTH_CARD: (("RAMQ", "OHIP", "Health card"), ("TREM 8503 0312", "1234-567-890-AB")),
    Label.DOB: (("DOB", "Né le", "Date de naissance"), ("1980-03-12", "12/03/80", "12 mars 1980")),
    Label.BANK_ACCOUNT: (("Account number", "No de compte"), ("12345 6789012", "00123-003-1234567")),
    Label.POSTAL_CODE: (("Code postal", "ZIP"), ("h2x1y4", "90210")),
    Label.ADDRESS: (("Address", "Adresse"), ("12 Concession Road 7", "15, Grande Allée Est")),
    Label.SECRET: (("Password", "Mot de passe"), ("hunter2", "Soleil!vert")),
}
SEPARATORS = (": ", " : ", ":", " = ", ": **")
CASES = [
    (label, f"{name}{separator}{value}", value)
    for label, (names, values) in VALUES.items()
    for name in names
    for value in values
    for separator in SEPARATORS
]


@pytest.mark.parametrize(("label", "text", "value"), CASES)
def test_what_a_label_announces_is_taken(label: Label, text: str, value: str) -> None:
    assert (label, value) in labelled(text)


@pytest.mark.parametrize("text", ["Passport no AB123456", "Her NAM is TREM 8503 0312", "SIN 123 456 789"])
def test_a_label_needs_no_colon_where_a_number_is_spoken_of(text: str) -> None:
    assert len(labelled(text)) == 1


@pytest.mark.parametrize("label", [name for names, _ in VALUES.values() for name in names])
@pytest.mark.parametrize(
    "value", ["N/A", "none", "to be confirmed by the clinic", "see below", "", "TBD", "{{ value }}"]
)
def test_what_is_no_value_is_left_alone(label: str, value: str) -> None:
    assert labelled(f"{label}: {value}") == []


@pytest.mark.parametrize(
    "text",
    [
        "address: 0x7ffe0011", "address: 10.0.0.1:8080", "max_tokens: 4096", '"output_token": "NextMarker"',
        "license: MIT",
        "account: main", "password = get_password()", "token: string", "pass: true", "date: 2024-01-02", "cell: 12",
    ],
)  # fmt: skip
def test_a_word_of_code_under_such_a_key_is_left_alone(text: str) -> None:
    assert labelled(text) == []
