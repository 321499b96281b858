"""No text makes a pattern take more than linear time: eight times the length must not cost sixteen times the time."""

from collections.abc import Callable

import pytest

from ni.privacy.recognisers import wrapped
from ni.privacy.recognisers.registry import RECOGNISERS, find
from ni.privacy.segments import paragraphs, prose
from ni.privacy.words import literals, looks_like_code
from tests.growth import growth

KILLERS = {
    "digits": "1234567890",
    "one digit": "1",
    "spaced digits": "12 34-",
    "letters": "a",
    "capitals": "A1B ",
    "at signs": "a@",
    "dots": "a.",
    "dashes": "-",
    "dashed letters": "a-",
    "hosts": "http://a.b-c.",
    "letters to be written to": "mailto:a.b-",
    "colons": "ab:",
    "quotes": "\"'",
    "backslashes": '"\\',
    "openings": "({[<",
    "streets": "12 Rue De La ",
    "units": "apt 5, ",
    "numbered streets": "1 A B C D ",
    "words of context": "password: ",
    "keys": "sk-aaaa",
    "jwt": "eyJ.",
    "url": "a://b:",
    "begin": "-----BEGIN PRIVATE KEY-----",
    "iban": "GB82 WEST ",
    "commands": "curl -u a:",
    "logins": "machine a login b ",
    "cookies": "Cookie: a=bbbbbbbb; ",
    "assigned": "secret=aaaaaa ",
    "bearers": "Bearer aaaaaaaaaaaaaaaa ",
    "queries": "?sig=aaaaaa&",
    "user information": "https://aaaa@",
    "phones": "514-555-",
    "telephone words": "tel 514 555 ",
    "octets": "1.2.3.",
    "mac": "00:1b:",
    "roads": "12 County Road ",
    "postal codes": "M5V 2",
    "health": "ohip 1234 ",
    "dates of birth": "born 1990-",
    "accounts": "account no 12345-",
    "licences": "licence T1234-",
    "codes of doors": "door use code ",
    "transfers": "interac answer ",
    "second passwords": "password the new one is a",
    "questions": "password?\na: b",
    "messages": "\nPID|1||A^",
    "white space": " \t",
    "line breaks": "\n ",
    "fences": "```\n",
    "zero width": "\u200b\u202e",
    "marks": "e\u0301",
}


SHORT, TIMES = 4_000, 8


def _growth(work: Callable[[str], object], unit: str) -> float:
    return growth(work, unit * (SHORT // len(unit)), TIMES)


def _segments(text: str) -> None:
    for paragraph in paragraphs(text):
        prose(text[paragraph.start : paragraph.end], paragraph.mode)


@pytest.mark.parametrize("killer", KILLERS)
@pytest.mark.parametrize("label", RECOGNISERS)
def test_a_recogniser_takes_linear_time(label: str, killer: str) -> None:
    recogniser = next(recogniser for known, recogniser in RECOGNISERS.items() if known == label)
    assert _growth(lambda text: list(recogniser.find(text)), KILLERS[killer]) <= 2 * TIMES


BROKEN = {
    "broken cards": "4111 1111\n1111 1111\n",
    "broken telephones": "call 416-\n555-0122 ",
    "broken mail": "a@b.\ncom\n@",
    "broken tokens": "eyJaaaaaaaaaa\n",
    "parts of tokens": "eyJaaaaaaaaaa.\n",
    "soft breaks": "a@b=\n1",
}


@pytest.mark.parametrize("unit", [*KILLERS.values(), *BROKEN.values()])
def test_folding_line_breaks_takes_linear_time(unit: str) -> None:
    assert _growth(lambda text: list(wrapped.find(text)), unit) <= 2 * TIMES


@pytest.mark.parametrize("killer", KILLERS)
def test_cutting_and_the_zones_take_linear_time(killer: str) -> None:
    unit = KILLERS[killer]
    assert _growth(_segments, unit) <= 2 * TIMES
    assert _growth(find, unit + "jean@acme.ca ") <= 2 * TIMES
    assert (
        _growth(lambda text: (looks_like_code(text), list(literals(text))), unit.replace("\n", ""))
        <= 2 * TIMES
    )
