"""Rows without a header: lines with the same separator, or one line with an address or a telephone number in it."""

import re
from collections.abc import Iterator, Sequence

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.tables import separator_of, split

_CODE = re.compile(r"[{}=<>]|\w\(|;$|->|^\s*(?://|#|\*|\()|\)[,;]?$|,$|^\s*[\"'][^\"']{0,60}[\"']\s*:")
_TELLING = re.compile(r"@|(?<!\d)(?:\+?1[ -]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(?!\d)")
_LONGEST_CELL = 80
_LONGEST_LINE = 600
_FEWEST = 3


def bare_rows(text: str, lines: Sequence[tuple[int, int]], taken: set[int], table: int) -> Iterator[Cell]:
    """The cells of such rows under empty keys; lines that start at a place in `taken` belong to other tables."""
    block: list[list[tuple[int, int]]] = []
    shape = ("", 0)
    for start, end in lines:
        places, separator = _row(text, start, end) if start not in taken else ([], "")
        if (separator, len(places)) != shape:
            yield from _block(text, block, table)
            table, block, shape = table + 1, [], (separator, len(places))
        if places:
            block.append(places)
    yield from _block(text, block, table)


def _row(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], str]:
    """The cells of a line that may be a row."""
    line = text[start:end] if end - start <= _LONGEST_LINE else ""
    separator = separator_of(line)
    if not separator or (separator == "  " and not _TELLING.search(line)) or _CODE.search(line):
        return [], ""
    places = split(text, start, end, separator)
    if len(places) < 2 or any(last - first > _LONGEST_CELL for first, last in places):
        return [], ""
    return places, separator


def _block(text: str, block: Sequence[list[tuple[int, int]]], table: int) -> Iterator[Cell]:
    if len(block) < _FEWEST and not any(_TELLING.search(text, row[0][0], row[-1][1]) for row in block):
        return
    for row, places in enumerate(block):
        for column, (start, end) in enumerate(places):
            if start < end:
                yield Cell(start, end, "", table, row, column, Form.TABLE)
