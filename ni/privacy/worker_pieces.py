"""Cuts texts into the pieces that a worker reads, and puts what was found back at its place in the text.

A piece is at most two kilobytes and ends at a line, else at a space, else anywhere: a text of a megabyte without a
space costs no more than any other. Lines of code are pieces of their own, since many are alike and each is read once.
Pieces without two letters in a row name nobody and are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ni.privacy.code import looks_like_code
from ni.privacy.spans import Span

PIECE_CHARS = 2000
LETTERS = re.compile(r"[^\W\d_]{2}")
BREAKS = ("\n", ". ", " ")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of text number `text_number`, beginning at `offset`."""

    text_number: int
    offset: int
    text: str


def cut(text_number: int, text: str) -> Iterator[Piece]:
    """The pieces of one text, in order."""
    start = 0
    while start < len(text):
        end = start + PIECE_CHARS
        if end < len(text):
            # Only the second half is searched, so that every piece moves on by a thousand characters at least.
            middle = start + PIECE_CHARS // 2
            at = next((at for mark in BREAKS if (at := text.rfind(mark, middle, end)) >= 0), end - 1)
            end = at + 1
        for first, last in _units(text, start, end):
            if LETTERS.search(text, first, last):
                yield Piece(text_number, first, text[first:last])
        start = end


def _units(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines of code in a range, each alone, and what stands between them; in order, without gaps."""
    first = at = start
    while at < end:
        line_end = text.find("\n", at, end) + 1 or end
        if looks_like_code(text[at:line_end]):
            if first < at:
                yield first, at
            yield at, line_end
            first = line_end
        at = line_end
    if first < end:
        yield first, end


def gather(texts: int, pieces: Sequence[Piece], found: Sequence[list[Span]]) -> list[list[Span]]:
    """The spans of every text, from those of its pieces."""
    gathered: list[list[Span]] = [[] for _ in range(texts)]
    for piece, spans in zip(pieces, found, strict=True):
        gathered[piece.text_number] += [
            Span(span.start + piece.offset, span.end + piece.offset, span.label, certain=False)
            for span in spans
        ]
    return gathered
