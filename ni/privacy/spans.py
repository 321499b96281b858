"""Where in a text a personal value stands: spans in code points, their labels, and how overlapping ones are settled."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import maxsize
from typing import NamedTuple

from ni.domain.labels import Label
from ni.privacy.breaks import no_pause

__all__ = ["Label", "Span", "settle", "within"]

# Values made of words: what another span leaves of them is still worth hiding. Half a card number is not.
_WORDY = frozenset({Label.PERSON, Label.ADDRESS, Label.ORG, Label.LOCATION})
_LONGEST_CROSSING = 256


class Span(NamedTuple):
    """`text[start:end]` is a value of this kind; `certain` ones were validated and win over guesses.

    A tuple: tables hold tens of thousands, and are made, compared and sorted in C.
    """

    start: int
    end: int
    label: Label
    certain: bool = True

    def moved(self, by: int) -> "Span":
        """The same span in a text that begins `by` characters earlier."""
        return Span(self.start + by, self.end + by, self.label, self.certain)


def within(spans: Iterable[Span], ranges: Sequence[tuple[int, int]]) -> list[Span]:
    """The spans that lie in one of the ranges, which are in order and apart."""
    return [
        span
        for span in spans
        if (at := bisect_right(ranges, (span.start, maxsize)) - 1) >= 0 and span.end <= ranges[at][1]
    ]


def settle(spans: Iterable[Span], pause: Callable[[], None] = no_pause) -> list[Span]:
    """Spans that do not overlap, in order: certain ones first, then longer ones, then earlier ones.

    A name or an address gives way where a patterned value reaches out of it. Of one that loses, the parts outside of
    the span that wins stay.
    """
    kept: list[Span] = []
    for group in _overlapping(sorted({span for span in spans if span.start < span.end}, key=_place)):
        pause()
        kept += group if len(group) == 1 else _settled(group)
    return kept


def _place(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _overlapping(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """The spans, which are in order, in groups that overlap nothing outside of them: most are alone in theirs."""
    group: list[Span] = []
    end = -1
    for span in spans:
        if span.start >= end and group:
            yield group
            group = []
        group.append(span)
        end = max(end, span.end)
    if group:
        yield group


def _settled(group: Sequence[Span]) -> list[Span]:
    """What is kept of spans that overlap one another."""
    kept: list[Span] = []
    for span in sorted(
        set(_giving_way(set(group))),
        key=lambda span: (not span.certain, span.start - span.end, span.start, span.label),
    ):
        for piece in _outside(span, kept):
            if piece == span or span.label in _WORDY:
                kept.insert(bisect_left(kept, piece.start, key=_start), piece)
    return kept


def _start(span: Span) -> int:
    return span.start


def _giving_way(spans: set[Span]) -> Iterator[Span]:
    """The spans, with names and addresses cut where a patterned value reaches out of them."""
    patterned = sorted(span for span in spans if span.certain and span.label not in _WORDY)
    for span in spans:
        yield _cut(span, patterned) if span.label in _WORDY and patterned else span


def _cut(span: Span, patterned: Sequence[Span]) -> Span:
    """The span up to those of the others that begin in it and end behind, and from those that begin before."""
    start, end = span.start, span.end
    near = bisect_left(patterned, start - _LONGEST_CROSSING, key=_start)
    for other in patterned[near : bisect_left(patterned, end, key=_start)]:
        if other.start < start < other.end < end:
            start = other.end
        elif start < other.start < end < other.end:
            end = other.start
    return span if (start, end) == (span.start, span.end) else Span(start, end, span.label, span.certain)


def _outside(span: Span, kept: list[Span]) -> list[Span]:
    """What of the span no kept one covers; `kept` is in order and free of overlaps."""
    pieces = []
    start = span.start
    at = max(bisect_left(kept, span.start, key=_start) - 1, 0)
    while at < len(kept) and kept[at].start < span.end:
        if kept[at].end > start:
            if kept[at].start > start:
                pieces.append(Span(start, kept[at].start, span.label, span.certain))
            start = kept[at].end
        at += 1
    if start < span.end:
        pieces.append(span if start == span.start else Span(start, span.end, span.label, span.certain))
    return pieces
