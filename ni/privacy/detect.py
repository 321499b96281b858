"""Finding personal values in the texts of one request: patterns here, names by whoever finds them, both remembered.

A text seen before costs one digest; a text of which a part is new costs that part alone. What is found in a text
depends on that text and the policy only, so that a conversation that is sent again is masked as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ni.privacy import structure
from ni.privacy.breaks import Breaks
from ni.privacy.cache import Findings, FindingsCache, Range, digest
from ni.privacy.names import Names
from ni.privacy.policy import Policy
from ni.privacy.recognisers import registry
from ni.privacy.recognisers.secret import private_keys
from ni.privacy.segments import Paragraph, paragraphs, prose, whole_lines
from ni.privacy.spans import Label, Span, settle, within
from ni.privacy.words import widened


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the request; `names` says whether people are looked for in it."""

    text: str
    names: bool = True


@dataclass(slots=True)
class _Pending:
    """A paragraph that was not in the cache."""

    text: str
    ranges: list[Range]
    patterned: list[Span]
    asked: bool
    named: list[Span] = field(default_factory=list)

    def findings(self, policy: Policy) -> Findings:
        """What was found in it by all."""
        named = registry.outside_zones(self.text, self.named)
        spans = [span for span in (*self.patterned, *named) if span.label in policy.labels]
        return Findings(tuple(tidied(self.text, spans)), tuple(self.ranges))


class Detector:
    """Finds spans, with breaks between pieces of long new texts."""

    def __init__(
        self, names: Names, policy: Policy, cache: FindingsCache, breaks: Breaks | None = None
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
            known |= self._new(key, version, new)
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
            told = self._structured(passages[name])
            joined[name] = _joined(passages[name].text, pieces, known, told)
            self._cache.put(name, joined[name])
        return joined

    def _structured(self, passage: Passage) -> structure.Found:
        """What the rows and records of the whole passage say: a header may stand far above its row."""
        found = structure.read(passage.text, self._breaks.take)
        wanted = self._policy.labels if passage.names else self._policy.labels - {Label.PERSON}
        spans = registry.outside_zones(passage.text, found.spans)
        found.spans = [span for span in spans if span.label in wanted]
        return found

    def _cut(self, key: bytes, version: str, passage: Passage) -> list[tuple[Paragraph, bytes]]:
        """The paragraphs of a passage with their names in the cache."""
        pieces = []
        for paragraph in paragraphs(passage.text):
            self._breaks.take()
            pieces.append((paragraph, _paragraph_name(key, version, passage, paragraph)))
        return pieces

    def _patterned(self, passage: Passage, paragraph: Paragraph) -> _Pending:
        self._breaks.take()
        text = passage.text[paragraph.start : paragraph.end]
        return _Pending(text, prose(text, paragraph.mode), registry.find(text), passage.names)

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


def _paragraph_name(key: bytes, version: str, passage: Passage, paragraph: Paragraph) -> bytes:
    """The name of a paragraph in the cache: of its characters, its mode, and all that the findings depend on."""
    kind = f"{paragraph.mode}|{passage.names}|{version}"
    return digest(key, kind, passage.text[paragraph.start : paragraph.end])


def _joined(
    text: str, pieces: Sequence[tuple[Paragraph, bytes]], known: dict[bytes, Findings], told: structure.Found
) -> Findings:
    """The findings of a text from those of its paragraphs, and what only the whole text shows."""
    spans, ranges = [], []
    for paragraph, name in pieces:
        found = known[name]
        spans += [span.moved(paragraph.start) for span in found.spans]
        ranges += [(start + paragraph.start, end + paragraph.start) for start, end in found.prose]
    if told.spans or told.nobody:
        spans = list(tidied(text, [*structure.outside(spans, told.nobody), *told.spans]))
    if "-----BEGIN" in text:
        spans = list(tidied(text, [*spans, *private_keys(text)]))
    return Findings(tuple(spans), tuple(ranges))


def tidied(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Spans that overlap nothing, cut through no word, and hold no character that JSON would have to escape."""
    whole = [Span(*widened(text, span.start, span.end), span.label, span.certain) for span in spans]
    for span in settle(whole):
        yield from _plain(text, span)


def _plain(text: str, span: Span) -> Iterator[Span]:
    """The span, cut at quotes, backslashes and control characters, without white space at its ends."""
    start = span.start
    for at in range(span.start, span.end + 1):
        if at == span.end or text[at] in '"\\\x7f' or text[at] < " " or "\ud800" <= text[at] <= "\udfff":
            piece = text[start:at]
            first = start + len(piece) - len(piece.lstrip())
            last = first + len(piece.strip())
            if first < last:
                yield Span(first, last, span.label, span.certain)
            start = at + 1
