"""Finds the personal values of each text of a request, by the policy that says which kinds are looked for.

A text is cut into paragraphs; patterns, structure and the names worker are asked for those that the cache lacks. Where
a name that was found stands elsewhere depends on the whole request, so `propagation.propagate` comes after the cache.

The cache holds offsets and labels under a BLAKE2b digest keyed by the account's secret, never text: without the secret
nobody can test whether a sentence was seen. `DetectionPolicy.rules`, the version of the rules, is part of each digest.

`without_outvoted` drops lone words of dictionaries and acronyms that are nobody in most of their places in a request:
`Direct Link Dependencies` beside ten other links is no person. A name that is no word is kept if it is found once: a
leak weighs more than an alarm.
"""

import hashlib
import re
import string
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field, replace

from ni.domain.clock import paced
from ni.privacy import structure
from ni.privacy.lexicon import is_in_dictionaries
from ni.privacy.names import Names
from ni.privacy.names.propagation import propagate
from ni.privacy.reading import Reading, read
from ni.privacy.recognisers import registry
from ni.privacy.recognisers.network import is_private
from ni.privacy.recognisers.secret import private_keys
from ni.privacy.segments import Paragraph, paragraphs, prose, whole_lines
from ni.privacy.spans import Findings, Label, Range, Span, settle, within
from ni.privacy.words import (
    PauseTimer,
    Vocabulary,
    no_pause,
    parts_words,
    runs_on,
)

_PLAIN, _STEP = string.ascii_letters + string.digits, 1024
_TEXTS = 16  # texts of a request that are taken before others may run
_FLAG = re.compile(r"(?<=\s)-h?[a-z]\Z")
_BEFORE_VALUES = string.whitespace + "\u00a0,;"
_ESCAPED = re.compile(r"[\"\\\x00-\x1f\x7f\ud800-\udfff]")
"""What JSON has to escape, and DEL."""
_WINDOW, _NEAR = 192, 128  # characters around a cut: read, and in which a value is taken


# Organisations and places are found too loosely to be replaced unasked.
DEFAULT_LABELS = frozenset(Label) - {Label.ORG, Label.LOCATION}


@dataclass(frozen=True, slots=True)
class DetectionPolicy:
    """Frozen, and part of the key under which spans are cached; `rules` names the version of the recognisers."""

    labels: frozenset[Label] = DEFAULT_LABELS
    names_in_system: bool = False
    rules: str = ""
    private_addresses: bool = False

    def also(self, labels: frozenset[Label]) -> "DetectionPolicy":
        """The policy that looks for these labels as well."""
        return self if labels <= self.labels else replace(self, labels=self.labels | labels)

    @property
    def fingerprint(self) -> str:
        """Differs whenever the same text could give other spans."""
        return "|".join((self.rules, str(self.private_addresses), *sorted(self.labels)))


def digest(key: bytes, kind: str, text: str) -> bytes:
    """The cache key of a text; `kind` holds everything else that the findings depend on."""
    state = hashlib.blake2b(kind.encode(), key=key[:64], digest_size=16)
    state.update(b"\0")
    state.update(text.encode("utf-8", "surrogatepass"))
    return state.digest()


class FindingsCache:
    """Bounded, least recently used first out. One instance serves all accounts: their keys differ."""

    def __init__(self, limit: int = 400_000) -> None:
        self._limit = limit
        self._weight = 0
        self._findings: OrderedDict[bytes, Findings] = OrderedDict()

    def get(self, name: bytes) -> Findings | None:
        """The findings under that key, now the most recently used; None if there are none."""
        findings = self._findings.get(name)
        if findings is not None:
            self._findings.move_to_end(name)
        return findings

    def put(self, name: bytes, findings: Findings) -> None:
        """Store findings and evict the least recently used ones over the limit."""
        old = self._findings.pop(name, None)
        self._weight += findings.weight - (old.weight if old else 0)
        self._findings[name] = findings
        while self._weight > self._limit and len(self._findings) > 1:
            _, oldest = self._findings.popitem(last=False)
            self._weight -= oldest.weight


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
    """Finds spans; pauses between pieces of long new texts. One that asks `later` lets others use the names worker."""

    def __init__(
        self,
        names: Names,
        policy: DetectionPolicy,
        cache: FindingsCache,
        timer: PauseTimer | None = None,
        later: bool = False,
    ) -> None:
        self._names = names
        self._later = later
        self._policy = policy
        self._cache = cache
        self._timer = timer or PauseTimer()

    def find(self, key: bytes, passages: Sequence[Passage]) -> list[Findings]:
        """The findings of each passage. Raises `DetectionFailed` if the names worker does not answer."""
        version = f"{self._names.version}|{self._policy.fingerprint}"
        names = [digest(key, f"text|{passage.names}|{version}", passage.text) for passage in paced(passages)]
        known = {name: findings for name in paced(names) if (findings := self._cache.get(name)) is not None}
        named = paced(zip(names, passages, strict=True))
        new = {name: passage for name, passage in named if name not in known}
        if new:
            try:
                known |= self._new(key, version, new)
            finally:
                structure.forget()
        return [known[name] for name in paced(names)]

    def _new(self, key: bytes, version: str, passages: dict[bytes, Passage]) -> dict[bytes, Findings]:
        """The findings of passages not seen before, paragraph by paragraph."""
        cut = {name: self._cut(key, version, passage) for name, passage in paced(passages.items(), _TEXTS)}
        known: dict[bytes, Findings] = {}
        pending: dict[bytes, _Pending] = {}
        for name, pieces in paced(cut.items(), _TEXTS):
            for paragraph, piece_name in pieces:
                cached = self._cache.get(piece_name)
                if cached is not None:
                    known[piece_name] = cached
                elif piece_name not in pending:
                    pending[piece_name] = self._patterned(passages[name], paragraph)
        known |= self._named(pending)
        joined = {}
        for name, pieces in paced(cut.items(), _TEXTS):
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
            structured.spans += [span.moved(start) for span in paced(known.spans)]
            structured.nobody += [(first + start, last + start) for first, last in paced(known.prose)]
        return structured

    def _read_structure(self, text: str, names: bool) -> structure.StructureFindings:
        block_findings = structure.read_block(text, self._timer.pause_if_due)
        block_findings.spans = [
            span
            for span in paced(registry.outside_zones(text, block_findings.spans))
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
            for piece in paced(pending.values(), _TEXTS)
            if piece.asked
            for start, end in whole_lines(piece.text, piece.ranges)
        ]
        if places:
            texts = [piece.text[start:end] for piece, start, end in places]
            spans_of_places = self._names.find(texts, self._later)
            self._timer.restart()
            for (piece, start, _), spans in paced(zip(places, spans_of_places, strict=True)):
                piece.named += within([span.moved(start) for span in spans], piece.ranges)
        known: dict[bytes, Findings] = {}
        for name, piece in paced(pending.items(), _TEXTS):
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
    whole, edges = [], _WordEdges(text)
    for span in spans:
        pause()
        whole.append(Span(*_whole(text, span, edges), span.label, span.certain))
    for span in settle(whole, pause):
        pause()
        yield from _plain(text, span)


class _WordEdges:
    """Where the words begin and end that a place is in; words that run on without spaces may be cut anywhere.

    A word may be a megabyte long and hold thousands of spans, so what was walked last is not walked again.
    """

    __slots__ = ("_after", "_before", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._before = self._after = (0, 0)

    def begin(self, at: int) -> int:
        """The nearest place from `at` backwards that no word runs across."""
        text, first = self._text, at
        begin, walked = self._before
        while not _may_be_cut(text, at):
            if begin < at <= walked:
                at = begin
                break
            before = text[max(at - _STEP, 0) : at]
            at -= max(1, len(before) - len(before.rstrip(_PLAIN)) - 1)  # the first sign may be escaped
        if at < first:
            self._before = at, first
        return at

    def end(self, at: int) -> int:
        """The nearest place from `at` onwards that no word runs across."""
        text, first = self._text, at
        walked, end = self._after
        while not _may_be_cut(text, at):
            if walked <= at < end:
                at = end
                break
            ahead = text[at : at + _STEP]
            at += max(1, len(ahead) - len(ahead.lstrip(_PLAIN)))
        if at > first:
            self._after = first, at
        return at


def _may_be_cut(text: str, at: int) -> bool:
    return parts_words(text, at) or runs_on(text[at]) or runs_on(text[at - 1])


def _whole(text: str, span: Span, edges: _WordEdges) -> tuple[int, int]:
    """The range of the words that the span is in, but a secret begins after the letter of a flag: `mysql -pHunter2`.

    Restoring finds it there only where it begins with a capital.
    """
    start, end = edges.begin(span.start), edges.end(span.end)
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


def scan_text(detector: Detector, key: bytes, text: str) -> list[Span]:
    """The personal values of a text, in order, offsets in its code points. Raises `DetectionFailed`."""
    passage = Passage(text)
    reading = passage.reading
    findings = without_outvoted([reading.text], detector.find(key, [passage]))
    spans = propagate([reading.text], findings, Vocabulary([reading.text]), PauseTimer())[0]
    return [Span(*reading.original(span.start, span.end), span.label, span.certain) for span in spans]


_FEWEST = 3
_SHARE = 3
"""A word is nobody if it has at least so many places, and is found in one of so many or fewer."""
_LONGEST_ACRONYM = 6


def without_outvoted(texts: Sequence[str], findings_of_texts: Sequence[Findings]) -> Sequence[Findings]:
    """The findings without uncertain people of one such word."""
    counts = Counter(
        text[span.start : span.end]
        for text, findings in paced(zip(texts, findings_of_texts, strict=True))
        for span in paced(findings.spans)
        if _is_uncertain(span)
    )
    nobody = {word for word, count in counts.items() if _is_outvoted(word, count, texts)}
    if not nobody:
        return findings_of_texts
    return [
        Findings(
            tuple(
                span
                for span in paced(findings.spans)
                if not _is_uncertain(span) or text[span.start : span.end] not in nobody
            ),
            findings.prose,
        )
        for text, findings in paced(zip(texts, findings_of_texts, strict=True))
    ]


def _is_uncertain(span: Span) -> bool:
    return span.label is Label.PERSON and not span.certain


def _is_outvoted(word: str, count: int, texts: Sequence[str]) -> bool:
    acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM
    if not word.isalpha() or not (acronym or is_in_dictionaries(word.lower())):
        return False
    fewest, places = max(_FEWEST, _SHARE * count), 0
    for text in texts:
        at = text.find(word)
        while at >= 0 and places < fewest:
            places += parts_words(text, at) and parts_words(text, at + len(word))
            at = text.find(word, at + len(word))
    return places >= fewest
