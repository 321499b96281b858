"""Health cards of the provinces: Ontario (10 digits, Luhn), Québec (RAMQ: 4 letters, 8 digits with a birth date),
British Columbia (10 digits beginning with 9, modulus 11), and the others beside words that name them.

Surrogates pass the same check where there is one, and Québec's keep a possible date.
"""

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.ca import bc_phn

from ni.privacy.recognisers.recogniser import BEFORE, explained, in_context
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d{3}")
_TEN = re.compile(
    BEFORE + r"(?<!\d )\d{4}([- ]?)\d{3}\1\d{3}(?:[- ]?[A-Z]{2}(?![A-Za-z]))?(?!\w)(?![-./:,]\d)"
)
_RAMQ = re.compile(r"(?<![\w-])[A-Za-z]{4}([- ]?)\d{4}\1\d{4}(?!\w)(?!-\w)")
_OTHER = re.compile(
    BEFORE + r"(?:[A-Z]{1,2}[- ]?)?(?:\d{3}[- ]\d{3}[- ]\d{3,4}|\d{5}-\d{4}|"
    r"\d{4}[- ]\d{4}(?:[- ]\d{4})?|\d{4}[- ]\d{3}[- ]\d{3}|\d{6,12})"
    r"(?:[- ]?[A-Z]{1,2}(?![A-Za-z]))?(?!\w)(?![-./:,]\d)"
)
_SAYS_HEALTH = re.compile(
    r"(?i)(?<![^\W_])(?:health[ -]?(?:card|care|insurance|number|n(?:o|um)\b|id)|(?:personal|"
    r"provincial) health|medicare|medical (?:card|number)|"
    r"assurance[ -]?maladie|carte (?:de )?(?:sant[ée]|soleil)|num[ée]ro (?:de )?sant[ée]|"
    r"(?:nam|ramq|ohip|phn|phin|msp|mcp|msi|ahcip|hcn|"
    r"hsn|uli|care ?card)(?![^\W_]))"
)


def find(text: str) -> Iterator[Span]:
    """Numbers whose shape and check prove them, and others that the text calls health numbers."""
    for match in _TEN.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        grouped = match[1] != "" and (luhn.is_valid(digits) or bc_phn.is_valid(digits))
        if grouped or (match[0][-1].isalpha() and luhn.is_valid(digits)):
            yield Span(*match.span(), Label.HEALTH_CARD)
    for match in _RAMQ.finditer(text):
        if _dated(match[0]) or explained(text, match.start(), _SAYS_HEALTH):
            yield Span(*match.span(), Label.HEALTH_CARD)
    if _SAYS_HEALTH.search(text):
        yield from in_context(text, _OTHER, _SAYS_HEALTH, Label.HEALTH_CARD)


def _dated(value: str) -> bool:
    """Whether the digits begin with a birth date as RAMQ writes it: women's months are 51 to 62."""
    digits = re.sub(r"\D", "", value)
    month, day = int(digits[2:4]), int(digits[4:6])
    return value[:4].isupper() and (1 <= month <= 12 or 51 <= month <= 62) and 1 <= day <= 31
