"""Dates of birth: a date beside words that say so, in English or French. Other dates stay."""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.dates import DATE
from ni.privacy.recognisers.recogniser import before_words, explained, in_context
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d{4}|\d[-/. ]\d{1,2}[-/. ]\d\d")
_SAYS_BIRTH = prefiltered(
    r"(?i)(?<![^\W_])(?:d\.?o\.?b\.?|birth[ _-]?(?:date|day|dt)?s?|date[ _-]?(?:of|"
    r"de)[ _-]?(?:birth|naiss\w*)|born(?: on| in)?|naissance|"
    r"n[ée]e?s?(?:\(e\))?(?: le)?|ddn|d\.d\.n\.?|anniversaire|bday|b\.\s?date|"
    r"geboren(?: am)?|geburtsdatum|geb\.|fecha de nacimiento|nacid[oa](?: el)?|data di nascita|nat[oa] il|"
    r"nascid[oa](?: em)?|"
    r"data de nascimento|geboortedatum|urodzon[ya]|data urodzenia|født|född|дата рождения|"
    r"родил(?:ся|ась)|生年月日|出生日期|출생일|생년월일)(?![^\W_])"
)
_CALL = prefiltered(
    r"(?i)\bdate(?:time)?\(\s{0,2}(?P<day>(?:1[89]|20)\d\d, ?(?:1[0-2]|0?[1-9]), ?(?:3[01]|[12]\d|0?[1-9]))\s?\)"
)
_IN_HL7 = re.compile(
    r"\|(?P<day>(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:\d{4,6})?\|[FMOUAN](?=\||\s|$)"
)
"""The seventh and eighth field of a patient's segment: date of birth and sex (HL7 2.5, PID)."""
_SAYS_BIRTH_AFTER = prefiltered(
    r"(?i)(?<![^\W_])(?:d\.?o\.?b|birth ?(?:date|day)|date of birth|"
    r"date de naissance|ddn|anniversaire|b-?day)(?![^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Dates that the words on either side call a birth date."""
    if _SAYS_BIRTH.search(text):
        yield from in_context(text, DATE, _SAYS_BIRTH, Label.DOB)
        yield from (
            Span(*match.span("day"), Label.DOB)
            for match in _CALL.finditer(text)
            if explained(text, match.start(), _SAYS_BIRTH, 28)
        )
        yield from before_words(text, DATE, _SAYS_BIRTH_AFTER, Label.DOB, 32)
    for match in _IN_HL7.finditer(text):
        yield Span(*match.span("day"), Label.DOB)
