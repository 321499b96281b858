"""International bank account numbers (ISO 13616), checked by modulus 97.

A surrogate keeps country and length, has a bank of zeros that no country assigns, and passes the check.
"""

import re
from collections.abc import Iterator

from stdnum.iso7064 import mod_97_10

from ni.privacy.recognisers.recogniser import BEGINS, ENDS, alnum
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d\d(?<=[A-Za-z]{2}\d\d)[ -]?[A-Za-z0-9]{4}")
_IBAN = re.compile(
    BEGINS
    + r"[A-Z]{2}\d\d(?:(?:[ \n]?[A-Z0-9]{4}){2,7}(?:[ \n]?[A-Z0-9]{1,3})?|(?:-[A-Z0-9]{4}){2,7}(?:-[A-Z0-9]{1,3})?)"
    + ENDS,
    re.IGNORECASE,
)
_GROUP = re.compile(r"[ \n][^ \n]*$")
_SHORTEST, _LONGEST = 15, 34


def find(text: str) -> Iterator[Span]:
    """Numbers that pass the check; words that follow in groups of four are given back one by one."""
    for match in _IBAN.finditer(text):
        value = match[0]
        while value and not _valid(value):
            value = _GROUP.sub("", value) if _GROUP.search(value) else ""
        if value:
            yield Span(match.start(), match.start() + len(value), Label.IBAN)


def _valid(value: str) -> bool:
    number = alnum(value)
    return _SHORTEST <= len(number) <= _LONGEST and mod_97_10.is_valid(number[4:] + number[:4])
