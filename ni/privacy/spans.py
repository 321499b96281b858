"""Spans of personal values in code points, how overlapping ones are settled, and the version of the rules."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from pathlib import Path
from sys import maxsize
from typing import NamedTuple

from ni.domain.pii_labels import Label
from ni.privacy.words import (
    no_pause,
)

__all__ = ["Label", "Span", "settle", "within"]

# Values made of words: what another span leaves of them is still worth hiding. Half a card number is not.
_WORDY = frozenset({Label.PERSON, Label.ADDRESS, Label.ORG, Label.LOCATION})
_LONGEST_CROSSING = 256
_SORTED = 4096  # spans that are sorted before others may run


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
    """The spans inside one of the ranges, which are ordered and disjoint."""
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
    settled: list[Span] = []
    for group in _overlapping(_ordered(spans, pause)):
        pause()
        settled += group if len(group) == 1 else _settled(group)
    return settled


def _ordered(spans: Iterable[Span], pause: Callable[[], None]) -> Iterable[Span]:
    """The distinct spans that are not empty, by place; sorted in runs, as one sort of all could not be cut."""
    runs, left = [], iter(spans)
    while some := list(islice(left, _SORTED)):
        pause()
        runs.append(sorted({span for span in some if span.start < span.end}, key=_place))
    return runs[0] if len(runs) == 1 else merge(*runs, key=_place)


def _place(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _overlapping(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """The ordered spans in groups of those that overlap; most groups have one."""
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
    """The disjoint rest of spans that overlap."""
    winners: list[Span] = []
    for span in sorted(
        set(_giving_way(set(group))),
        key=lambda span: (not span.certain, span.start - span.end, span.start, span.label),
    ):
        for piece in _outside(span, winners):
            if piece == span or span.label in _WORDY:
                winners.insert(bisect_left(winners, piece.start, key=_start), piece)
    return winners


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


def _outside(span: Span, winners: list[Span]) -> list[Span]:
    """The parts of the span outside `winners`, which are ordered and disjoint."""
    pieces = []
    start = span.start
    at = max(bisect_left(winners, span.start, key=_start) - 1, 0)
    while at < len(winners) and winners[at].start < span.end:
        if winners[at].end > start:
            if winners[at].start > start:
                pieces.append(Span(start, winners[at].start, span.label, span.certain))
            start = winners[at].end
        at += 1
    if start < span.end:
        pieces.append(span if start == span.start else Span(start, span.end, span.label, span.certain))
    return pieces


Range = tuple[int, int]


FOLDER = Path(__file__).parent
PARTS = (
    "*.py",
    "recognisers/*.py",
    "structure/*.py",
    "names/*.py",
    "people/*.py",
    "people/*.gz",
    "people/*.txt",
    "people/*.toml",
)


def rules_version(folder: Path = FOLDER) -> str:
    """A digest of the code and word lists; changes whenever the same text could give other findings.

    The model's weights are not in it: the names worker reports their version.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in PARTS for path in folder.glob(pattern)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Findings:
    """The spans of a text, settled, and where in it names may stand."""

    spans: tuple[Span, ...] = ()
    prose: tuple[Range, ...] = ()

    @property
    def weight(self) -> int:
        """Size in the cache, in offsets."""
        return 4 + len(self.spans) + len(self.prose)
