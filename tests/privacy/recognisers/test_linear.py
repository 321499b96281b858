"""No text makes a pattern take more than linear time: twice the length must not cost much more than twice the time."""

import statistics
import time
from collections.abc import Callable

import pytest

from ni.privacy.code import literals, looks_like_code
from ni.privacy.recognisers.registry import RECOGNISERS, find
from ni.privacy.segments import paragraphs, prose

KILLERS = {
    "digits": "1234567890",
    "one digit": "1",
    "spaced digits": "12 34-",
    "letters": "a",
    "capitals": "A1B ",
    "at signs": "a@",
    "dots": "a.",
    "dashes": "-",
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
    "white space": " \t",
    "line breaks": "\n ",
    "fences": "```\n",
    "zero width": "\u200b\u202e",
    "marks": "e\u0301",
}


def _time(work: Callable[[str], object], text: str) -> float:
    def once() -> float:
        begun = time.process_time()
        work(text)
        return time.process_time() - begun

    return statistics.median(once() for _ in range(3))


def _growth(work: Callable[[str], object], unit: str) -> float:
    """How many times longer twice the text takes; 1 where it takes no time worth measuring."""
    size = 8_000
    short = unit * (size // len(unit))
    first, second = _time(work, short), _time(work, short * 2)
    return second / first if second > 0.03 else 1.0


def _segments(text: str) -> None:
    for paragraph in paragraphs(text):
        prose(text[paragraph.start : paragraph.end], paragraph.mode)


@pytest.mark.parametrize("killer", KILLERS)
@pytest.mark.parametrize("label", RECOGNISERS)
def test_a_recogniser_takes_linear_time(label: str, killer: str) -> None:
    recogniser = next(recogniser for known, recogniser in RECOGNISERS.items() if known == label)
    assert _growth(lambda text: list(recogniser.find(text)), KILLERS[killer]) <= 2.5


@pytest.mark.parametrize("killer", KILLERS)
def test_cutting_and_the_zones_take_linear_time(killer: str) -> None:
    unit = KILLERS[killer]
    assert _growth(_segments, unit) <= 2.5
    assert _growth(find, unit + "jean@acme.ca ") <= 2.5
    assert _growth(lambda text: (looks_like_code(text), list(literals(text))), unit.replace("\n", "")) <= 2.5
