"""Health cards of the provinces: Ontario (10 digits, Luhn), Québec (RAMQ: 4 letters, 8 digits with a birth date),
British Columbia (10 digits beginning with 9, modulus 11), and the others beside words that name them.

Surrogates pass the same check where there is one, and Québec's keep a possible date.
"""

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.ca import bc_phn

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import (
    BEFORE,
    BEGINS,
    ENDS,
    before_words,
    digits,
    explained,
    explained_after,
    in_a_row,
    in_context,
    matches,
)
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d(?:[- ]?\d){5}")
_EIGHT = re.compile(r"\d(?:[- ]?\d){7}")
_TEN = re.compile(BEGINS + r"(?<!\d-)\d{4}([- ]?)\d{3}\1\d{3}(?:[- ]?[A-Z]{2}(?![A-Za-z]))?(?!-\d)" + ENDS)
_RAMQ = re.compile(BEGINS + r"[A-Za-z]{4}([- ]?)\d{4}\1\d{4}(?!-\w)" + ENDS)
_OTHER = re.compile(
    BEFORE + r"(?:[A-Z]{1,2}[- ]?)?(?:\d{3}[- ]\d{3}[- ]\d{3,4}|\d{5}-\d{4}|"
    r"\d{4}[- ]\d{4}(?:[- ]\d{4})?|\d{4}[- ]\d{3}[- ]\d{3}|\d{6,12})"
    r"(?:[- ]?[A-Z]{1,2}(?![A-Za-z]))?(?!-\d)" + ENDS
)
_SAYS_HEALTH = prefiltered(
    r"(?i)(?<![^\W_])(?:health[ -]?(?:card|care|insurance|number|n(?:o|um)\b|id)|(?:personal|"
    r"provincial) health|medicare|medical (?:card|number)|"
    r"assurance[ -]?maladie|carte (?:de )?(?:sant[ée]|soleil)|num[ée]ro (?:de )?sant[ée]|"
    r"(?:nam|ramq|ohip|phn|phin|msp|mcp|msi|ahcip|hcn|"
    r"hsn|uli|care ?card)(?![^\W_]))"
)


def find(text: str) -> Iterator[Span]:
    """Numbers whose shape and check prove them, and others that the text calls health numbers."""
    if _EIGHT.search(text):
        for match in (*matches(text, _TEN, _proves_itself), *matches(text, _RAMQ, _is_ramq)):
            yield Span(*match.span(), Label.HEALTH_CARD)
    if _SAYS_HEALTH.search(text):
        yield from in_context(text, _OTHER, _SAYS_HEALTH, Label.HEALTH_CARD)
        yield from before_words(text, _OTHER, _SAYS_HEALTH, Label.HEALTH_CARD)


def _proves_itself(match: re.Match[str]) -> bool:
    number = digits(match[0])
    if match[0][-1].isalpha():
        return luhn.is_valid(number)
    if not match[1] or not (luhn.is_valid(number) or bc_phn.is_valid(number)):
        return False
    return match[1] == "-" or not in_a_row(match.string, *match.span())


def _is_ramq(match: re.Match[str]) -> bool:
    """Whether a birth date stands in it, or words on either side say what it is."""
    text = match.string
    return (
        _dated(match[0])
        or explained(text, match.start(), _SAYS_HEALTH)
        or explained_after(text, match.end(), _SAYS_HEALTH)
    )


def _dated(value: str) -> bool:
    """Whether the digits begin with a birth date as RAMQ writes it: women's months are 51 to 62."""
    number = digits(value)
    month, day = int(number[2:4]), int(number[4:6])
    return value[:4].isupper() and (1 <= month <= 12 or 51 <= month <= 62) and 1 <= day <= 31
