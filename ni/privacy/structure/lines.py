"""The lines of a text without what tools put before them: quote marks, marks of a diff, line numbers, file names."""

import re
from collections.abc import Iterator

_NUMBERED = re.compile(r"[ \t>]{0,8}(\d{1,7})[:→\t]")
_MARKS = re.compile(r"(?:[ \t]{0,4}>[ >]{0,16})?(?:[\w./-]{1,120}\.\w{1,8}[:-]\d{1,7}[:-])?(?:[+-](?![+-]))?")
_BREAK = re.compile(r"\n")


def lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line, in order, after its prefix and without the white space at its end."""
    start = 0
    previous = -2
    for match in _BREAK.finditer(text):
        begin, previous = _begin(text, start, match.start(), previous)
        yield begin, _end(text, begin, match.start())
        start = match.end()
    begin, _ = _begin(text, start, len(text), previous)
    yield begin, _end(text, begin, len(text))


def _begin(text: str, start: int, end: int, previous: int) -> tuple[int, int]:
    """Where the content of a line begins, and its number if it bears one."""
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
