"""Where the numbers of a request stand again in it, written in one run: `"4185558827"` beside `<418-555-8827>`.

A number that was found once, by its words or its groups, is the same number wherever its signs stand as one word:
nothing needs to announce it there.
"""

from collections.abc import Sequence

from ni.domain.clock import paced
from ni.privacy.spans import Findings, Label, Span
from ni.privacy.words import fold

_NUMBERS = frozenset(
    {
        Label.PHONE,
        Label.SIN,
        Label.HEALTH_CARD,
        Label.BANK_ACCOUNT,
        Label.CREDIT_CARD,
        Label.DRIVER_LICENCE,
        Label.PASSPORT,
    }
)
_FEWEST_DIGITS, _SHORTEST, _LONGEST = 6, 7, 24
_NORTH_AMERICAN = 10
_PART_OF_MORE = frozenset("-/_.")
"""Beside these, a run of digits is a part of a version, a path, a UUID or an identifier."""


class KnownNumbers:
    """The numbers that were found in a request, each as one run of its letters and digits."""

    def __init__(self, texts: Sequence[str], findings_of_texts: Sequence[Findings]) -> None:
        self._labels: dict[str, Label] = {}
        for text, findings in paced(zip(texts, findings_of_texts, strict=True)):
            for span in paced(findings.spans):
                if span.label in _NUMBERS and span.end - span.start <= 2 * _LONGEST:
                    self._note("".join(filter(str.isalnum, text[span.start : span.end])), span.label)

    def _note(self, run: str, label: Label) -> None:
        if not _SHORTEST <= len(run) <= _LONGEST or sum(map(str.isdigit, run)) < _FEWEST_DIGITS:
            return
        self._labels.setdefault(fold(run), label)
        if label is Label.PHONE and len(run) == _NORTH_AMERICAN:
            self._labels.setdefault(f"1{run}", label)
        if label is Label.PHONE and len(run) == _NORTH_AMERICAN + 1 and run[0] == "1":
            self._labels.setdefault(run[1:], label)

    def among(self, words: frozenset[str]) -> frozenset[str]:
        """Those of a text's words that are one of the numbers."""
        return words & self._labels.keys()

    def at(self, folded: str, word: str, start: int) -> Span | None:
        """The span of one of these words at its place, if it is no part of something longer there."""
        end = start + len(word)
        beside = folded[start - 1 : start] + folded[end : end + 1].rstrip(".")
        return None if any(sign in _PART_OF_MORE for sign in beside) else Span(start, end, self._labels[word])
