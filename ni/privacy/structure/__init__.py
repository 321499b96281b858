"""Structure as evidence: what the header, the key or the label of a value says about it.

`read` gives the values that tables, records and labels announce in a text, and the places that contain no person.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from ni.domain.clock import give_way, paced
from ni.privacy.spans import Label, Span
from ni.privacy.structure.columns import columns
from ni.privacy.structure.cues import accounts, cues
from ni.privacy.structure.file_names import file_names
from ni.privacy.structure.findings import StructureFindings, findings
from ni.privacy.structure.formats import exchanges, markup, sql, valued, vcard
from ni.privacy.structure.layout import Cell, blocks, lines
from ni.privacy.structure.logins import logins, owners_of_mail
from ni.privacy.structure.mail import encoded_names, mail
from ni.privacy.structure.meanings import meaning, normal
from ni.privacy.structure.pairs import enclosed, pairs
from ni.privacy.structure.positional import positional
from ni.privacy.structure.printed import printed
from ni.privacy.structure.shapes import (
    facts,
    is_listed,
    is_listed_family,
    is_listed_given,
    is_word,
)
from ni.privacy.structure.tables import bare_rows, tables
from ni.privacy.words import no_pause

__all__ = [
    "Cell",
    "StructureFindings",
    "agreed",
    "blocks",
    "cells",
    "find",
    "forget",
    "not_people",
    "outside",
    "read",
    "read_block",
]
_MORE_OF_A_NAME = re.compile(r"(?:[ '’-]?[^\W\d_]+\.?)*")
_MORE_BEFORE = re.compile(r"(?:[^\W\d_]+\.?[ '’-])*")
_WORDS = frozenset({Label.PERSON, Label.ADDRESS})
_ROWS = frozenset("\n,;\t|")
_APART = 1_000_000  # between the numbers of tables of different readers
_FREED = 10_000  # rows at once: to free a million of them takes longer than others may be kept waiting


_READERS = (
    (cues, 7),
    (markup, 2),
    (sql, 3),
    (vcard, 4),
    (enclosed, 8),
    (exchanges, 9),
    (printed, 10),
    (columns, 11),
    (valued, 12),
    (positional, 13),
)
"""The readers that need the text alone, each with the place of its tables."""


def cells(text: str) -> Iterator[Cell]:
    """The cells of every table and record in the text."""
    headed: set[int] = set()
    rows: list[tuple[int, int]] = []
    if not _ROWS.isdisjoint(text):
        rows = list(lines(text))
        yield from tables(text, rows, 5 * _APART, headed)
        yield from bare_rows(text, rows, headed, 6 * _APART)
    yield from pairs(text, 0)
    yield from mail(text, _APART, [row for row in paced(rows) if row[0] in headed])
    while rows:
        del rows[-_FREED:]
        give_way()
    for reader, number in _READERS:
        give_way()
        yield from reader(text, number * _APART)


def read(text: str, pause: Callable[[], None] = no_pause) -> StructureFindings:
    """The findings of a whole text; `pause` is called for each cell, so that other greenlets may run."""
    try:
        return read_block(text, pause)
    finally:
        forget()


def read_block(text: str, pause: Callable[[], None]) -> StructureFindings:
    """The findings of one of several blocks of a text; call `forget` after the last one."""
    read_cells = []
    for cell in cells(text):
        pause()
        read_cells.append(cell)
    result = findings(text, read_cells, pause)
    give_way()
    result.spans += (*accounts(text), *logins(text), *owners_of_mail(text))
    give_way()
    result.spans += (*encoded_names(text), *file_names(text))
    give_way()
    result.spans = outside(result.spans, result.nobody)
    return result


def forget() -> None:
    """Empty the caches of words and keys, so that nothing of a text stays in memory."""
    for remembered in (meaning, normal, facts, is_listed, is_listed_family, is_listed_given, is_word):
        remembered.cache_clear()


def find(text: str) -> list[Span]:
    """The values among the findings of a text."""
    return read(text).spans


def not_people(text: str) -> list[tuple[int, int]]:
    """The places among the findings of a text that contain no person."""
    return read(text).nobody


def agreed(text: str, announced: Iterable[Span], guessed: Sequence[Span]) -> list[Span]:
    """The spans that structure announced, without those that a recogniser proved to be shorter.

    A name that a label cut short gets the ends that the model gave it.
    """
    proven = {(span.start, span.label): span.end for span in paced(guessed) if span.certain}
    names = sorted(span for span in paced(guessed) if span.label is Label.PERSON)
    starts = [span.start for span in names]
    whole = []
    for span in paced(announced):
        if proven.get((span.start, span.label), span.end) < span.end and span.label not in _WORDS:
            continue  # the check of a value that proves itself gives its end
        at = bisect_right(starts, span.start) - 1
        if span.label is Label.PERSON and at >= 0 and span.end <= names[at].end:
            more = _MORE_OF_A_NAME.fullmatch(text, span.end, names[at].end)
            before = _MORE_BEFORE.fullmatch(text, names[at].start, span.start)
            if more and before:
                span = Span(names[at].start, names[at].end, Label.PERSON)  # noqa: PLW2901
        whole.append(span)
    return whole


def outside(spans: Iterable[Span], nobody: Sequence[tuple[int, int]]) -> list[Span]:
    """The spans without uncertain people in the places `nobody`."""
    places = sorted(nobody)
    starts = [place[0] for place in places]
    return [
        span
        for span in paced(spans)
        if span.label is not Label.PERSON or span.certain or not _touches(span, places, starts)
    ]


def _touches(span: Span, places: Sequence[tuple[int, int]], starts: Sequence[int]) -> bool:
    at = bisect_right(starts, span.start) - 1
    return (at >= 0 and places[at][1] > span.start) or (at + 1 < len(starts) and starts[at + 1] < span.end)
