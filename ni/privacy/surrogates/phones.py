"""Surrogates of telephone numbers, of the ranges that numbering plans keep for fiction.

North America: 555-0100 to 555-0199; France, the United Kingdom and Australia: what Arcep, Ofcom and ACMA publish for
drama. Elsewhere the country code and the first digit (whether it is a mobile) stay, and the rest is drawn.
"""

import re

from ni.privacy.surrogates.chooser import Draw, refit
from ni.privacy.words import listed

EXTENSION = re.compile(r"(?i)(?:,? {0,2})(?:x|ext\.?|extension|poste|p\.|#) {0,2}\d{1,6}$")
_AREAS = listed("""
    204 226 236 249 250 289 306 343 365 367 403 416 418 431 437 438 450 506 514 519 548 579 581 587 604
    613 639 647 672 705 709 778 780 782 807 819 825 867 873 902 905
""")
# Country code, length of the national number, its first digits, and the digits of fiction that replace them.
_FICTION = (
    ("33", 9, "1", "19900"),
    ("33", 9, "2", "26191"),
    ("33", 9, "3", "35301"),
    ("33", 9, "4", "46571"),
    ("33", 9, "5", "53649"),
    ("33", 9, "", "63998"),
    ("44", 10, "20", "2079460"),
    ("44", 10, "1", "1632960"),
    ("44", 10, "", "7700900"),
    ("61", 9, "4", "491570"),
    ("61", 9, "", "25550"),
)
_COUNTRY_CODES = frozenset(
    {
        "1",
        "7",
        "20",
        "27",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "39",
        "40",
        "41",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
    }
    | {
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "60",
        "61",
        "62",
        "63",
        "64",
        "65",
        "66",
        "81",
        "82",
        "84",
        "86",
    }
    | {"90", "91", "92", "93", "94", "95", "98"}
)
"""Country codes of one and two digits (ITU-T E.164); the others have three."""


def phone(original: str, draw: Draw) -> str:
    """A number of fiction in the same format, with another extension."""
    extension = EXTENSION.search(original)
    body = original[: extension.start()] if extension else original
    tail = re.sub(r"\d", lambda _: draw.digits(1), extension[0]) if extension else ""
    digits = re.sub(r"\D", "", body)
    return refit(body, _number(digits, body.lstrip(" (").startswith("+"), draw)) + tail


def subscriber(original: str) -> str | None:
    """The digits that a number has in all its forms, with its country code or without; None where that is not plain.

    A number of ten digits with a trunk zero is read as French, as its stand-in is.
    """
    digits = re.sub(r"\D", "", original)
    if any(char.isalpha() for char in original):
        return None
    plus = original.lstrip(" (").startswith("+")
    if len(digits) == 11 and digits[0] == "1":
        return digits[1:]
    if len(digits) == 10 and digits[0] == "0" and digits[1] != "0" and not plus:
        return "33" + digits[1:]
    return digits[2:] if digits.startswith("00") and not plus else digits


def _number(digits: str, plus: bool, draw: Draw) -> str:
    """The digits of a fictional number, as many as the original has."""
    if len(digits) in {7, 10, 11} and (not plus or digits[0] == "1") and digits[0] != "0":
        return _north_american(digits, draw)
    if digits.startswith("0") and not digits.startswith("00") and not plus and len(digits) == 10:
        return "0" + _fiction("33", digits[1:], draw)
    zeros = "00" if digits.startswith("00") and not plus else ""
    number = digits[len(zeros) :]
    code = next((number[:size] for size in (1, 2) if number[:size] in _COUNTRY_CODES), number[:3])
    return zeros + code + _fiction(code, number[len(code) :], draw)


def _north_american(digits: str, draw: Draw) -> str:
    if draw.attempt >= 40 or (len(digits) == 7 and draw.attempt >= 16):  # thousands in one request
        return (digits[:-10] + str(200 + draw.below(800)) + "555" + draw.digits(4))[-len(digits) :]
    area = draw.pick(_AREAS) if draw.attempt < 12 else str(200 + draw.below(800))
    return (digits[:-10] + area + "55501" + draw.digits(2))[-len(digits) :]


def _fiction(code: str, national: str, draw: Draw) -> str:
    """A national number of fiction; the trunk zero of `+44 (0)20` stays."""
    zero = "0" if national.startswith("0") and code not in {"39"} else ""
    rest = national[len(zero) :]
    for country, size, begins, made in _FICTION:
        if country == code and len(rest) == size and rest.startswith(begins):
            return zero + made + draw.digits(size - len(made))
    return zero + rest[:1] + draw.digits(max(len(rest) - 1, 0))
