"""Telephone numbers, validated by `phonenumbers` (the metadata of Google's libphonenumber).

North American numbers stand without a country code; French national ones need a word that says so. Surrogates are in
the range that the numbering plan keeps for fiction (555-0100 to 555-0199; in France 06 39 98 xx xx).
"""

import re
from collections.abc import Iterator

from ni.privacy.draw import Draw, refit
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
from ni.privacy.words import listed

NEEDS = re.compile(r"\d(?:[-. ()/+]{0,3}\d){6}")
_TAIL = r"(?:,? {0,2}(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6})?"
_NANP = re.compile(
    BEGINS + r"(?<![$€£])(?<!\d-)(?:\+?1[-. ]{0,2})?"
    r"(?:\([2-9]\d\d\)[-. ]{0,2}|[2-9]\d\d(?:[-. /]{1,2}| - ))[2-9]\d\d(?:[-. ]| - )\d{4}"
    + _TAIL
    + r"(?!-\d)"
    + ENDS
)
_INTERNATIONAL = re.compile(
    r"(?<![^\W_])(?<!\.)\+\d{1,3}(?:[-. ]{0,2}\(?\d{1,5}\)?){2,6}" + _TAIL + r"(?!-\d)" + ENDS
)
_PLAIN = re.compile(BEGINS + r"(?<![.#$€£])(?<!\d-)(?:\+?1)?[2-9]\d\d[-. ]?[2-9]\d{6}(?![-.]\d)" + ENDS)
_FRENCH = re.compile(BEFORE + r"(?<!#)0[1-9](?:[-. ]?\d\d){4}" + AFTER)
_LOCAL = re.compile(BEFORE + r"(?<!#)[2-9]\d\d-\d{4}" + AFTER)
_SAYS_PHONE = re.compile(
    r"(?i)(?<![^\W_])(?:t[ée]l(?:[ée]phone)?s?|(?:tele|cell|home|work|mobile)?phones?|mobile|cell(?:ulaire)?|call|text|"
    r"sms|fax|t[ée]l[ée]copieur|joindre|rejoindre|"
    r"appel\w*|reach|contact\w*|num[ée]ro|num|no|poste|whatsapp|ring|dial|portable|home|work|"
    r"domicile|bureau|at|au|or|ou)(?:(?![^\W_])|(?-i:(?=N[ou]|s?[:=\"'])))"
)
_SAYS_PHONE_AFTER = re.compile(
    r"(?i)(?<![^\W_])(?:t[ée]l(?:[ée]phone)?|phone|mobile|cell(?:ulaire|phone)?|sms|fax|whatsapp|portable|domicile)"
    r"(?![^\W_])"
)
_EXTENSION = re.compile(r"(?:,? {0,2})(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6}$")
_AREAS = listed("""
    204 226 236 249 250 289 306 343 365 367 403 416 418 431 437 438 450 506 514 519 548 579 581 587 604
    613 639 647 672 705 709 778 780 782 807 819 825 867 873 902 905
""")


def find(text: str) -> Iterator[Span]:
    """Numbers with separators, with a plus sign, or in words' company."""
    for match in matches(text, _NANP, _is_north_american):
        yield Span(*match.span(), Label.PHONE)
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
    for match in _LOCAL.finditer(text):
        if _said(match, 24):
            yield Span(*match.span(), Label.PHONE)


def _said(match: re.Match[str], reach: int) -> bool:
    """Whether words on either side say that it is a telephone number."""
    text, (start, end) = match.string, match.span()
    return explained(text, start, _SAYS_PHONE, reach) or explained_after(text, end, _SAYS_PHONE_AFTER, 24)


def _valid(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(_EXTENSION.sub("", number), region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) or _fictional(number)


def _fictional(number: str) -> bool:
    """Numbers of films and examples stand for somebody all the same."""
    digits = re.sub(r"\D", "", number)
    return re.search("55501..$", digits) is not None or digits.startswith(("063998", "3363998"))


def surrogate(original: str, draw: Draw) -> str:
    """A number of fiction in the same format, with another extension."""
    extension = _EXTENSION.search(original)
    body = original[: extension.start()] if extension else original
    tail = re.sub(r"\d", lambda _: draw.digits(1), extension[0]) if extension else ""
    digits = re.sub(r"\D", "", body)
    return refit(body, _number(digits, body.startswith("+"), draw)) + tail


def _number(digits: str, plus: bool, draw: Draw) -> str:
    """The digits of a fictional number, as many as the original has."""
    if len(digits) in {7, 10, 11} and (not plus or digits[0] == "1") and digits[0] != "0":
        if draw.attempt >= 40 or (len(digits) == 7 and draw.attempt >= 16):  # thousands in one request
            return (digits[:-10] + str(200 + draw.below(800)) + "555" + draw.digits(4))[-len(digits) :]
        area = draw.pick(_AREAS) if draw.attempt < 4 else str(200 + draw.below(800))
        return (digits[:-10] + area + "55501" + draw.digits(2))[-len(digits) :]
    if digits.startswith("33"):
        return "3363998" + draw.digits(len(digits) - 7)
    if digits.startswith("06") or (digits.startswith("0") and len(digits) == 10):
        return "063998" + draw.digits(4)
    return digits[:3] + draw.digits(len(digits) - 3)
