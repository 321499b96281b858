"""Passport numbers: two letters and six digits, or the newer letter, six digits and two letters; beside the word.

The shape alone is that of part numbers and tickets, so that a word must say what it is.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import AFTER, BEFORE, before_words, in_context
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"(?i)pass[ep]")
_NUMBER = re.compile(
    "(?i)" + BEFORE + r"(?:[A-Z]{2}[ -]?\d{6,7}|[A-Z][ -]?\d{6}[ -]?[A-Z]{2}|[A-Z]\d{7,8}|\d{9}|"
    r"\d\d[A-Z]{2}\d{5})" + AFTER
)
_SAYS_PASSPORT = prefiltered(r"(?i)(?<![^\W_])(?:passports?|passeports?)(?:(?![^\W_])|(?=N[ou]))")


def find(text: str) -> Iterator[Span]:
    """Numbers beside the word."""
    yield from in_context(text, _NUMBER, _SAYS_PASSPORT, Label.PASSPORT)
    yield from before_words(text, _NUMBER, _SAYS_PASSPORT, Label.PASSPORT)
