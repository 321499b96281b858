"""Cells of what programs print about a record: structs of Go and Rust, and errors of databases.

`&{Name:Jane Fowler Age:34}` (Go, `%+v`), `Key (first_name, dob)=(Jane, 1990-05-04) already exists.` (PostgreSQL),
`dup key: { name: "Jane Fowler" }` (MongoDB), `on field 'lastName': rejected value [Okonjo]` (Spring).
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import paced_matches
from ni.privacy.structure.layout import Cell, CellForm

_STRUCT = re.compile(r"\{(?:[A-Z]\w{0,30}:[^{}\n]{0,200}){1,20}\}")
_FIELD = re.compile(
    r"(?<=[{ ])(?P<key>[A-Z]\w{0,30}):(?P<value>[^\s{}:\"&][^{}:\n]{0,80}?)(?=\}| [A-Z]\w{0,30}:)"
)
_KEY = re.compile(r"Key \((?P<keys>[\w\", ]{1,200})\)=\((?P<values>[^()\n]{1,300})\)")
_VALUE = re.compile(r"[^,\s][^,]*")
_DUPLICATE = re.compile(r"dup key: \{(?P<pairs>[^{}\n]{1,300})\}")
_PAIR = re.compile(r"(?P<key>[\w.]{1,40}): \"(?P<value>[^\"\n]{1,80})\"")
_REJECTED = re.compile(r"on field '(?P<key>[\w.]{1,60})': rejected value \[(?P<value>[^\[\]\n]{1,80})\]")


def printed(text: str, table: int) -> Iterator[Cell]:
    """The cells of printed structs and of errors; each is one record."""
    if "{" in text and ":" in text:
        yield from _structs(text, table)
    if "Key (" in text:
        for row, match in enumerate(paced_matches(_KEY, text)):
            yield from _paired(match, table + 1, row)
    if "dup key" in text:
        yield from _duplicates(text, table + 2)
    if "rejected value" in text:
        for row, match in enumerate(paced_matches(_REJECTED, text)):
            yield Cell(*match.span("value"), match["key"], table + 3, row, -1, CellForm.QUOTED)


def _structs(text: str, table: int) -> Iterator[Cell]:
    for row, struct in enumerate(paced_matches(_STRUCT, text)):
        for field in _FIELD.finditer(text, struct.start() + 1, struct.end()):
            yield Cell(*field.span("value"), field["key"], table, row, -1, CellForm.DATA)


def _duplicates(text: str, table: int) -> Iterator[Cell]:
    for row, match in enumerate(paced_matches(_DUPLICATE, text)):
        for pair in _PAIR.finditer(text, *match.span("pairs")):
            yield Cell(*pair.span("value"), pair["key"], table, row, -1, CellForm.QUOTED)


def _paired(match: re.Match[str], table: int, row: int) -> Iterator[Cell]:
    """The columns of a key and their values, where there are as many of both."""
    keys = match["keys"].split(",")
    values = list(_VALUE.finditer(match.string, *match.span("values")))
    if len(keys) == len(values):
        for column, (key, value) in enumerate(zip(keys, values, strict=True)):
            yield Cell(*value.span(), key.strip('" '), table, row, column, CellForm.QUOTED)
