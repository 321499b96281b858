"""A person named once is hidden everywhere: the parts of the names that were found, looked up in all other prose.

Done after the cache, since it depends on the whole request. A part that is also a common word counts only where it is
written like a name and does not begin a sentence.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from sys import maxsize

from ni.privacy.names.people_names import Part, gender, parts
from ni.privacy.people.lists import AMBIGUOUS, COMMON, PARTICLES
from ni.privacy.people_of_request import compact
from ni.privacy.recognisers import registry
from ni.privacy.spans import Findings, Label, Range, Span, settle
from ni.privacy.vocabulary import Breaks, Vocabulary
from ni.privacy.words import ENGLISH, FRENCH, OTHERS, WORD, fold, parts_words

_SHORTEST = 3
_SHORTEST_HANDLE = 5
_SMALL_WORDS = frozenset(map(fold, (ENGLISH | FRENCH) - {"will"}))
_ELSEWHERE = frozenset(map(fold, OTHERS))
_FEW = 64
"""Words that are found quicker one by one than by reading every word of a text."""
_JOINTS = frozenset("_/\\")  # beside these, it is part of an identifier or of a path


class KnownParts:
    """The parts of names that the request contains, by the first word of each."""

    def __init__(self, names: Iterable[str], breaks: Breaks) -> None:
        self._by_word: dict[str, list[tuple[str, bool]]] = {}
        seen: set[str] = set()
        for found in map(parts, names):
            breaks.take()
            for handle in handles(found):
                if handle not in seen:
                    seen.add(handle)
                    self._by_word.setdefault(handle, []).append((handle, False))
            mixed = not all(part.text.islower() for part in found)
            for folded in (fold(part.text) for part in found if not (mixed and part.text.islower())):
                if folded not in seen and _telling(folded, len(found)):
                    seen.add(folded)
                    self._note(folded)

    def _note(self, folded: str) -> None:
        first = WORD.search(folded)
        if first:
            self._by_word.setdefault(first[0], []).append((folded, _is_word(folded) or folded in _ELSEWHERE))

    def among(self, words: frozenset[str]) -> frozenset[str]:
        """Those of a text's words that may begin one of the parts."""
        return words & self._by_word.keys()

    def find(
        self, text: str, folded: str, findings: Findings, words: frozenset[str], breaks: Breaks
    ) -> Iterator[Span]:
        """Where the parts that begin with these words stand in the prose of a text."""
        for word in words if len(words) <= _FEW else ():
            for at in _places(folded, word, findings.prose):
                breaks.take()
                yield from self._at(text, folded, at, self._by_word[word])
        for start, end in findings.prose if len(words) > _FEW else ():
            breaks.take()
            for match in WORD.finditer(folded, start, end):
                if match[0] in words:
                    yield from self._at(text, folded, match.start(), self._by_word[match[0]])

    def _at(self, text: str, folded: str, at: int, known: Sequence[tuple[str, bool]]) -> Iterator[Span]:
        for part, common in known:
            end = at + len(part)
            if not folded.startswith(part, at) or not parts_words(text, end) or not parts_words(text, at):
                continue
            if text[at - 1 : at] in _JOINTS or text[end : end + 1] in _JOINTS:
                continue
            if not common or (text[at].isupper() and not _begins_sentence(text, at)):
                yield Span(at, end, Label.PERSON, certain=False)


def _places(folded: str, word: str, ranges: Sequence[Range]) -> Iterator[int]:
    """Where the word stands in one of the ranges, which are in order and apart, as a word of its own."""
    at = folded.find(word) if ranges else -1
    while at >= 0:
        end = at + len(word)
        start, stop = ranges[bisect_right(ranges, (at, maxsize)) - 1]
        if start <= at and end <= stop:
            begins = at == start or not folded[at - 1].isalnum()
            if begins and (end == stop or not folded[end].isalnum()):
                yield at
        at = folded.find(word, end)


def _beyond_names(spans: Sequence[Span], found: Sequence[Span]) -> list[Span]:
    """The spans that are no part of a name that was found; all of those are in order and apart."""
    starts = [span.start for span in found] if spans else []

    def within(span: Span) -> bool:
        at = bisect_right(starts, span.start) - 1
        return at >= 0 and found[at].label is Label.PERSON and span.end <= found[at].end

    return [span for span in spans if not within(span)]


def handles(name: Sequence[Part]) -> set[str]:
    """The user names that are made of a whole name: `flast`, `firstlast`, `lastf`, `lastfirst`."""
    given = next((compact(part.text) for part in name if part.given), "")
    family = next((compact(part.text) for part in name if not part.given), "")
    if not given or len(family) < _SHORTEST:
        return set()
    made = {given[0] + family, given + family, family + given[0], family + given}
    return {
        handle
        for handle in made
        if len(handle) >= _SHORTEST_HANDLE and handle.isascii() and handle not in COMMON
    }


def _is_word(folded: str) -> bool:
    """Whether it is more often a word than a name."""
    return folded in COMMON and (gender(folded) is None or folded in AMBIGUOUS)


def _telling(folded: str, parts_in_name: int) -> bool:
    """Whether a lone part names somebody: a word that stood alone must be more than a common one."""
    if len(folded) < _SHORTEST or folded in PARTICLES or folded in _SMALL_WORDS:
        return False
    return parts_in_name > 1 or folded not in COMMON or gender(folded) is not None


def _begins_sentence(text: str, at: int) -> bool:
    before = text[max(at - 3, 0) : at].rstrip(" \t")
    return not before or before[-1] in '.!?:\n-*>"«(•#'


def propagated(
    texts: Sequence[str], found: Sequence[Findings], vocabulary: Vocabulary, breaks: Breaks
) -> list[list[Span]]:
    """The spans of each text, with the parts of names that were found in any of them."""
    names = {
        text[span.start : span.end]
        for text, findings in zip(texts, found, strict=True)
        for span in findings.spans
        if span.label is Label.PERSON
    }
    known = KnownParts(sorted(names), breaks)
    spread = []
    for at, (text, findings) in enumerate(zip(texts, found, strict=True)):
        words = known.among(vocabulary.words[at])
        more = list(known.find(text, vocabulary.folded[at], findings, words, breaks)) if words else []
        more = _beyond_names(more, findings.spans)
        more = registry.outside_zones(text, more) if "://" in text else more
        spread.append(settle([*findings.spans, *more]) if more else list(findings.spans))
    return spread
