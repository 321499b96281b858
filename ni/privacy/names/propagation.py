"""Where the people of a request stand elsewhere in it: each part of a name, and the user names that are made of one.
And where its numbers do.

`propagate` looks each part of a name that was found up in the rest of the request. A part that is also a common word
counts only where it is written like a name within a sentence. One that is in no dictionary counts in names of
documents and in code too, but where it is an identifier; other parts count there as the whole of a cell.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import cache
from sys import maxsize

from ni.domain.clock import paced
from ni.privacy.known_numbers import KnownNumbers
from ni.privacy.lexicon import is_in_dictionaries, read_named
from ni.privacy.names.people_names import Part, gender, parts
from ni.privacy.people.lists import AMBIGUOUS, COMMON, PARTICLES
from ni.privacy.prefilter import paced_matches
from ni.privacy.recognisers.urls import outside_zones
from ni.privacy.spans import Findings, Label, Range, Span, settle
from ni.privacy.structure.file_names import DOCUMENTS
from ni.privacy.words import ENGLISH, FRENCH, OTHERS, WORD, PauseTimer, Vocabulary, compact, fold, parts_words

_SHORTEST = 3
_SHORTEST_HANDLE = 5
_LONGEST_ACRONYM = 4
_SMALL_WORDS = frozenset(map(fold, (ENGLISH | FRENCH) - {"will"}))
_ELSEWHERE = frozenset(map(fold, OTHERS))
_NEAR = 40
"""Characters between the two cells that hold a person's names."""
_FEW = 64
"""Up to so many words, searching for each is quicker than reading every word of a text."""
_JOINTS = frozenset("_/\\")  # beside these, it is part of an identifier or of a path
_TEXTS = 16  # texts of a request that are taken before others may run
_RUN = 64  # characters of an identifier or path that are read to either side
_DOCUMENT = re.compile(rf"(?i)[\w-]*\.(?:{DOCUMENTS})(?!\w)")
_ITALIC_BEFORE, _ITALIC_AFTER = re.compile(r"(?<!\w)_{1,3}\Z"), re.compile(r"_{1,3}(?!\w)")
_CELL_BEFORE, _CELL_AFTER = re.compile(r"[|;,\t\n\"'`│][ ]?\Z"), re.compile(r"[ ]*(?:[|;,\t\n\"'`│]|\Z)")
_CELL = r"(?P<word>[^\W\d_][^\W_]*)?"
_BEFORE_CELL = re.compile(rf"(?:{_CELL}[\"'`]?[ ]*[|;,\t│]|\n|^)[ ]*[\"'`]?\Z")
_AFTER_CELL = re.compile(rf"[\"'`]?[ ]*(?:[|;,\t│][ ]*[\"'`]?{_CELL}|\n|\Z)")
_IDENTIFIED_BEFORE = re.compile(r"(?:\w[.]|[$@]|->|::|\b(?:class|new|import|struct|type|interface|enum) )\Z")
_IDENTIFIED_AFTER = re.compile(r"\(|::|->|<[A-Z]|\.\w+\(|\??\.\w+[.=\[]")


def propagate(
    texts: Sequence[str], findings_of_texts: Sequence[Findings], vocabulary: Vocabulary, timer: PauseTimer
) -> list[list[Span]]:
    """The spans of each text, with every other occurrence of a part of a detected name."""
    names = {
        text[span.start : span.end]
        for text, findings in paced(zip(texts, findings_of_texts, strict=True))
        for span in paced(findings.spans)
        if span.label is Label.PERSON
    }
    known = KnownParts(sorted(names), timer)
    for text, findings in paced(zip(texts, findings_of_texts, strict=True)):
        known.note_neighbours(text, findings)
    numbers = KnownNumbers(texts, findings_of_texts)
    spread = []
    for at, (text, findings) in enumerate(paced(zip(texts, findings_of_texts, strict=True), _TEXTS)):
        words = known.among(vocabulary.words[at])
        more = list(known.find(text, vocabulary.folded[at], findings, words, timer)) if words else []
        more = _beyond_names(more, findings.spans)
        again = numbers.among(vocabulary.words[at])
        for word, start in _all_places(vocabulary.folded[at], again):
            timer.pause_if_due()
            span = numbers.at(vocabulary.folded[at], word, start)
            more += [span] if span and not _is_found(span, findings.spans) else []
        more = outside_zones(text, more) if "://" in text else more
        every = (*findings.spans, *more)
        spread.append(settle(every, timer.pause_if_due) if more else list(findings.spans))
    return spread


class Meant(IntEnum):
    """How surely a part of a name that stands elsewhere is that name: it is a common word too, in dictionaries, or
    in none."""

    COMMON = 0
    WORD = 1
    NAME = 2


class KnownParts:
    """The parts of names that the request contains, by the first word of each."""

    def __init__(self, names: Iterable[str], timer: PauseTimer) -> None:
        self._by_word: dict[str, list[tuple[str, Meant]]] = {}
        self._handles: dict[str, list[str]] = {}
        self._seen: set[str] = set()
        seen: set[str] = set()
        for name_parts in map(parts, names):
            timer.pause_if_due()
            self._note_handles(name_parts)
            mixed = not all(part.text.islower() for part in name_parts)
            for folded in (fold(part.text) for part in name_parts if not (mixed and part.text.islower())):
                if folded not in seen and _telling(folded, len(name_parts)):
                    seen.add(folded)
                    alone = mixed and len(name_parts) == 1
                    self._note(
                        folded, alone and (_is_acronym(name_parts[0].text) or is_in_dictionaries(folded))
                    )

    def note_neighbours(self, text: str, findings: Findings) -> None:
        """Note the user names of people whose given name and surname stand in two cells, in either order."""
        noted: set[tuple[str, str]] = set()
        before = Span(0, 0, Label.PERSON)
        for span in paced(findings.spans):
            if span.label is not Label.PERSON:
                continue
            first, last = text[before.start : before.end], text[span.start : span.end]
            near = 0 < span.start - before.end <= _NEAR and (first, last) not in noted
            if near and first.isalpha() and last.isalpha() and first != last:
                noted.add((first, last))
                self._note_handles(parts(f"{first} {last}"))
                self._note_handles(parts(f"{last} {first}"))
            before = span

    def _note_handles(self, name: Sequence[Part]) -> None:
        for handle in handles(name):
            if handle not in self._seen:
                self._seen.add(handle)
                self._handles.setdefault(_PARTED.split(handle)[0], []).append(handle)

    def _note(self, folded: str, doubtful: bool) -> None:
        first = WORD.search(folded)
        if first:
            common = doubtful or _is_word(folded) or folded in _ELSEWHERE
            listed = is_in_dictionaries(folded) or folded in _named()
            meant = Meant.COMMON if common else Meant.WORD if listed else Meant.NAME
            self._by_word.setdefault(first[0], []).append((folded, meant))
            if meant is Meant.NAME and first[0] == folded and not is_in_dictionaries(folded + "s"):
                self._by_word.setdefault(folded + "s", []).append((folded + "s", meant))  # the Tremblays

    def among(self, words: frozenset[str]) -> frozenset[str]:
        """Those of a text's words that may begin one of the parts."""
        return words & (self._by_word.keys() | self._handles.keys())

    def find(
        self, text: str, folded: str, findings: Findings, words: frozenset[str], timer: PauseTimer
    ) -> Iterator[Span]:
        """The spans of parts that begin with these words, but for most inside a found name; and of user names."""
        people = [(span.start, span.end) for span in paced(findings.spans) if span.label is Label.PERSON]
        for word in words & self._handles.keys():
            for at in _places(folded, word):
                timer.pause_if_due()
                yield from _user_names(folded, at, self._handles[word])
        for word, at in _all_places(folded, words & self._by_word.keys()):
            timer.pause_if_due()
            longest = max(len(part) for part, _ in self._by_word[word])
            near = bisect_right(people, (at, maxsize)) - 1
            if near < 0 or people[near][1] < at + longest:
                prose = _is_inside(at, findings.prose)
                yield from self._at(text, folded, at, self._by_word[word], prose)

    def _at(
        self, text: str, folded: str, at: int, known: Sequence[tuple[str, Meant]], prose: bool
    ) -> Iterator[Span]:
        for part, meant in known:
            end = at + len(part)
            if not folded.startswith(part, at) or not parts_words(text, end) or not parts_words(text, at):
                continue
            joined = text[at - 1 : at] in _JOINTS or text[end : end + 1] in _JOINTS
            if joined or not prose:
                found = _is_value(text, (at, end), meant, prose) or self._is_beside(text, at, end, meant)
            else:
                found = meant is not Meant.COMMON or (text[at].isupper() and not _begins_sentence(text, at))
            if found:
                yield Span(at, end, Label.PERSON, certain=False)

    def _is_beside(self, text: str, at: int, end: int, meant: Meant) -> bool:
        """Whether a part is the whole of a cell next to a cell with another part."""
        before = _BEFORE_CELL.search(text[max(0, at - _RUN) : at])
        after = _AFTER_CELL.match(text[end : end + _RUN])
        if not before or not after:
            return False
        if text[at].islower() and (meant is Meant.COMMON or "," in before[0] + after[0]):
            return False
        beside = {fold(word) for word in (before[1], after[1]) if word} - {fold(text[at:end])}
        return any(word in self._by_word for word in beside)


def _is_value(text: str, place: Range, meant: Meant, prose: bool) -> bool:
    """Whether a part in code or in a name with underscores names the person: as a cell, else by its letters where it is
    no identifier and no segment of a path."""
    before, after = text[max(0, place[0] - _RUN) : place[0]], text[place[1] : place[1] + _RUN]
    capital = text[place[0]].isupper()
    if _CELL_BEFORE.search(before) and _CELL_AFTER.match(after):
        return meant is Meant.NAME or (meant is Meant.WORD and capital)
    if meant is not Meant.NAME or _IDENTIFIED_AFTER.match(after):
        return False
    if _DOCUMENT.match(after):
        return True
    if "_" in before[-1:] + after[:1]:
        italic = _ITALIC_BEFORE.search(before) and _ITALIC_AFTER.match(after)
        return bool(italic) or (prose and capital)
    if not _JOINTS.isdisjoint(before[-1:] + after[:1]):
        return False
    return capital and _IDENTIFIED_BEFORE.search(before) is None


def _all_places(folded: str, words: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Each of the words with each of its positions in a text."""
    if len(words) <= _FEW:
        for word in words:
            for at in _places(folded, word):
                yield word, at
    else:
        for match in paced_matches(WORD, folded):
            if match[0] in words:
                yield match[0], match.start()


def _is_inside(at: int, ranges: Sequence[Range]) -> bool:
    """Whether a position is inside one of the ranges, which are ordered and disjoint."""
    near = bisect_right(ranges, (at, maxsize)) - 1
    return near >= 0 and at < ranges[near][1]


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


def _places(folded: str, word: str) -> Iterator[int]:
    """The positions of the word as a whole word."""
    at = folded.find(word)
    while at >= 0:
        end = at + len(word)
        if (not at or not folded[at - 1].isalnum()) and not folded[end : end + 1].isalnum():
            yield at
        at = folded.find(word, end)


def _beyond_names(spans: Sequence[Span], settled: Sequence[Span]) -> list[Span]:
    """The spans that are not inside a detected name; `settled` is ordered and disjoint."""
    starts = [span.start for span in settled] if spans else []

    def within(span: Span) -> bool:
        at = bisect_right(starts, span.start) - 1
        return at >= 0 and settled[at].label is Label.PERSON and span.end <= settled[at].end

    return [span for span in paced(spans) if not within(span)]


def _is_found(span: Span, settled: Sequence[Span]) -> bool:
    """Whether the place is inside a span that was found; `settled` is ordered and disjoint."""
    at = bisect_right(settled, span.start, key=_start) - 1
    return at >= 0 and span.end <= settled[at].end


def _start(span: Span) -> int:
    return span.start


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


@cache
def _named() -> frozenset[str]:
    return read_named()


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
