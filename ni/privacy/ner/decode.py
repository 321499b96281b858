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


def people(scores: Any, favour: Any = None) -> Iterator[tuple[int, int]]:
    """First token and end of each person; `favour` is added, token by token, to the scores of people's tags."""
    if favour is not None:
        scores = scores.copy()
        scores[:, FIRST : ONLY + 1] += favour[:, None]
    likely = numpy.exp(scores[:, FIRST : ONLY + 1]).sum(axis=1) > CERTAIN
    at, count = 0, len(scores)
    while at < count:
        if not likely[at]:
            at += 1
            continue
        end = at
        while end < count and likely[end]:
            end += 1
        yield from _people(scores[at:end].tolist(), at)
        at = end


def _people(scores: list[list[float]], offset: int) -> Iterator[tuple[int, int]]:
    start = 0
    for at, tag in enumerate(_best(scores)):
        if tag in (FIRST, ONLY):
            start = at
        if tag in (LAST, ONLY):
            yield offset + start, offset + at + 1


def _best(scores: list[list[float]]) -> list[int]:
    """The best allowed sequence of tags (Viterbi)."""
    best = [scores[0][tag] if tag in NEXT[OUTSIDE] else IMPOSSIBLE for tag in range(len(TAGS))]
    back: list[list[int]] = []
    for row in scores[1:]:
        chosen = [max(BEFORE[tag], key=best.__getitem__) for tag in range(len(TAGS))]
        best = [best[chosen[tag]] + row[tag] for tag in range(len(TAGS))]
        back.append(chosen)
    tag = max((tag for tag in range(len(TAGS)) if tag not in OPEN), key=best.__getitem__)
    tags = [tag]
    for chosen in reversed(back):
        tag = chosen[tag]
        tags.append(tag)
    return tags[::-1]
