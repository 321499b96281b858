"""vCards (RFC 6350) and the people of calendar entries (RFC 5545)."""

import re
from collections.abc import Iterator

from ni.privacy.structure.cell import Cell, Form

_LINE = re.compile(
    r"^(?:item\d{1,2}\.)?(?P<name>FN|N|TEL|ADR|BDAY|EMAIL|NICKNAME|ORG|TITLE|ROLE)(?:;[^:\n]{0,120})?:(?P<value>[^\r\n]{1,400})",
    re.MULTILINE,
)
_COMMON = re.compile(r"(?<=;CN=)\"?(?P<value>[^\":;\n]{2,80})")
_KEYS = {
    "FN": "full name",
    "TEL": "phone",
    "BDAY": "birthday",
    "EMAIL": "email",
    "NICKNAME": "nickname",
    "ORG": "company",
    "TITLE": "job title",
    "ROLE": "job title",
}
_PARTS = {
    "N": ("family name", "given name", "middle name", "", ""),
    "ADR": ("", "address", "address", "city", "province", "postal code", "country"),
}


def vcard(text: str, table: int) -> Iterator[Cell]:
    """The values of each card, under keys that say what they are."""
    if "BEGIN:VCARD" in text:
        for row, line in enumerate(_LINE.finditer(text)):
            for start, end, key in _values(line):
                yield Cell(start, end, key, table, row, -1, Form.TABLE)
    if ";CN=" in text:
        for row, name in enumerate(_COMMON.finditer(text)):
            yield Cell(*name.span("value"), "contact", table + 1, row, -1, Form.TABLE)


def _values(line: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Where the values of a line stand, and their keys; names and addresses have several."""
    start, end = line.span("value")
    if line["name"] in _KEYS:
        yield start, end, _KEYS[line["name"]]
        return
    for key, part in zip(_PARTS[line["name"]], line["value"].split(";"), strict=False):
        if key and part:
            yield start, start + len(part), key
        start += len(part) + 1
