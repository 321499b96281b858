"""Canadian social insurance numbers: nine digits with a Luhn check digit, in groups of three or beside the words.
Social security and taxpayer numbers of the United States, told by their groups of 3, 2 and 4 digits, count with them,
and so do the numbers of other countries (`national`).

Surrogates begin with 0 (000 in the United States), which is not assigned; Canadian ones pass the check.
"""

import re
from collections.abc import Iterator

from stdnum import luhn

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers import national
from ni.privacy.recognisers.recogniser import (
    AFTER,
    BEGINS,
    ENDS,
    digits,
    explained,
    explained_after,
    in_a_row,
    matches,
)
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d(?:[- .]?\d){5}|[A-Za-z]\d\d[A-Za-z]\d{3}[A-Za-z]|[A-Za-z]\d{4}[A-Za-z]")
_SIN = re.compile(BEGINS + r"(?<![$€£])(?<!\d-)\d{3}([- .]?)\d{3}\1\d{3}(?!-\d)" + ENDS)
_US = re.compile(BEGINS + r"(?<!\d-)(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}" + AFTER)
_SOLID = re.compile(BEGINS + r"(?!000|666)\d{9}" + AFTER)
_NINE = re.compile(r"\d(?:[- .]?\d){8}")
_SAYS_SSN = prefiltered(r"(?i)(?<![^\W_])(?:ssn|itin|social[ _-]?security)(?![^\W_])")
_SAYS_SIN = prefiltered(
    r"(?i)(?<![^\W_])(?:s\.?i\.?n\.?s?|n\.?a\.?s\.?|social[ _-]?insurance|assurance[ _-]?sociale|"
    r"insurance[ _-]?number|socialInsurance\w{0,12}|sin(?:Number|_?no|_?num))(?![^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Grouped numbers that pass the check, and any nine digits that the text calls a SIN or NAS."""
    if _NINE.search(text):
        for match in (*matches(text, _SIN, _says), *_US.finditer(text), *_again(text)):
            yield Span(*match.span(), Label.SIN)
    for start, end in national.find(text):
        yield Span(start, end, Label.SIN)


def _says(match: re.Match[str]) -> bool:
    """Whether the number proves itself, or words on either side say what it is."""
    number, (start, end) = digits(match[0]), match.span()
    if match[1] in {"-", " "} and number != "000000000" and luhn.is_valid(number):
        return match[1] == "-" or not in_a_row(match.string, start, end)
    return explained(match.string, start, _SAYS_SIN) or explained_after(match.string, end, _SAYS_SIN)


def _again(text: str) -> Iterator[re.Match[str]]:
    """American numbers that the text writes with hyphens, where it writes them without."""
    known = {digits(match[0]) for match in _US.finditer(text)}
    return (match for match in _SOLID.finditer(text) if match[0] in known or _says_ssn(match))


def _says_ssn(match: re.Match[str]) -> bool:
    return explained(match.string, match.start(), _SAYS_SSN, 24)


def weak(text: str) -> Iterator[Span]:
    """Nine digits that pass the check, without groups or words."""
    for match in _SIN.finditer(text) if _NINE.search(text) else ():
        if match[1] == "" and match[0][0] not in "08" and luhn.is_valid(match[0]):
            yield Span(*match.span(), Label.SIN)
