"""Labels and values that run into each other are set apart; words of code that look alike are one word."""

from itertools import pairwise, permutations

import pytest

from ni.privacy.reading import read
from ni.privacy.structure import read as structure
from tests.privacy.cast import masked, sent

FIELDS = (
    ("Name", "Parminder Sandhu"),
    ("Date of birth", "1975-09-09"),
    ("Phone", "514-555-0142"),
    ("Email", "ana.roy@acme.ca"),
    ("SIN", "234-876-795"),
    ("Adresse", "12, rue Principale"),
    ("Prénom", "Goran"),
)
CHOSEN = [
    chosen for chosen in permutations(FIELDS, 3) if all(first < last for first, last in pairwise(chosen))
]


@pytest.mark.parametrize("colon", ["", ":"])
@pytest.mark.parametrize("fields", CHOSEN, ids=lambda fields: "-".join(key for key, _ in fields))
def test_every_value_between_labels_is_found(fields: tuple[tuple[str, str], ...], colon: str) -> None:
    text = "".join(f"{key}{colon}{value}" for key, value in fields)
    reading = read(text)
    found = {reading.text[span.start : span.end] for span in structure(reading.text).spans}
    assert found >= {value for _, value in fields}
    assert all(reading.original(at, at + 1)[0] <= len(text) for at in range(len(reading.text)))


@pytest.mark.parametrize("fields", CHOSEN, ids=lambda fields: "-".join(key for key, _ in fields))
def test_none_of_it_leaves(fields: tuple[tuple[str, str], ...]) -> None:
    text = "".join(f"{key}:{value}" for key, value in fields)
    left = sent(masked(text))
    assert not any(value in left for _, value in fields)
    assert all(key in left for key, _ in fields)


@pytest.mark.parametrize("sign", ["___", "________"])
@pytest.mark.parametrize("label", ["Last name", "Nom", "Nom :"])
def test_what_fills_in_a_line_is_its_value(label: str, sign: str) -> None:
    text = f"{label} {sign}Desgagné{sign} Tel {sign}514-555-0142{sign}"
    left = sent(masked(text))
    assert "Desgagné" not in left
    assert "555-0142" not in left
    assert left.count(sign) == text.count(sign)


@pytest.mark.parametrize(
    "text",
    [
        "customerPhone:x userEmail:y customerName:Ana",
        "const customerName:Name = getCustomerName();",
        "class Row { CustomerName:Name; PhoneNumber:string }",
        "OrderDateInvoiceDate",
        "Service Name:nginx Status:running",
        "foo___bar and __init__ and a____b",
        "First name ________ Last name ________",
        "see https://x.test/PatientName:Ana/PatientDate:Roy",
    ],
)
def test_words_of_code_and_empty_lines_are_read_as_they_are(text: str) -> None:
    assert read(text).text == text
