"""Telephone numbers, validated by `phonenumbers` (the metadata of Google's libphonenumber).

North American numbers stand without a country code; French national ones need a word that says so. Surrogates are in
the range that the numbering plan keeps for fiction (555-0100 to 555-0199; in France 06 39 98 xx xx).
"""

import re
from collections.abc import Iterator

from ni.privacy.recognisers.recogniser import explained
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

NEEDS = re.compile(r"\d{2}")
_NANP = re.compile(
    r"(?<![\w.#$€£+])(?<!\d[-/ ,:])(?<![\w][/=-])"
    r"(?:\+?1[-. \u00a0]{0,2})?"
    r"(?:\([2-9]\d\d\)[-. \u00a0]{0,2}|[2-9]\d\d[-. \u00a0/]{1,2})[2-9]\d\d[-. \u00a0]\d{4}"
    r"(?:,? {0,2}(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6})?(?![\w])(?![-./:]\d)"
)
_INTERNATIONAL = re.compile(
    r"(?<![\w.+])\+\d{1,3}(?:[-. \u00a0]{0,2}\(?\d{1,5}\)?){2,6}(?:,? {0,2}(?:x|ext\.?|"
    r"poste) {0,2}\d{1,6})?(?![\w])(?![-./:]\d)"
)
_PLAIN = re.compile(r"(?<![\w.#$€£+/=-])(?<!\d[ ,:])(?:\+?1)?[2-9]\d\d[2-9]\d{6}(?![\w])(?![-./:]\w)")
_FRENCH = re.compile(r"(?<![\w.#+/-])(?<!\d[ ,:])0[1-9](?:[-. \u00a0]?\d\d){4}(?![\w])(?![-./:]\d)")
_LOCAL = re.compile(r"(?<![\w.#+/-])(?<!\d[ ,:])[2-9]\d\d-\d{4}(?![\w])(?![-./:]\w)")
_SAYS_PHONE = re.compile(
    r"(?i)\b(?:t[ée]l(?:[ée]phone)?s?|phone|mobile|cell(?:ulaire|phone)?|call|text|sms|fax|"
    r"t[ée]l[ée]copieur|joindre|rejoindre|"
    r"appel\w*|reach|contact\w*|num[ée]ro|num|no|poste|whatsapp|ring|dial|portable|home|work|"
    r"domicile|bureau|at|au|or|ou)\b"
)
_EXTENSION = re.compile(r"(?:,? {0,2})(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6}$")
_AREAS = listed("""
    204 226 236 249 250 289 306 343 365 367 403 416 418 431 437 438 450 506 514 519 548 579 581 587 604
    613 639 647 672 705 709 778 780 782 807 819 825 867 873 902 905
""")


def find(text: str) -> Iterator[Span]:
    """Numbers with separators, with a plus sign, or in words' company."""
    for match in _NANP.finditer(text):
        if _valid(match[0], "CA"):
            yield Span(*match.span(), Label.PHONE)
    if "+" in text:
        for match in _INTERNATIONAL.finditer(text):
            if _valid(match[0], None):
                yield Span(*match.span(), Label.PHONE)
    yield from _explained(text)


def _explained(text: str) -> Iterator[Span]:
    for pattern, region in ((_PLAIN, "CA"), (_FRENCH, "FR")):
        for match in pattern.finditer(text):
            if explained(text, match.start(), _SAYS_PHONE, 32) and _valid(match[0], region):
                yield Span(*match.span(), Label.PHONE)
    for match in _LOCAL.finditer(text):
        if explained(text, match.start(), _SAYS_PHONE, 24):
            yield Span(*match.span(), Label.PHONE)


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
