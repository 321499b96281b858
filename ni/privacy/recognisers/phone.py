"""Telephone numbers, validated by `phonenumbers` (the metadata of Google's libphonenumber).

North American numbers stand without a country code; national ones of other countries need a word that says so
(`phone_labels`).
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.phone_labels import labelled, unlabelled
from ni.privacy.recognisers.recogniser import (
    AFTER,
    BEFORE,
    BEGINS,
    ENDS,
    explained,
    explained_after,
    in_a_row,
    matches,
)
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d(?:[-. ()/+]{0,3}\d){6}")
_TAIL = r"(?:,? {0,2}(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6})?"
_NANP = re.compile(
    BEGINS + r"(?<![$€£])(?<!\d-)(?:\+?1[-. ]{0,2})?"
    r"(?:\([2-9]\d\d\)[-. ]{0,2}[2-9]\d\d(?:[-. ]| - )?"
    + r"|[2-9]\d\d(?:[-. /]{1,2}| - )[2-9]\d\d(?:[-. ]| - ))\d{4}"
    + _TAIL
    + r"(?!-\d)"
    + ENDS
)
_INTERNATIONAL = re.compile(
    r"(?<![^\W_])(?<!\.)\+\d{1,3}(?:[-. ]{0,2}\(?\d{1,5}\)?){2,6}" + _TAIL + r"(?!-\d)" + ENDS
)
_IN_LINK = prefiltered(r"(?i)(?<=(?<![\w.-])wa\.me/)\+?(?P<number>[1-9]\d{7,14})(?!\w)")
"""WhatsApp's links hold a number with its country code and nothing else."""
_PLAIN = re.compile(BEGINS + r"(?<![.#$€£])(?<!\d-)(?:\+?1)?[2-9]\d\d[-. ]?[2-9]\d{6}(?![-.]\d)" + ENDS)
_FRENCH = re.compile(BEFORE + r"(?<!#)0[1-9](?:[-. ]?\d\d){4}" + AFTER)
_ALONE = re.compile(r"(?m)^[^\S\n]*(?P<number>[2-9]\d\d[-. ][2-9]\d{6})[^\S\n]*$")
"""An area code and seven digits: two numbers, or one with decimals, where anything else stands in the line."""
_LOCAL = re.compile(BEFORE + r"(?<!#)[2-9]\d\d-\d{4}" + AFTER)
_SAYS_PHONE = prefiltered(
    r"(?i)(?<![^\W_])(?:t[ée]l(?:[ée]phone)?s?|(?:tele|cell|home|work|mobile)?phones?|mobile|cell(?:ulaire)?|"
    r"call(?:s|ed|ing|er)?|text(?:s|ed|ing)?|sms|fax|t[ée]l[ée]copieur|(?:re)?joindre|(?:re)?joign\w*|voice ?mail|"
    r"(?:left|laissé) (?:\w+ ){1,2}message|bo[iî]te vocale|"
    r"(?:my|his|her|our|your|their|whose|direct) (?:\w+ )?number|"
    r"r?appel\w*|reach(?:ed|able)?|contact\w*|num[ée]ro|num|no|poste|whatsapp|ring|rang|dial|portable|home|work|"
    r"domicile|bureau|at|au|or|ou)(?:(?![^\W_])|(?-i:(?=N[ou]|s?[:=\"'])))"
)
_SAYS_PHONE_AFTER = prefiltered(
    r"(?i)(?<![^\W_])(?:t[ée]l(?:[ée]phone)?|phone|mobile|cell(?:ulaire|phone)?|sms|fax|whatsapp|portable|domicile"
    r"|(?:call|reach|text|ring)(?:ed)? (?:me|us|him|her|them|back)|(?:me|nous|le|la|les) (?:re)?joindre"
    r"|r?appele[rz][ -](?:moi|nous|le|la|les))(?![^\W_])"
)
_EXTENSION = re.compile(r"(?:,? {0,2})(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6}$")


def find(text: str) -> Iterator[Span]:
    """Numbers with separators, with a plus sign, or in words' company."""
    for match in matches(text, _NANP, _is_north_american):
        yield Span(*match.span(), Label.PHONE)
    for match in _IN_LINK.finditer(text):
        if _valid(f"+{match['number']}", None):
            yield Span(*match.span("number"), Label.PHONE)
    if "+" in text:
        for match in matches(text, _INTERNATIONAL, _is_international):
            yield Span(*match.span(), Label.PHONE)
    yield from _explained(text)


def weak(text: str) -> Iterator[Span]:
    """Ten digits that the plan has assigned, without groups or words."""
    for match in _PLAIN.finditer(text):
        if _valid(match[0], "CA"):
            yield Span(*match.span(), Label.PHONE)


def _is_north_american(match: re.Match[str]) -> bool:
    """Whether the plan has the number; in groups that are apart by spaces, it must be no row of numbers."""
    if not _valid(match[0], "CA"):
        return False
    apart = re.search(r"[-.()/]", match[0]) is not None
    text, (start, end) = match.string, match.span()
    return apart or not in_a_row(text, start, end) or explained(text, start, _SAYS_PHONE, 32)


def _is_international(match: re.Match[str]) -> bool:
    """Whether some country's plan has it, and the plus is not the mark of a diff before another number."""
    text, start = match.string, match.start()
    marks = (start == 0 or text[start - 1] == "\n") and _NANP.match(text, start + 1)
    return not marks and _valid(match[0], None)


def _explained(text: str) -> Iterator[Span]:
    for pattern, region in ((_PLAIN, "CA"), (_FRENCH, "FR")):
        for match in pattern.finditer(text):
            if _said(match, 32) and _valid(match[0], region):
                yield Span(*match.span(), Label.PHONE)
    for match in _ALONE.finditer(text):
        if _valid(match["number"], "CA"):
            yield Span(*match.span("number"), Label.PHONE)
    for match in _LOCAL.finditer(text):
        if _said(match, 24):
            yield Span(*match.span(), Label.PHONE)
    for start, end in (*labelled(text), *unlabelled(text)):
        yield Span(start, end, Label.PHONE)


def _said(match: re.Match[str], reach: int) -> bool:
    """Whether words on either side say that it is a telephone number."""
    text, (start, end) = match.string, match.span()
    return explained(text, start, _SAYS_PHONE, reach) or explained_after(text, end, _SAYS_PHONE_AFTER, 32)


def _valid(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(_EXTENSION.sub("", number), region)
    except phonenumbers.NumberParseException:
        return False
    return _fictional(number) or phonenumbers.is_valid_number(parsed)


def _fictional(number: str) -> bool:
    """Numbers of films and examples stand for somebody all the same."""
    digits = re.sub(r"\D", "", number)
    return re.search("55501..$", digits) is not None or digits.startswith(("063998", "3363998"))
