"""Where the people of a request stand elsewhere in it: each part of a name, and the user names that are made of one.

`propagate` looks each part of a name that was found up in all other prose of the request. A part that is also a common
word counts only where it is written like a name within a sentence.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from sys import maxsize

from ni.domain.clock import paced
from ni.privacy.lexicon import is_in_dictionaries
from ni.privacy.names.people_names import Part, gender, parts
from ni.privacy.people.lists import AMBIGUOUS, COMMON, PARTICLES
from ni.privacy.recognisers.urls import outside_zones
from ni.privacy.spans import Findings, Label, Range, Span, settle
from ni.privacy.words import ENGLISH, FRENCH, OTHERS, WORD, PauseTimer, Vocabulary, compact, fold, parts_words

_SHORTEST = 3
_SHORTEST_HANDLE = 5
_LONGEST_ACRONYM = 4
_SMALL_WORDS = frozenset(map(fold, (ENGLISH | FRENCH) - {"will"}))
_ELSEWHERE = frozenset(map(fold, OTHERS))
_FEW = 64
"""Up to so many words, searching for each is quicker than reading every word of a text."""
_JOINTS = frozenset("_/\\")  # beside these, it is part of an identifier or of a path


def propagate(
    texts: Sequence[str], findings_of_texts: Sequence[Findings], vocabulary: Vocabulary, timer: PauseTimer
) -> list[list[Span]]:
    """The spans of each text, with every other occurrence of a part of a detected name."""
    names = {
        text[span.start : span.end]
        for text, findings in zip(texts, findings_of_texts, strict=True)
        for span in paced(findings.spans)
        if span.label is Label.PERSON
    }
    known = KnownParts(sorted(names), timer)
    spread = []
    for at, (text, findings) in enumerate(zip(texts, findings_of_texts, strict=True)):
        words = known.among(vocabulary.words[at])
        more = list(known.find(text, vocabulary.folded[at], findings, words, timer)) if words else []
        more = _beyond_names(more, findings.spans)
        more = outside_zones(text, more) if "://" in text else more
        every = (*findings.spans, *more)
        spread.append(settle(every, timer.pause_if_due) if more else list(findings.spans))
    return spread


class KnownParts:
    """The parts of names that the request contains, by the first word of each."""

    def __init__(self, names: Iterable[str], timer: PauseTimer) -> None:
        self._by_word: dict[str, list[tuple[str, bool]]] = {}
        self._handles: dict[str, list[str]] = {}
        seen: set[str] = set()
        for name_parts in map(parts, names):
            timer.pause_if_due()
            for handle in handles(name_parts):
                if handle not in seen:
                    seen.add(handle)
                    self._handles.setdefault(_PARTED.split(handle)[0], []).append(handle)
            mixed = not all(part.text.islower() for part in name_parts)
            for folded in (fold(part.text) for part in name_parts if not (mixed and part.text.islower())):
                if folded not in seen and _telling(folded, len(name_parts)):
                    seen.add(folded)
                    alone = mixed and len(name_parts) == 1
                    self._note(
                        folded, alone and (_is_acronym(name_parts[0].text) or is_in_dictionaries(folded))
                    )

    def _note(self, folded: str, doubtful: bool) -> None:
        first = WORD.search(folded)
        if first:
            common = doubtful or _is_word(folded) or folded in _ELSEWHERE
            self._by_word.setdefault(first[0], []).append((folded, common))

    def among(self, words: frozenset[str]) -> frozenset[str]:
        """Those of a text's words that may begin one of the parts."""
        return words & (self._by_word.keys() | self._handles.keys())

    def find(
        self, text: str, folded: str, findings: Findings, words: frozenset[str], timer: PauseTimer
    ) -> Iterator[Span]:
        """The spans of parts that begin with these words in the prose of a text, but for most inside a found name; and
        of user names anywhere in it."""
        people = [(span.start, span.end) for span in paced(findings.spans) if span.label is Label.PERSON]
        for word in words & self._handles.keys():
            for at in _places(folded, word, [(0, len(folded))]):
                timer.pause_if_due()
                yield from _user_names(folded, at, self._handles[word])
        words &= self._by_word.keys()
        for word in words if len(words) <= _FEW else ():
            longest = max(len(part) for part, _ in self._by_word[word])
            for at in _places(folded, word, findings.prose):
                timer.pause_if_due()
                near = bisect_right(people, (at, maxsize)) - 1
                if near < 0 or people[near][1] < at + longest:
                    yield from self._at(text, folded, at, self._by_word[word])
        for start, end in findings.prose if len(words) > _FEW else ():
            timer.pause_if_due()
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


def _user_names(folded: str, at: int, known: Sequence[str]) -> Iterator[Span]:
    """The user names that stand as whole words at a position; they may be part of a path, never of an identifier."""
    for handle in known:
        end = at + len(handle)
        beside = folded[at - 1 : at] + folded[end : end + 1]
        if (
            folded.startswith(handle, at)
            and parts_words(folded, end)
            and "_" not in beside
            and "." not in beside[1:]
        ):
            yield Span(at, end, Label.PERSON, certain=False)


def _places(folded: str, word: str, ranges: Sequence[Range]) -> Iterator[int]:
    """The positions of the word as a whole word inside the ranges, which are ordered and disjoint."""
    at = folded.find(word) if ranges else -1
    while at >= 0:
        end = at + len(word)
        start, stop = ranges[bisect_right(ranges, (at, maxsize)) - 1]
        if start <= at and end <= stop:
            begins = at == start or not folded[at - 1].isalnum()
            if begins and (end == stop or not folded[end].isalnum()):
                yield at
        at = folded.find(word, end)


def _beyond_names(spans: Sequence[Span], settled: Sequence[Span]) -> list[Span]:
    """The spans that are not inside a detected name; `settled` is ordered and disjoint."""
    starts = [span.start for span in settled] if spans else []

    def within(span: Span) -> bool:
        at = bisect_right(starts, span.start) - 1
        return at >= 0 and settled[at].label is Label.PERSON and span.end <= settled[at].end

    return [span for span in paced(spans) if not within(span)]


_PARTED = re.compile("[._-]")
_SIGNS = ("", ".", "_", "-")


def handles(name: Sequence[Part]) -> set[str]:
    """The user names that are made of a whole name: `flast`, `first.last`, `firstl`, `lastf`, `last_first`."""
    given = next((compact(part.text) for part in name if part.given), "")
    family = next((compact(part.text) for part in name if not part.given), "")
    if not given or len(family) < _SHORTEST:
        return set()
    combinations = {given[0] + family, family + given[0], given + family[0]}
    for sign in _SIGNS:
        combinations |= {given + sign + family, family + sign + given}
    return {
        handle
        for handle in combinations
        if len(handle) >= _SHORTEST_HANDLE and handle.isascii() and not is_in_dictionaries(handle)
    }


def _is_acronym(text: str) -> bool:
    return text.isupper() and len(text) <= _LONGEST_ACRONYM


def _is_word(folded: str) -> bool:
    """Whether it is more often a word than a name."""
    return folded in COMMON and (gender(folded) is None or folded in AMBIGUOUS)


def _telling(folded: str, parts_in_name: int) -> bool:
    """Whether the part alone identifies a name; one that was found alone must not be a common word."""
    if len(folded) < _SHORTEST or folded in PARTICLES or folded in _SMALL_WORDS:
        return False
    return parts_in_name > 1 or folded not in COMMON or gender(folded) is not None


def _begins_sentence(text: str, at: int) -> bool:
    before = text[max(at - 3, 0) : at].rstrip(" \t")
    return not before or before[-1] in '.!?:\n-*>"«(•#'
