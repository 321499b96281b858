"""Reads people off the scores of tags: the most likely sequence in which every person that begins also ends."""

from collections.abc import Iterator
from typing import Any

import numpy

from ni.privacy.ner.network import TAGS

OUTSIDE, FIRST, INNER, LAST, ONLY = range(len(TAGS))
NEXT = {
    OUTSIDE: (OUTSIDE, FIRST, ONLY),
    FIRST: (INNER, LAST),
    INNER: (INNER, LAST),
    LAST: (OUTSIDE, FIRST, ONLY),
    ONLY: (OUTSIDE, FIRST, ONLY),
}
BEFORE = {tag: tuple(other for other, following in NEXT.items() if tag in following) for tag in NEXT}
OPEN = (FIRST, INNER)
"""A text does not end in these."""
CERTAIN = 0.01
"""Where all tags of people together are less likely than this, nobody is looked for."""
IMPOSSIBLE = -1e9


def people(scores: Any, bias: float = 0.0) -> Iterator[tuple[int, int]]:
    """First token and end of each person; `bias` is added to the scores of people's tags."""
    likely = numpy.exp(scores[:, FIRST : ONLY + 1]).sum(axis=1) > CERTAIN
    at, count = 0, len(scores)
    while at < count:
        if not likely[at]:
            at += 1
            continue
        end = at
        while end < count and likely[end]:
            end += 1
        yield from _people(scores[at:end].tolist(), at, bias)
        at = end


def _people(scores: list[list[float]], offset: int, bias: float) -> Iterator[tuple[int, int]]:
    tags = _best(scores, bias)
    start = 0
    for at, tag in enumerate(tags):
        if tag in (FIRST, ONLY):
            start = at
        if tag in (LAST, ONLY):
            yield offset + start, offset + at + 1


def _best(scores: list[list[float]], bias: float) -> list[int]:
    """The best allowed sequence of tags (Viterbi)."""
    added = [bias if FIRST <= tag <= ONLY else 0.0 for tag in range(len(TAGS))]
    best = [scores[0][tag] + added[tag] if tag in NEXT[OUTSIDE] else IMPOSSIBLE for tag in range(len(TAGS))]
    back: list[list[int]] = []
    for row in scores[1:]:
        chosen = [max(BEFORE[tag], key=best.__getitem__) for tag in range(len(TAGS))]
        best = [best[chosen[tag]] + row[tag] + added[tag] for tag in range(len(TAGS))]
        back.append(chosen)
    tag = max((tag for tag in range(len(TAGS)) if tag not in OPEN), key=best.__getitem__)
    tags = [tag]
    for chosen in reversed(back):
        tag = chosen[tag]
        tags.append(tag)
    return tags[::-1]
