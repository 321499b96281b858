"""Dates of birth: a date beside words that say so, in English or French. Other dates stay."""

import re
from collections.abc import Iterator

from ni.privacy.recognisers.dates import DATE
from ni.privacy.recognisers.recogniser import before_words, in_context
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d{4}|\d[-/. ]\d{1,2}[-/. ]\d\d")
_SAYS_BIRTH = re.compile(
    r"(?i)(?<![^\W_])(?:d\.?o\.?b\.?|birth[ _-]?(?:date|day|dt)?s?|date[ _-]?(?:of|"
    r"de)[ _-]?(?:birth|naiss\w*)|born(?: on| in)?|naissance|"
    r"n[ée]e?s?(?:\(e\))?(?: le)?|ddn|d\.d\.n\.?|anniversaire|bday|b\.\s?date)(?![^\W_])"
)
_SAYS_BIRTH_AFTER = re.compile(
    r"(?i)(?<![^\W_])(?:d\.?o\.?b|birth ?(?:date|day)|date of birth|"
    r"date de naissance|ddn|anniversaire|b-?day)(?![^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Dates that the words on either side call a birth date."""
    if _SAYS_BIRTH.search(text):
        yield from in_context(text, DATE, _SAYS_BIRTH, Label.DOB)
        yield from before_words(text, DATE, _SAYS_BIRTH_AFTER, Label.DOB, 32)
