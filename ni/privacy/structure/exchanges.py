"""Names in the messages that trades exchange: HL7 and DICOM, X12, air tickets, bank cards, passports, GEDCOM."""

import re
from collections.abc import Iterator
from itertools import chain

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.lists import is_listed, is_listed_given, is_word

_WORDS = r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_])| (?=[^\W\d_])){1,39}"
_NAMED = rf"(?P<family>{_WORDS})\^(?P<given>{_WORDS})"
_CARETS = re.compile(rf"(?<![^\s|^~\"':=&]){_NAMED}(?![\w/])")
"""HL7 2.5.1, 2.A.88 (XPN), and DICOM PS3.5, 6.2 (PN): a surname, then given names."""
_TICKET = re.compile(
    r"(?<![\w/])(?P<family>[A-Z]{2,24})/(?P<given>[A-Z]{2,24})(?: [A-Z]{2,24})? (?:MRS?|MS|MSTR|MISS|CHD|INF|DR)(?!\w)"
)
"""Names on air tickets (IATA Resolution 722), before their titles."""
_BORN = re.compile(r"^PID\|(?:[^|\n]{0,120}\|){6}(?P<born>(?:19|20)\d{6})(?!\w)", re.M)
_PATIENT = re.compile(
    rf"^(?:PID\|(?:[^|\n]{{0,80}}\|){{4}}|(?:NK1|GT1)\|(?:[^|\n]{{0,80}}\|){{1,2}}){_NAMED}", re.M
)
_X12 = re.compile(rf"\bNM1\*\w{{2,3}}\*1\*(?P<family>{_WORDS})\*(?P<given>{_WORDS})")
"""ASC X12, NM1: the 1 says that it is a person."""
_TRACK = re.compile(r"\^(?P<family>[A-Z' -]{2,26})/(?P<given>[A-Z .'-]{2,26}?) {0,26}\^")
"""ISO/IEC 7813, track 1."""
_PASSPORT = re.compile(
    r"(?<![A-Z<\d])[PIAC][A-Z<][A-Z]{3}(?P<family>[A-Z]{2,30})(?:<[A-Z]{1,20}){0,3}<<(?P<given>[A-Z]{2,30})"
    r"(?:<(?P<second>[A-Z]{2,30}))?<{2}[A-Z<\d]*(?:\n(?P<number>[A-Z]{0,2}\d{5,8})<{0,4}\d[A-Z]{3}\d{7})?"
)
"""ICAO 9303-4, 4.2.2."""
_GEDCOM = re.compile(rf"^\d NAME (?P<given>{_WORDS}) /(?P<family>{_WORDS})/", re.M)
"""GEDCOM 5.5.1, NAME_PERSONAL."""
_SURE = (
    ("PID|", _BORN),
    ("^", _PATIENT),
    ("NM1*", _X12),
    ("^", _TRACK),
    ("<<", _PASSPORT),
    (" NAME ", _GEDCOM),
)
"""What has to stand in a text for the pattern beside it to be tried."""
_KEYS = {
    "family": "family name",
    "given": "given name",
    "second": "middle name",
    "number": "passport",
    "born": "birthday",
}
_LISTED = (("^", _CARETS), ("/", _TICKET))


def exchanges(text: str, table: int) -> Iterator[Cell]:
    """The parts of such names, each name a record; carets and slashes alone need names that the lists have."""
    carried = chain.from_iterable(pattern.finditer(text) for sign, pattern in _LISTED if sign in text)
    listed = (found for found in carried if _is_listed(found["family"], found["given"]))
    sure = (pattern.finditer(text) for sign, pattern in _SURE if sign in text)
    for row, found in enumerate(chain(listed, *sure)):
        for group, key in _KEYS.items():
            if found.groupdict().get(group):
                yield Cell(*found.span(group), key, table, row, -1, Form.TABLE)


def _is_listed(family: str, given: str) -> bool:
    return is_listed_given(given) and (is_listed(family) or not is_word(family))
