"""Numbers as cards, forms and messages of hospitals print them, and addresses without a street."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label
from tests.privacy.cast import answered, masked, sent

PRINTED = {
    Label.HEALTH_CARD: (
        "|1234 - 567 - 897|", "|1234 - 567 - 897 - AB|", "|1234-567-897-AB|", "Health . Santé |5584 - 486 - 674 - ML|",
        "health card |5584 - 486 - 674|",
    ),
    Label.DRIVER_LICENCE: (
        "|A1234 - 56789 - 01234|", "|T1234 - 567890 - 12|", "4d NUMBER/NUMÉRO |K4418 - 12029 - 30721|",
    ),
    Label.DOB: (
        "BORN/NÉ(E) |1948 - 05 - 17|", "DDN |17 / 05 / 1948|", "Date of birth |05 . 17 . 1948|",
        "Date of birth/Date de naissance |21 SEPT /SEPT 89|", "DOB |04 AUG/AOÛT 61|", "born |04 MAR / MARS 1961|",
    ),
    Label.SIN: (
        "no de fiche |4418227|", "Fiche: |4418227|", "numéro de fiche : |4418227|", "Marie (employée |88213|)",
        "employé no |88213|", "Your employee number?\nCaller: |204418|",
    ),
}  # fmt: skip
CARRIERS = ("{}", "Scan: {} end", "> {}", "- {}\n- next", '{{"text": "{}"}}', "| {} |", "a\n{}\nb")
ISSUED = (
    '<identifier><system value="urn:oid:{oid}"/><value value="{number}"/></identifier>',
    '<id extension="{number}" root="{oid}"/>',
    '<id root="{oid}" extension="{number}"/>',
    '{{"system":"urn:oid:{oid}","value":"{number}"}}',
    '{{"value": "{number}", "system": "urn:oid:{oid}"}}',
)
ADDRESSES = (
    "Mail to |RR#1 Site 4 Comp 9|, Geraldton", "('x','|RR#2 Site 14 Box 7|','|P0T 2E0|')",
    "|Box 418, Kelvington, SK S0A 1W0|", "a@b.ca,|Box 418|,Kelvington", "Address: |Box 418|", "he lives at |House 22B|",
    "Loss address: |Lot 12, Concession 4, Bruce Township|", "|Lot 9, Plan 1422, Pine Creek Reserve|",
    "|LOT 12 CON 4|", "she moved to |42 pine grove cres, red deer t4n 1k8|, ok", "514-555-0143\n|House 114B|",
)  # fmt: skip
NO_VALUES = (
    "2024 - 05 - 17", "1000 - 200 - 3000", "5 - 3 - 1", "fiche 4418", "la fiche technique 22", "Box 12 of 40 arrived",
    "House 3 votes for it", "Lot 22 was sold", "RR 1.5 (relative risk)", "#1 Site for maps", "box 3, lot 4",
    "the employees 2024 report", "root 2.16.840.1.113883.6.96", "due 21 SEPT /SEPT 89", "line 4, col 9 t4",
    "open house 12 to 4 pm", "Lot 3, Plan ahead", "v1234-567-899",
)  # fmt: skip


def hidden(text: str) -> set[tuple[str, str]]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return {(text[span.start : span.end], str(span.label)) for span in spans}


@pytest.mark.parametrize(
    ("label", "marked", "carrier"),
    [(str(label), *case) for label, values in PRINTED.items() for case in product(values, CARRIERS)],
)
def test_a_number_is_found_as_cards_and_forms_print_it(label: str, marked: str, carrier: str) -> None:
    assert (marked.split("|")[1], label) in hidden(carrier.format(marked.replace("|", "")))


@pytest.mark.parametrize("marked", [marked for values in PRINTED.values() for marked in values])
def test_a_printed_number_is_replaced_and_comes_back(marked: str) -> None:
    text = marked.replace("|", "")
    result = masked(text)
    assert marked.split("|")[1] not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "oid", ["2.16.840.1.113883.4.50", "2.16.840.1.113883.4.59", "2.16.840.1.113883.4.44"]
)
@pytest.mark.parametrize("number", ["2273552832", "4418-209-337", "BOUA60521819"])
@pytest.mark.parametrize("carrier", ISSUED)
def test_a_number_is_a_health_card_beside_its_issuer(carrier: str, number: str, oid: str) -> None:
    assert (number, str(Label.HEALTH_CARD)) in hidden(carrier.format(oid=oid, number=number))


@pytest.mark.parametrize("marked", ADDRESSES)
def test_a_box_a_house_and_a_lot_are_addresses_where_something_says_so(marked: str) -> None:
    text = marked.replace("|", "")
    left = text
    for value, _ in hidden(text):
        left = left.replace(value, "")
    assert not [part for part in marked.split("|")[1::2] if part in left]
    result = masked(text)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", NO_VALUES)
def test_what_looks_like_them_is_left_alone(text: str) -> None:
    assert hidden(text) == set()
