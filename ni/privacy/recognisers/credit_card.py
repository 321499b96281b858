"""Payment card numbers: 13 to 19 digits in groups, a known brand, and the Luhn check digit (ISO/IEC 7812).

A surrogate has the brand's prefix that processors use for tests, and a valid check digit.
"""

import re
from collections.abc import Iterator

from stdnum import luhn

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import BEGINS, ENDS, digits, explained, matches
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d(?:[- .\n]{0,3}\d){13}")
_GAP = "(?:[-.]| {1,2}| - )?"
_CARD = re.compile(
    BEGINS
    + rf"(?:\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?:{_GAP}\d{{3}})?|3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}|"
    + r"(?<!\.)\d{14,19})"
    + ENDS
)
_BROKEN = re.compile(
    BEGINS
    + r"(?=\d{4}(?: ?\d{4}){0,2}\n)\d{4}(?: \d{4}| ?\n[ \t>|]{0,4}\d{4}){3}(?!\d)"
    + r"(?![ \n]\d)"
    + ENDS
)
_TRACK = re.compile(r"(?<=%B)\d{13,19}(?=\^)|(?<=;)\d{13,19}(?==\d{4})")
"""A number that a line break parts, and the first and second track of a card's stripe (ISO/IEC 7813)."""
_SAYS_CARD = prefiltered(
    r"(?i)(?<![^\W_])(?:cards?|cartes?|visa|mastercard|amex|pan|cc|cr[ée]dit|d[ée]bit|pay\w{0,5}|pai\w{0,6})(?![^\W_])"
)
# Brand (prefix, lengths) beside a prefix of its test numbers.
_BRANDS = (
    (re.compile(r"3[47]\d{13}$"), "3782822"),
    (re.compile(r"4\d{12}(?:\d{3}){0,2}$"), "4111111"),
    (
        re.compile(r"(?:5[1-5]\d{4}|222[1-9]\d\d|22[3-9]\d{3}|2[3-6]\d{4}|27[01]\d{3}|2720\d\d)\d{10}$"),
        "5555555",
    ),
    (re.compile(r"(?:6011|65\d\d|64[4-9]\d)\d{12}$"), "6011111"),
    (re.compile(r"3(?:0[0-5]|[68]\d)\d{11}$"), "3056930"),
    (re.compile(r"35(?:2[89]|[3-8]\d)\d{12}$"), "3530111"),
    (re.compile(r"62\d{14,17}$"), "6200000"),
)


def _test_prefix(number: str) -> str | None:
    return next((prefix for brand, prefix in _BRANDS if brand.match(number)), None)


def find(text: str) -> Iterator[Span]:
    """Numbers of a known brand that pass their check."""
    for match in matches(text, _CARD, _valid):
        yield Span(*match.span(), Label.CREDIT_CARD)
    for match in (*matches(text, _TRACK, _valid), *matches(text, _BROKEN, _is_broken)):
        yield Span(*match.span(), Label.CREDIT_CARD)


def _is_broken(match: re.Match[str]) -> bool:
    """Whether lines hold one number: columns do by chance, so that a word must say so or nothing stand beside."""
    text, (start, end) = match.string, match.span()
    alone = not text[:start].strip() and not text[end:].strip()
    return _valid(match) and (alone or explained(text, start, _SAYS_CARD))


def _valid(match: re.Match[str]) -> bool:
    number = digits(match[0])
    return bool(_test_prefix(number)) and luhn.is_valid(number) and len(set(number)) > 1
