"""Finds the personal values of the texts of a request: `Detector` text by text, `propagate` over all of them.

A text is cut into paragraphs; patterns, structure and the names worker are asked for those that the cache lacks. Then
each part of a name that was found is looked up in all other prose. That step depends on the whole request, so it comes
after the cache. A part that is also a common word counts only where it is written like a name within a sentence.
"""

import re
import string
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from sys import maxsize

from ni.privacy import structure
from ni.privacy.names import Names
from ni.privacy.names.people_names import Part, gender, parts
from ni.privacy.people.lists import AMBIGUOUS, COMMON, PARTICLES
from ni.privacy.reading import Reading, read
from ni.privacy.recognisers import registry
from ni.privacy.recognisers.network import is_private
from ni.privacy.recognisers.secret import private_keys
from ni.privacy.segments import Paragraph, paragraphs, prose, whole_lines
from ni.privacy.spans import (
    DetectionPolicy,
    Findings,
    FindingsCache,
    Label,
    Range,
    Span,
    digest,
    settle,
    within,
)
from ni.privacy.surrogates.draw import compact
from ni.privacy.words import (
    ENGLISH,
    FRENCH,
    OTHERS,
    WORD,
    PauseTimer,
    Vocabulary,
    fold,
    no_pause,
    parts_words,
    widened,
)

_FLAG = re.compile(r"(?<=\s)-h?[a-z]\Z")
_BEFORE_VALUES = string.whitespace + "\u00a0,;"
_ESCAPED = re.compile(r"[\"\\\x00-\x1f\x7f\ud800-\udfff]")
"""What JSON has to escape, and DEL."""
_WINDOW, _NEAR = 192, 128  # characters around a cut: read, and in which a value is taken


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the request; `names` says whether people are looked for in it.

    It is looked through as it is read, and all that is found in it has offsets in `reading.text`.
    """

    text: str
    names: bool = True
    pause: InitVar[Callable[[], None] | None] = None
    reading: Reading = field(init=False, repr=False, compare=False)

    def __post_init__(self, pause: Callable[[], None] | None) -> None:
        object.__setattr__(self, "reading", read(self.text, pause))


@dataclass(slots=True)
class _Pending:
    """A paragraph that is not in the cache, with what was found in it so far."""

    text: str
    ranges: list[Range]
    patterned: list[Span]
    asked: bool
    named: list[Span] = field(default_factory=list)

    def findings(self, policy: DetectionPolicy) -> Findings:
        """The settled findings of patterns and names."""
        found = [*self.patterned, *registry.outside_zones(self.text, self.named)]
        found += registry.beside(self.text, found)
        spans = [span for span in found if _asked_for(self.text, span, policy)]
        return Findings(tuple(trimmed_to_words(self.text, spans)), tuple(self.ranges))


class Detector:
    """Finds spans; pauses between pieces of long new texts."""

    def __init__(
        self, names: Names, policy: DetectionPolicy, cache: FindingsCache, timer: PauseTimer | None = None
    ) -> None:
        self._names = names
        self._policy = policy
        self._cache = cache
        self._timer = timer or PauseTimer()

    def find(self, key: bytes, passages: Sequence[Passage]) -> list[Findings]:
        """The findings of each passage. Raises `DetectionFailed` if the names worker does not answer."""
        version = f"{self._names.version}|{self._policy.fingerprint}"
        names = [digest(key, f"text|{passage.names}|{version}", passage.text) for passage in passages]
        known = {name: findings for name in names if (findings := self._cache.get(name)) is not None}
        new = {name: passage for name, passage in zip(names, passages, strict=True) if name not in known}
        if new:
            try:
                known |= self._new(key, version, new)
            finally:
                structure.forget()
        return [known[name] for name in names]

    def _new(self, key: bytes, version: str, passages: dict[bytes, Passage]) -> dict[bytes, Findings]:
        """The findings of passages not seen before, paragraph by paragraph."""
        cut = {name: self._cut(key, version, passage) for name, passage in passages.items()}
        known: dict[bytes, Findings] = {}
        pending: dict[bytes, _Pending] = {}
        for name, pieces in cut.items():
            for paragraph, piece_name in pieces:
                cached = self._cache.get(piece_name)
                if cached is not None:
                    known[piece_name] = cached
                elif piece_name not in pending:
                    pending[piece_name] = self._patterned(passages[name], paragraph)
        known |= self._named(pending)
        joined = {}
        for name, pieces in cut.items():
            structured = self._structured(key, version, passages[name])
            joined[name] = self._joined(passages[name], pieces, known, structured)
            self._cache.put(name, joined[name])
        return joined

    def _structured(self, key: bytes, version: str, passage: Passage) -> structure.StructureFindings:
        """Findings from rows and records, block by block: a header may be far above its row."""
        structured, kind = structure.StructureFindings(), f"structure|{passage.names}|{version}"
        for start, end in structure.blocks(passage.reading.text):
            text = passage.reading.text[start:end]
            name = digest(key, kind, text)
            known = self._cache.get(name)
            if known is None:
                block_findings = self._read_structure(text, passage.names)
                known = Findings(tuple(block_findings.spans), tuple(block_findings.nobody))
                self._cache.put(name, known)
            structured.spans += [span.moved(start) for span in known.spans]
            structured.nobody += [(first + start, last + start) for first, last in known.prose]
        return structured

    def _read_structure(self, text: str, names: bool) -> structure.StructureFindings:
        block_findings = structure.read_block(text, self._timer.pause_if_due)
        block_findings.spans = [
            span
            for span in registry.outside_zones(text, block_findings.spans)
            if _asked_for(text, span, self._policy) and (names or span.label is not Label.PERSON)
        ]
        return block_findings

    def _cut(self, key: bytes, version: str, passage: Passage) -> list[tuple[Paragraph, bytes]]:
        """The paragraphs of a passage with their names in the cache."""
        pieces = []
        for paragraph in paragraphs(passage.reading.text):
            self._timer.pause_if_due()
            pieces.append((paragraph, _paragraph_name(key, version, passage, paragraph)))
        return pieces

    def _patterned(self, passage: Passage, paragraph: Paragraph) -> _Pending:
        self._timer.pause_if_due()
        reading, here = passage.reading, slice(paragraph.start, paragraph.end)
        text = reading.text[here]
        return _Pending(text, prose(reading.layout[here], paragraph.mode), registry.find(text), passage.names)

    def _named(self, pending: dict[bytes, _Pending]) -> dict[bytes, Findings]:
        """The findings of new paragraphs; the names worker is asked once for all of them."""
        places = [
            (piece, start, end)
            for piece in pending.values()
            if piece.asked
            for start, end in whole_lines(piece.text, piece.ranges)
        ]
        if places:
            spans_of_places = self._names.find([piece.text[start:end] for piece, start, end in places])
            self._timer.restart()
            for (piece, start, _), spans in zip(places, spans_of_places, strict=True):
                piece.named += within([span.moved(start) for span in spans], piece.ranges)
        known: dict[bytes, Findings] = {}
        for name, piece in pending.items():
            self._timer.pause_if_due()
            known[name] = piece.findings(self._policy)
            self._cache.put(name, known[name])
        return known

    def _joined(
        self,
        passage: Passage,
        pieces: Sequence[tuple[Paragraph, bytes]],
        known: dict[bytes, Findings],
        structured: structure.StructureFindings,
    ) -> Findings:
        """The findings of a text from those of its paragraphs, and what only the whole text shows."""
        text = passage.reading.text
        spans: list[Span] = []
        ranges: list[Range] = []
        seams: list[Span] = []
        at = -1
        for paragraph, name in pieces:
            findings = known[name]
            spans += [span.moved(paragraph.start) for span in findings.spans]
            ranges += [(start + paragraph.start, end + paragraph.start) for start, end in findings.prose]
            if paragraph.start == at and text[at - 1] != "\n":
                self._timer.pause_if_due()
                seams += _at_seam(text, at)
            at = paragraph.end
        more = [span for span in (*_in_whole(text), *seams) if _asked_for(text, span, self._policy)]
        if more or structured.spans or structured.nobody:
            spans = structure.outside(spans, structured.nobody)
            agreed_spans = structure.agreed(text, structured.spans, spans)
            spans = list(trimmed_to_words(text, [*spans, *agreed_spans, *more], self._timer.pause_if_due))
        return Findings(tuple(spans), tuple(ranges))


def _paragraph_name(key: bytes, version: str, passage: Passage, paragraph: Paragraph) -> bytes:
    """The name of a paragraph in the cache: of its characters, its mode, and all that the findings depend on."""
    kind = f"{paragraph.mode}|{passage.names}|{version}"
    return digest(key, kind, passage.reading.layout[paragraph.start : paragraph.end])


def _asked_for(text: str, span: Span, policy: DetectionPolicy) -> bool:
    """Whether the policy wants the span hidden."""
    if span.label is Label.IP and not policy.private_addresses and is_private(text[span.start : span.end]):
        return False
    return span.label in policy.labels


def _in_whole(text: str) -> Iterator[Span]:
    """Values that span paragraphs: private keys in PEM. Runs once for each new text."""
    if "-----BEGIN" in text:
        yield from private_keys(text)


def _at_seam(text: str, cut: int) -> Iterator[Span]:
    """Values across the cut in a giant line, or beside it with their context on the other side."""
    start, end = max(cut - _WINDOW, 0), min(cut + _WINDOW, len(text))
    for span in registry.find(text[start:end]):
        moved = span.moved(start)
        if cut - _NEAR <= moved.start and moved.end <= cut + _NEAR:
            yield moved


def trimmed_to_words(
    text: str, spans: Sequence[Span], pause: Callable[[], None] = no_pause
) -> Iterator[Span]:
    """Disjoint spans, widened to whole words, without characters that JSON must escape."""
    whole = []
    for span in spans:
        pause()
        whole.append(Span(*_whole(text, span), span.label, span.certain))
    for span in settle(whole, pause):
        pause()
        yield from _plain(text, span)


def _whole(text: str, span: Span) -> tuple[int, int]:
    """The range of the words that the span is in, but a secret begins after the letter of a flag: `mysql -pHunter2`.

    Restoring finds it there only where it begins with a capital.
    """
    start, end = widened(text, span.start, span.end)
    if span.label is Label.SECRET and text[span.start].isupper() and _FLAG.match(text, start - 1, span.start):
        return span.start, end
    return start, end


def _plain(text: str, span: Span) -> Iterator[Span]:
    """The span, cut at quotes, backslashes and control characters, without white space at its ends.

    What another span left of it may begin with a comma.
    """
    start = span.start
    for at in (*(sign.start() for sign in _ESCAPED.finditer(text, span.start, span.end)), span.end):
        piece = text[start:at]
        first = start + len(piece) - len(piece.lstrip(_BEFORE_VALUES))
        last = first + len(piece[first - start :].rstrip())
        if first < last:
            yield Span(first, last, span.label, span.certain)
        start = at + 1


# ---- other occurrences of names


_SHORTEST = 3
_SHORTEST_HANDLE = 5
_SMALL_WORDS = frozenset(map(fold, (ENGLISH | FRENCH) - {"will"}))
_ELSEWHERE = frozenset(map(fold, OTHERS))
_FEW = 64
"""Up to so many words, searching for each is quicker than reading every word of a text."""
_JOINTS = frozenset("_/\\")  # beside these, it is part of an identifier or of a path


def propagate(
    texts: Sequence[str], findings_of_texts: Sequence[Findings], vocabulary: Vocabulary, timer: PauseTimer
) -> list[list[Span]]:
    """The spans of each text, with every other occurrence of a part of a detected name."""
    findings_of_texts = _without_outvoted(texts, findings_of_texts)
    names = {
        text[span.start : span.end]
        for text, findings in zip(texts, findings_of_texts, strict=True)
        for span in findings.spans
        if span.label is Label.PERSON
    }
    known = KnownParts(sorted(names), timer)
    spread = []
    for at, (text, findings) in enumerate(zip(texts, findings_of_texts, strict=True)):
        words = known.among(vocabulary.words[at])
        more = list(known.find(text, vocabulary.folded[at], findings, words, timer)) if words else []
        more = _beyond_names(more, findings.spans)
        more = registry.outside_zones(text, more) if "://" in text else more
        spread.append(settle([*findings.spans, *more]) if more else list(findings.spans))
    return spread


_FEWEST_VOTES = 3
_SHARE = 3
_LONGEST_ACRONYM = 6


def _without_outvoted(texts: Sequence[str], findings_of_texts: Sequence[Findings]) -> Sequence[Findings]:
    """The findings without lone words of dictionaries and acronyms that are nobody in most of their places.

    `Direct Link Dependencies` beside ten links is no person; a name that is no word is kept if it is found once.
    """
    found = Counter(
        text[span.start : span.end]
        for text, findings in zip(texts, findings_of_texts, strict=True)
        for span in findings.spans
        if span.label is Label.PERSON and not span.certain
    )
    outvoted = {word for word, count in found.items() if _is_outvoted(word, count, texts)}
    if not outvoted:
        return findings_of_texts
    return [
        Findings(
            tuple(
                span
                for span in findings.spans
                if span.certain
                or span.label is not Label.PERSON
                or text[span.start : span.end] not in outvoted
            ),
            findings.prose,
        )
        for text, findings in zip(texts, findings_of_texts, strict=True)
    ]


def _is_outvoted(word: str, count: int, texts: Sequence[str]) -> bool:
    acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM
    if not word.isalpha() or not (acronym or structure.is_in_dictionaries(word.lower())):
        return False
    fewest = max(_FEWEST_VOTES, _SHARE * count)
    votes = 0
    for text in texts:
        at = text.find(word)
        while at >= 0 and votes < fewest:
            votes += parts_words(text, at) and parts_words(text, at + len(word))
            at = text.find(word, at + len(word))
    return votes >= fewest


class KnownParts:
    """The parts of names that the request contains, by the first word of each."""

    def __init__(self, names: Iterable[str], timer: PauseTimer) -> None:
        self._by_word: dict[str, list[tuple[str, bool]]] = {}
        seen: set[str] = set()
        for name_parts in map(parts, names):
            timer.pause_if_due()
            for handle in handles(name_parts):
                if handle not in seen:
                    seen.add(handle)
                    self._by_word.setdefault(handle, []).append((handle, False))
            mixed = not all(part.text.islower() for part in name_parts)
            for folded in (fold(part.text) for part in name_parts if not (mixed and part.text.islower())):
                if folded not in seen and _telling(folded, len(name_parts)):
                    seen.add(folded)
                    self._note(folded, mixed and len(name_parts) == 1)

    def _note(self, folded: str, alone: bool) -> None:
        first = WORD.search(folded)
        if first:
            common = _is_word(folded) or folded in _ELSEWHERE
            common = common or (alone and structure.is_in_dictionaries(folded))
            self._by_word.setdefault(first[0], []).append((folded, common))

    def among(self, words: frozenset[str]) -> frozenset[str]:
        """Those of a text's words that may begin one of the parts."""
        return words & self._by_word.keys()

    def find(
        self, text: str, folded: str, findings: Findings, words: frozenset[str], timer: PauseTimer
    ) -> Iterator[Span]:
        """The spans of parts that begin with these words in the prose of a text."""
        for word in words if len(words) <= _FEW else ():
            for at in _places(folded, word, findings.prose):
                timer.pause_if_due()
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

    return [span for span in spans if not within(span)]


def handles(name: Sequence[Part]) -> set[str]:
    """The user names that are made of a whole name: `flast`, `firstlast`, `lastf`, `lastfirst`."""
    given = next((compact(part.text) for part in name if part.given), "")
    family = next((compact(part.text) for part in name if not part.given), "")
    if not given or len(family) < _SHORTEST:
        return set()
    combinations = {given[0] + family, given + family, family + given[0], family + given}
    return {
        handle
        for handle in combinations
        if len(handle) >= _SHORTEST_HANDLE and handle.isascii() and handle not in COMMON
    }


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


def scan_text(detector: Detector, key: bytes, text: str) -> list[Span]:
    """The personal values of a text, in order, offsets in its code points. Raises `DetectionFailed`."""
    passage = Passage(text)
    reading = passage.reading
    findings = detector.find(key, [passage])
    spans = propagate([reading.text], findings, Vocabulary([reading.text]), PauseTimer())[0]
    return [Span(*reading.original(span.start, span.end), span.label, span.certain) for span in spans]
