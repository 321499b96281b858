"""Which of many forms a request says itself: their words one after another, whatever stands between them.

One walk over the request, however many forms are asked for: a search for each would cost the product of both.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ni.domain.clock import paced
from ni.privacy.prefilter import paced_matches

_PIECE = re.compile(r"[0-9]+|[a-z]+|[^\W_]")
"""A number, a word of the letters that folding leaves, or one letter of a script that may write no spaces."""


def said(forms: Iterable[str], texts: Sequence[str]) -> set[str]:
    """Those of the forms that one of the folded texts says."""
    wanted: dict[tuple[str, ...], list[str]] = {}
    sizes: dict[str, set[int]] = {}
    for form in paced(forms):
        pieces = tuple(_PIECE.findall(form))
        wanted.setdefault(pieces, []).append(form)
        sizes.setdefault(pieces[0], set()).add(len(pieces))
    return {
        form
        for text in (texts if wanted else ())
        for run in _runs(text, sizes)
        for form in wanted.get(run, ())
    }


def _runs(text: str, sizes: dict[str, set[int]]) -> Iterator[tuple[str, ...]]:
    """The runs of pieces of a text that begin with one of these and have one of the sizes it has."""
    pieces = [match[0] for match in paced_matches(_PIECE, text)]
    for at, first in paced(enumerate(pieces)):
        for size in sizes.get(first, ()):
            yield tuple(pieces[at : at + size])
