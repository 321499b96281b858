"""Canadian social insurance numbers: nine digits with a Luhn check digit, in groups of three or beside the words.
Social security and taxpayer numbers of the United States, told by their groups of 3, 2 and 4 digits, count with them.

Surrogates begin with 0 (000 in the United States), which is not assigned; Canadian ones pass the check.
"""

import re
from collections.abc import Iterator

from stdnum import luhn

from ni.privacy.recognisers.recogniser import AFTER, BEFORE, explained
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d{3}")
_SIN = re.compile(BEFORE + r"(?<!\d )(?<![$€£])\d{3}([- .\u00a0]?)\d{3}\1\d{3}(?! \d{2})" + AFTER)
_US = re.compile(BEFORE + r"(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}" + AFTER)
_SAYS_SIN = re.compile(
    r"(?i)\b(?:s\.?i\.?n\.?|n\.?a\.?s\.?|social[ _-]?insurance|assurance[ _-]?sociale|"
    r"insurance number)(?![^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Grouped numbers that pass the check, and any nine digits that the text calls a SIN or NAS."""
    for match in _SIN.finditer(text):
        number = re.sub(r"\D", "", match[0])
        grouped = match[1] in {"-", " ", "\u00a0"} and number != "000000000"
        if (grouped and luhn.is_valid(number)) or explained(text, match.start(), _SAYS_SIN):
            yield Span(*match.span(), Label.SIN)
    for match in _US.finditer(text):
        yield Span(*match.span(), Label.SIN)
