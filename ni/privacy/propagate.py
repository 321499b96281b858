"""A person named once is hidden everywhere: the parts of the names that were found, looked up in all other prose.

Done after the cache, since it depends on the whole request. A part that is also a common word counts only where it is
written like a name and does not begin a sentence.
"""

from collections.abc import Iterable, Iterator, Sequence

from ni.privacy.breaks import Breaks
from ni.privacy.cache import Findings
from ni.privacy.handles import compact
from ni.privacy.languages import ENGLISH, FRENCH, OTHERS
from ni.privacy.names_of_people import Part, gender, parts
from ni.privacy.people.words import AMBIGUOUS, COMMON, PARTICLES
from ni.privacy.recognisers import registry
from ni.privacy.spans import Label, Span, settle
from ni.privacy.vocabulary import Vocabulary
from ni.privacy.words import WORD, fold, parts_words

_SHORTEST = 3
_SHORTEST_HANDLE = 5
_SMALL_WORDS = frozenset(map(fold, (ENGLISH | FRENCH) - {"will"}))
_ELSEWHERE = frozenset(map(fold, OTHERS))
_JOINTS = frozenset("_/\\")  # beside these, it is part of an identifier or of a path


class KnownParts:
    """The parts of names that the request contains, by the first word of each."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[str, bool]]] = {}
        seen: set[str] = set()
        for found in map(parts, names):
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

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def among(self, words: frozenset[str]) -> bool:
        """Whether a text of these words can contain any of the parts."""
        return not words.isdisjoint(self._by_word)

    def find(self, text: str, folded: str, findings: Findings, breaks: Breaks) -> Iterator[Span]:
        """Where the parts stand in the prose of a text."""
        by_word = self._by_word
        for start, end in findings.prose:
            breaks.take()
            for word in WORD.finditer(folded, start, end):
                if word[0] in by_word:
                    yield from self._at(text, folded, word.start(), by_word[word[0]])

    def _at(self, text: str, folded: str, at: int, known: Sequence[tuple[str, bool]]) -> Iterator[Span]:
        for part, common in known:
            end = at + len(part)
            if not folded.startswith(part, at) or not parts_words(text, end) or not parts_words(text, at):
                continue
            if text[at - 1 : at] in _JOINTS or text[end : end + 1] in _JOINTS:
                continue
            if not common or (text[at].isupper() and not _begins_sentence(text, at)):
                yield Span(at, end, Label.PERSON, certain=False)


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
    known = KnownParts(sorted(names))
    spread = []
    for at, (text, findings) in enumerate(zip(texts, found, strict=True)):
        named = known and known.among(vocabulary.words[at])
        more = list(known.find(text, vocabulary.folded[at], findings, breaks)) if named else []
        more = registry.outside_zones(text, more) if "://" in text else more
        spread.append(settle([*findings.spans, *more]) if more else list(findings.spans))
    return spread
