"""Rows whose column names stand apart, as interfaces of databases and of data frames return them.

`{"columns": ["first", "last"], "rows": [["Ana", "Roy"], …]}`, in either order, as JSON or as a literal of a language,
and `const rows = [["Ana", "Roy"]]; // first, last`.
"""

import re
from collections.abc import Iterator, Sequence

from ni.privacy.prefilter import first_match, paced_matches
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.meanings import meaning

_STRING = r"\\{0,3}[\"'`](?:[^\"'`\\\n]|\\(?![\"'`])){0,60}\\{0,3}[\"'`]"
_LIST = re.compile(
    rf"[\[(]\s{{0,8}}(?P<names>{_STRING}(?:\s{{0,8}},\s{{0,8}}{_STRING}){{1,40}})\s{{0,8}}[\])]"
)
_NAMED = re.compile(
    r"(?i)(?<![^\W_])(?:col(?:umn)?s?|column_?names|fields?|field_?names|header|headers|head|keys|names|schema)"
    r"\\{0,3}[\"'`]?\s{0,4}(?:[:=]|=>)\s{0,8}\Z"
)
"""What stands before a list of the names of columns."""
_REACH = 32
_COMMENT = re.compile(
    r"\]\s{0,2}\]\s{0,2};?[ \t]{0,4}(?://|\#)[ \t]?(?P<names>[A-Za-z_ ]{2,24}(?:,[A-Za-z_ ]{2,24}){1,20})$",
    re.M,
)
_ROW = re.compile(r"\[(?P<values>[^\[\]{}]{3,2000})\]")
_VALUE = re.compile(
    r"\s*+(?:\\{0,3}\"(?P<double>[^\"\n\\]*+)\\{0,3}\"|\\{0,3}'(?P<single>[^'\n\\]*+)\\{0,3}'|(?P<bare>[^,\"'\n]*+))"
    r"\s*+(?:,|$)"
)
_NESTED = re.compile(r"\[\s{0,40}\[|\],\s{0,40}\[")
_NAME = re.compile(r"[\w .-]{1,60}")


def columns(text: str, table: int) -> Iterator[Cell]:
    """The values of rows in brackets that have as many values as the list of column names in the text has names."""
    if first_match(_NESTED, text) is None:
        return
    for header in (*filter(_is_named, paced_matches(_LIST, text)), *paced_matches(_COMMENT, text)):
        keys = [key.strip() for key in _NAME.findall(header["names"]) if key.strip(" ._-")]
        if not any(map(meaning, keys)):
            continue
        table += 1
        for number, row in enumerate(paced_matches(_ROW, text)):
            if not header.start() <= row.start() < header.end() or header.re is _COMMENT:
                yield from _cells(row, keys, table, number)
        return


def _is_named(names: re.Match[str]) -> bool:
    return _NAMED.search(names.string, max(names.start() - _REACH, 0), names.start()) is not None


def _cells(row: re.Match[str], keys: Sequence[str], table: int, number: int) -> Iterator[Cell]:
    """The values of one row under their keys; none if their number differs."""
    text, (at, end) = row.string, row.span("values")
    spans: list[tuple[int, int]] = []
    while at < end and (value := _VALUE.match(text, at, end)) and value.end() > at:
        spans.append(value.span(value.lastgroup or "bare"))
        at = value.end()
    if len(spans) != len(keys):
        return
    for column, ((start, stop), key) in enumerate(zip(spans, keys, strict=True)):
        if start < stop:
            yield Cell(start, stop, key, table, number, column, CellForm.TABLE)
