"""Values x carriers: a value of each patterned kind is found wherever developers put it.

`UNABLE` lists what is not found, or cannot be, and why; everything else must hold. No model is needed: patterns alone.
"""

import re
from collections.abc import Iterator

import pytest

from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector
from ni.privacy.names import NoNames
from ni.privacy.policy import Policy
from ni.privacy.reading import read
from ni.privacy.recognisers.recogniser import alnum
from ni.privacy.scan import scanned
from ni.privacy.spans import Label
from tests.privacy.carriers import CARRIERS

# What is written is before the bar with what explains it; what must be hidden stands between the bars.
VALUES: dict[Label, tuple[str, ...]] = {
    Label.EMAIL: ("|ana.roy@acme-sante.ca|", "|j_t+news@mail.acme.co.uk|", "|p.singh2@gmail.com|"),
    Label.PHONE: (
        "|514-555-0143|", "|(416) 967-1111|", "|+1 604 555 0134|", "|819 555 0177|",
        "|+33 6 12 34 56 78|", "|613.992.4793|",
        "tel |5149876543|",
    ),
    Label.CREDIT_CARD: (
        "|4111 1111 1111 1111|", "|5555-5555-5555-4444|", "|3782 822463 10005|", "|6011111111111117|",
    ),
    Label.SIN: ("|046-454-286|", "|932 456 718|", "SIN |046454286|", "NAS : |130 692 544|"),
    Label.HEALTH_CARD: (
        "|TREM 7855 1234|", "|ROYA55010115|", "|1234-567-897 AB|", "PHN |9123 456 782|", "health card |12345-6789|",
    ),
    Label.IBAN: (
        "|GB82 WEST 1234 5698 7654 32|", "|DE89370400440532013000|", "|FR14 2004 1010 0505 0001 3M02 606|",
    ),
    Label.BANK_ACCOUNT: ("|00412-003-1234567|", "account no |1234567|"),
    Label.PASSPORT: ("passport |AB123456|", "passeport no |P123456AA|"),
    Label.DRIVER_LICENCE: (
        "|A1234-56789-01234|", "|T1234-567890-12|", "licence |T22833914739723|", "permis de conduire |T123456789012|",
    ),
    Label.DOB: ("born |1990-05-14|", "DOB |14/05/1990|", "née le |1er mai 1985|", "birthday |May 14, 1990|"),
    Label.IP: ("|24.48.0.1|", "|206.167.88.14|", "|2607:f8b0:4020:801::200e|"),
    Label.MAC: ("|00:1B:44:11:3A:B7|", "|00-1b-44-11-3a-b7|", "|001b.4411.3ab7|"),
    Label.ADDRESS: (
        "|123 Main Street, Unit 4, Toronto, ON M5V 2T6|", "|4500, boul. des Laurentides, Laval H7K 2J5|",
        "|15 Grande Allée Est|", "|12 Broadway|", "|12 Concession Road 7, Puslinch ON N0B 2J0|",
    ),
    Label.POSTAL_CODE: ("|M5V 2T6|", "postal code |h2x1y4|", "Toronto, ON |M5V2T6|"),
    Label.SECRET: (
        "|ghp_Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0Ei|", "|glpat-x8Qk2mPz7LwT4bV9nR3c|", "|AKIAIOSFODNN7EXAMPLQ|",
        "password: |Xk92mQp7Lw|", "mongodb://app:|Xk92mQp7Lw|@c0.example.net/db",
    ),
}  # fmt: skip

UNABLE: dict[tuple[str, str], str] = {
    ("|932 456 718|", "price before"): "with a price sign before it, it is a sum with its thousands apart",
    ("|819 555 0177|", "price before"): "with a price sign before it, it is a row of numbers",
}


def _cases() -> Iterator[tuple[str, str, str]]:
    for label, values in VALUES.items():
        for value in values:
            for carrier in CARRIERS:
                yield str(label), value, carrier


def missed(label: str, marked: str, carrier: str) -> str:
    """What is left of a value in a carrier; empty where all of it is hidden under its label."""
    value = marked.split("|")[1]
    text = CARRIERS[carrier](marked.replace("|", ""))
    spans = scanned(Detector(NoNames(), Policy(), FindingsCache()), b"key", text)
    rest, at = [], 0
    for span in spans:
        rest += text[at : span.start], "\x00"
        at = span.end
    left = read("".join(rest) + text[at:]).text
    words = set(re.findall(r"[^\W_]+", left))
    parts = [part for part in re.findall(r"[^\W_]{3,}", value) if part in words]
    if not parts and alnum(value) not in alnum(left) and any(span.label == label for span in spans):
        return ""
    return f"{text!r}: {[(text[span.start : span.end], str(span.label)) for span in spans]}"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_values_are_found_wherever_they_stand(carrier: str) -> None:
    left = {
        (label, value): fault
        for label, value, where in _cases()
        if where == carrier and not _excused(value, where) and (fault := missed(label, value, where))
    }
    assert not left


def test_no_exception_is_listed_that_is_none() -> None:
    assert [
        (value, carrier)
        for label, value, carrier in _cases()
        if _excused(value, carrier) and not missed(label, value, carrier)
    ] == []


def _excused(value: str, carrier: str) -> bool:
    return (value, carrier) in UNABLE
