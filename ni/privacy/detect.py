"""Finding personal values in the texts of one request: patterns here, names by whoever finds them, both remembered.

A text seen before costs one digest; a text of which a part is new costs that part alone. What is found in a text
depends on that text and the policy only, so that a conversation that is sent again is masked as it was.

Looking without replacing: the spans of one text as the shield finds them. For the command line and evaluation.
"""

import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field

from ni.privacy import structure
from ni.privacy.names.base import Names
from ni.privacy.propagate import propagated
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
from ni.privacy.vocabulary import Breaks, Vocabulary, no_pause
from ni.privacy.words import widened

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
    """A paragraph that was not in the cache."""

    text: str
    ranges: list[Range]
    patterned: list[Span]
    asked: bool
    named: list[Span] = field(default_factory=list)

    def findings(self, policy: DetectionPolicy) -> Findings:
        """What was found in it by all."""
        found = [*self.patterned, *registry.outside_zones(self.text, self.named)]
        found += registry.beside(self.text, found)
        spans = [span for span in found if _asked_for(self.text, span, policy)]
        return Findings(tuple(tidied(self.text, spans)), tuple(self.ranges))


class Detector:
    """Finds spans, with breaks between pieces of long new texts."""

    def __init__(
        self, names: Names, policy: DetectionPolicy, cache: FindingsCache, breaks: Breaks | None = None
    ) -> None:
        self._names = names
        self._policy = policy
        self._cache = cache
        self._breaks = breaks or Breaks()

    def find(self, key: bytes, passages: Sequence[Passage]) -> list[Findings]:
        """The findings of each passage. Raises `DetectionFailed` when names cannot be looked for."""
        version = f"{self._names.version}|{self._policy.fingerprint}"
        names = [digest(key, f"text|{passage.names}|{version}", passage.text) for passage in passages]
        known = {name: found for name in names if (found := self._cache.get(name)) is not None}
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
                found = self._cache.get(piece_name)
                if found is not None:
                    known[piece_name] = found
                elif piece_name not in pending:
                    pending[piece_name] = self._patterned(passages[name], paragraph)
        known |= self._named(pending)
        joined = {}
        for name, pieces in cut.items():
            told = self._structured(key, version, passages[name])
            joined[name] = self._joined(passages[name], pieces, known, told)
            self._cache.put(name, joined[name])
        return joined

    def _structured(self, key: bytes, version: str, passage: Passage) -> structure.StructureFindings:
        """What the rows and records of the passage say, block by block: a header may stand far above its row."""
        told, kind = structure.StructureFindings(), f"structure|{passage.names}|{version}"
        for start, end in structure.blocks(passage.reading.text):
            text = passage.reading.text[start:end]
            name = digest(key, kind, text)
            known = self._cache.get(name)
            if known is None:
                found = self._read_structure(text, passage.names)
                known = Findings(tuple(found.spans), tuple(found.nobody))
                self._cache.put(name, known)
            told.spans += [span.moved(start) for span in known.spans]
            told.nobody += [(first + start, last + start) for first, last in known.prose]
        return told

    def _read_structure(self, text: str, names: bool) -> structure.StructureFindings:
        found = structure.read_block(text, self._breaks.take)
        found.spans = [
            span
            for span in registry.outside_zones(text, found.spans)
            if _asked_for(text, span, self._policy) and (names or span.label is not Label.PERSON)
        ]
        return found

    def _cut(self, key: bytes, version: str, passage: Passage) -> list[tuple[Paragraph, bytes]]:
        """The paragraphs of a passage with their names in the cache."""
        pieces = []
        for paragraph in paragraphs(passage.reading.text):
            self._breaks.take()
            pieces.append((paragraph, _paragraph_name(key, version, passage, paragraph)))
        return pieces

    def _patterned(self, passage: Passage, paragraph: Paragraph) -> _Pending:
        self._breaks.take()
        reading, here = passage.reading, slice(paragraph.start, paragraph.end)
        text = reading.text[here]
        return _Pending(text, prose(reading.layout[here], paragraph.mode), registry.find(text), passage.names)

    def _named(self, pending: dict[bytes, _Pending]) -> dict[bytes, Findings]:
        """Ask for names once for all that is new."""
        places = [
            (piece, start, end)
            for piece in pending.values()
            if piece.asked
            for start, end in whole_lines(piece.text, piece.ranges)
        ]
        if places:
            found = self._names.find([piece.text[start:end] for piece, start, end in places])
            self._breaks.had()
            for (piece, start, _), spans in zip(places, found, strict=True):
                piece.named += within([span.moved(start) for span in spans], piece.ranges)
        known: dict[bytes, Findings] = {}
        for name, piece in pending.items():
            self._breaks.take()
            known[name] = piece.findings(self._policy)
            self._cache.put(name, known[name])
        return known

    def _joined(
        self,
        passage: Passage,
        pieces: Sequence[tuple[Paragraph, bytes]],
        known: dict[bytes, Findings],
        told: structure.StructureFindings,
    ) -> Findings:
        """The findings of a text from those of its paragraphs, and what only the whole text shows."""
        text = passage.reading.text
        spans: list[Span] = []
        ranges: list[Range] = []
        seams: list[Span] = []
        at = -1
        for paragraph, name in pieces:
            found = known[name]
            spans += [span.moved(paragraph.start) for span in found.spans]
            ranges += [(start + paragraph.start, end + paragraph.start) for start, end in found.prose]
            if paragraph.start == at and text[at - 1] != "\n":
                self._breaks.take()
                seams += _at_seam(text, at)
            at = paragraph.end
        more = [span for span in (*_in_whole(text), *seams) if _asked_for(text, span, self._policy)]
        if more or told.spans or told.nobody:
            spans = structure.outside(spans, told.nobody)
            told_spans = structure.agreed(text, told.spans, spans)
            spans = list(tidied(text, [*spans, *told_spans, *more], self._breaks.take))
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
    """What only a whole text shows, as it is read: keys over many lines. Runs once for each new text."""
    if "-----BEGIN" in text:
        yield from private_keys(text)


def _at_seam(text: str, cut: int) -> Iterator[Span]:
    """What stands across the place where a giant line was cut, or beside it with its words on the other side."""
    start, end = max(cut - _WINDOW, 0), min(cut + _WINDOW, len(text))
    for span in registry.find(text[start:end]):
        moved = span.moved(start)
        if cut - _NEAR <= moved.start and moved.end <= cut + _NEAR:
            yield moved


def tidied(text: str, spans: Sequence[Span], pause: Callable[[], None] = no_pause) -> Iterator[Span]:
    """Spans that overlap nothing, cut through no word, and hold no character that JSON would have to escape."""
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


def scanned(detector: Detector, key: bytes, text: str) -> list[Span]:
    """The personal values of a text, in order, offsets in its code points. Raises `DetectionFailed`."""
    passage = Passage(text)
    reading = passage.reading
    found = detector.find(key, [passage])
    spans = propagated([reading.text], found, Vocabulary([reading.text]), Breaks())[0]
    return [Span(*reading.original(span.start, span.end), span.label, span.certain) for span in spans]
