"""Addresses as other countries write them are hidden with their names; words of code and prose beside them stay."""

import re
from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label
from ni.privacy.words import listed
from tests.privacy.cast import answered, masked, sent

STREETS = (
    "Hauptstraße 17", "Bahnhofstr. 7a, 80331 München", "Bahnhofweg 17", "Lange Nieuwstraat 12, 3512 PH Utrecht",
    "Storgatan 5, 111 51 Stockholm", "Calle Mayor 45, 3º B", "Rua das Flores, 123",
    "Avenida da Liberdade 110, 1269-046 Lisboa",
    "ul. Długa 5/7", "Viale Monza 12, 20125 Milano", "Via Appia 12, 00184 Roma", "ул. Ленина, д. 5",
    "14 bis rue des Lilas, 75011 Paris", "Flat 3, 22 Albany Terrace, LS6 2EF", "Kurt-Schumacher-Allee 8",
)  # fmt: skip
KINDS = frozenset(
    listed("""
    Calle Viale Avenida Terrace Utrecht Stockholm München Lisboa Milano Paris Lange Allee Flat
    """)
)
CARRIERS = (
    "{}",
    "Er wohnt: {}.",
    "| 7 | {} |",
    "x;{};y",
    '{{"a": "{}", "n": 3}}',
    "- {}\n- ok",
    "// {}",
    "Livraison : {}\nMerci",
)
UNTYPED = ("1007 Fleury E., app 5", "4482 Papineau, appt 12", "88 Bloor W, apt 9", "310 Cremazie, suite 200")
NEIGHBOURS = (
    "Via Rail 12 is late",
    "Via Python 3",
    "Monitoring 24 hours a day",
    "String 12, Spring 5, Renegade 3",
    "Plaza 5 opens",
    "Largo 2 mg daily",
    "Filtering 3 rows",
    "the Norweg. 3 crowns",
    "const Strada 12px",
    "Version LS6 2EFG",
    "10 Users, app server",
)


def _hidden(text: str, label: Label) -> str:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return "|".join(text[span.start : span.end] for span in spans if span.label is label)


@pytest.mark.parametrize(("street", "carrier"), list(product(STREETS + UNTYPED, CARRIERS)))
def test_an_address_is_hidden_whole_and_comes_back(street: str, carrier: str) -> None:
    text = carrier.format(street)
    assert street in _hidden(text, Label.ADDRESS)
    result = masked(text)
    name = max((word for word in re.findall(r"[^\W\d_]+", street) if word not in KINDS), key=len)
    assert name not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_words_that_only_look_like_a_street_stay(text: str) -> None:
    assert _hidden(text, Label.ADDRESS) == ""


@pytest.mark.parametrize(
    "text", ["Postcode {}", "22 Albany Terrace, Leeds {}", "post code: {}", "Leeds, UK {}"]
)
@pytest.mark.parametrize("code", ["LS6 2EF", "EC1A 1BB", "M1 1AE", "SW1A 2AA"])
def test_a_british_code_is_hidden_behind_a_word_for_a_place(text: str, code: str) -> None:
    hidden = _hidden(text.format(code), Label.POSTAL_CODE) + _hidden(text.format(code), Label.ADDRESS)
    assert code in hidden


def test_the_segments_of_x12_keep_their_names() -> None:
    text = "N3*418 MAPLE GROVE AVE~N4*TORONTO*ON*M5V2T6~"
    result = masked(text)
    assert "~N4*TORONTO*ON*" in sent(result)
    assert answered(result, sent(result)) == text
