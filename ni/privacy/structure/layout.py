"""The parts of a text: blocks of a long text, lines, and cells (`Cell`, one value with its header or key).

`lines` leaves out what tools put before a line: quote marks, marks of a diff, line numbers, file names.

`blocks` cuts a long text so that each part can be read, and its findings cached, without the others. A cut stands at
a blank line if the line before announces nothing and the next begins without indentation, list mark or separator.
Whether such a place is a cut depends only on the next line, so that a change in one place leaves the other blocks
as they are.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple
from zlib import crc32

from ni.privacy.prefilter import paced_matches


class CellForm(StrEnum):
    """How a value is written; it decides how much of the cell is the value."""

    TABLE = "table"  # the whole cell of a table
    QUOTED = "quoted"  # a string between quotes after its key
    DATA = "data"  # an unquoted value after its key, in a data format (YAML, INI, logfmt, a form)
    OPEN = "open"  # what follows a label within a line of prose or code: the value may end earlier
    ARGUMENT = "argument"  # a string handed to a function, whose name is the key


class Cell(NamedTuple):
    """`text[start:end]` is a value.

    Cells of the same `table` and `row` are one record; cells of the same `table` and `column` mean the same thing.
    `parent` is the key under which the record itself stands, where there is one.
    """

    start: int
    end: int
    key: str
    table: int
    row: int
    column: int
    form: CellForm
    parent: str = ""


_NUMBERED = re.compile(r"[ \t>]{0,8}(\d{1,7})[:→\t]")
_MARKS = re.compile(r"(?:[ \t]{0,4}>[ >]{0,16})?(?:[\w./-]{1,120}\.\w{1,8}[:-]\d{1,7}[:-])?(?:[+-](?![+-]))?")
_BREAK = re.compile(r"\n")


def lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line, in order, after its prefix and without the white space at its end."""
    start = 0
    previous = -2
    for match in paced_matches(_BREAK, text):
        begin, previous = _begin(text, start, match.start(), previous)
        yield begin, _end(text, begin, match.start())
        start = match.end()
    begin, _ = _begin(text, start, len(text), previous)
    yield begin, _end(text, begin, len(text))


def _begin(text: str, start: int, end: int, previous: int) -> tuple[int, int]:
    """Where the content of a line begins, and its line number; -2 if it has none."""
    first = text[start : start + 1]
    if first and (first in "+->" or first.isdigit() or first in " \t"):
        numbered = _NUMBERED.match(text, start, end)
        number = int(numbered[1]) if numbered else -2
        follows = number == previous + 1 or _next_is(text, end, number + 1)
        if numbered and follows and numbered.end() < end:
            return _unmarked(text, numbered.end(), end), number
    return _unmarked(text, start, end), -2


def _next_is(text: str, end: int, number: int) -> bool:
    following = _NUMBERED.match(text, end + 1)
    return following is not None and int(following[1]) == number


def _unmarked(text: str, start: int, end: int) -> int:
    marks = _MARKS.match(text, start, end)
    return marks.end() if marks else start


def _end(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in " \t\r":
        end -= 1
    return end


WHOLE = 6_000
"""Characters up to which a text is read as a whole."""
_ONE_IN = 6
_BLOCK_BREAK = re.compile(r"\n(?<![:,|\\\[({]\n)[ \t]*\n(?=([^\W\d_][^\n,;|\t:]{0,80})(?:[\n(:]|$))")


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each block, in order; together they are the text."""
    start = 0
    if len(text) > WHOLE:
        for match in paced_matches(_BLOCK_BREAK, text):
            if crc32(match[1].encode("utf-8", "surrogatepass")) % _ONE_IN == 0:
                yield start, match.end()
                start = match.end()
    if start < len(text):
        yield start, len(text)
