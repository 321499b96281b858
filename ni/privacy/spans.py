"""Spans of personal values in code points, how overlapping ones are settled, and the version of the rules."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from pathlib import Path
from sys import maxsize
from typing import Any, NamedTuple

from ni.domain.clock import paced
from ni.domain.pii_labels import Label
from ni.privacy.words import no_pause

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
        settled += group if len(group) == 1 else _settled(group, pause)
    return settled


def _place(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _rank(span: Span) -> tuple[bool, int, int, Label]:
    return not span.certain, span.start - span.end, span.start, span.label


def _ordered(
    spans: Iterable[Span], pause: Callable[[], None], key: Callable[[Span], Any] = _place
) -> Iterable[Span]:
    """The spans that are not empty, hardly any twice; sorted in runs, as one sort of all could not be cut."""
    runs, left = [], iter(spans)
    while some := list(islice(left, _SORTED)):
        pause()
        runs.append(sorted({span for span in some if span.start < span.end}, key=key))
    return runs[0] if len(runs) == 1 else merge(*runs, key=key)


def _overlapping(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """The ordered spans in groups of those that overlap; most groups have one."""
    group: list[Span] = []
    end = -1
    for span in paced(spans):
        if span.start >= end and group:
            yield group
            group = []
        group.append(span)
        end = max(end, span.end)
    if group:
        yield group


def _settled(group: Sequence[Span], pause: Callable[[], None]) -> list[Span]:
    """The disjoint rest of spans that overlap."""
    winners, held = [], _Held()
    for span in paced(_ordered(_giving_way(group, pause), pause, _rank)):
        for start, end in held.gaps(span.start, span.end):
            whole = end - start == span.end - span.start
            if whole or span.label in _WORDY:
                winners.append(span if whole else Span(start, end, span.label, span.certain))
                held.add(start, end)
    return list(paced(_ordered(winners, pause)))


class _Held:
    """The places that are given away, as ranges that do not touch: of a chain of names few are left to go through."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def gaps(self, start: int, end: int) -> list[tuple[int, int]]:
        """What is free between two places."""
        free, at = [], bisect_right(self._ends, start)
        while at < len(self._starts) and self._starts[at] < end:
            if self._starts[at] > start:
                free.append((start, self._starts[at]))
            start = self._ends[at]
            at += 1
        return [*free, (start, end)] if start < end else free

    def add(self, start: int, end: int) -> None:
        """Give a free range away."""
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]


def _start(span: Span) -> int:
    return span.start


def _giving_way(spans: Sequence[Span], pause: Callable[[], None]) -> Iterator[Span]:
    """The spans, with names and addresses cut where a patterned value reaches out of them."""
    certain = (span for span in paced(spans) if span.certain and span.label not in _WORDY)
    patterned = list(_ordered(certain, pause))
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
