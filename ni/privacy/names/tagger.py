"""People in pieces of text: tokens, their words, the network around candidates, and the checks after it.

Runs in the worker process only. A text's result depends on that text alone.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy

from ni.privacy.lexicon import WordKind, read_lexicon
from ni.privacy.names import model
from ni.privacy.names.candidates import candidates, surroundings
from ni.privacy.names.filters import kept
from ni.privacy.names.foreign import Foreign
from ni.privacy.names.found import NameFinding
from ni.privacy.names.model import FILE, Features, Network, Token, Word, case_of, read_weights, tokenize
from ni.privacy.names.scripts import find_other_scripts
from ni.privacy.rules_version import rules_version
from ni.privacy.spans import Label, Span
from ni.privacy.words import looks_like_code

FAVOUR: Mapping[WordKind, float] = {
    WordKind.GIVEN: 2.0,
    WordKind.EITHER: 2.0,
    WordKind.FAMILY: 2.0,
    WordKind.UNKNOWN: 0.5,
}
"""Added to the scores of people's tags at a word of this kind: what its lists know weighs more than in training, where
three names in ten were hidden from them."""


TECHNICAL = re.compile(
    r"[`_{}\\=|]|\w\(|::|->|--\w|</|[a-z][A-Z]{2}|[a-z][A-Z][a-z]|(?<![\w@.-])\w+\.[a-z]{2,}(?![\w@])"
    r"|^\s*(?:[#/*]|(?:return|import|def|var|const|elif|yield|assert)\b)"
)
"""What stands in technical text, in which a listed name tells little."""
PAIR = 6.0
"""Added where a listed given name stands before a listed surname, whatever else the two mean (April Gill)."""


class _Text(NamedTuple):
    """A text cut into tokens, with what is known of them."""

    text: str
    tokens: Sequence[Token]
    words: Sequence[Word]
    candidates: Sequence[int]


@dataclass(frozen=True, slots=True)
class Tagger:
    """Finds people. `favour`, `pair` and `without` (rules left out) are for measurements."""

    features: Features
    network: Network
    version: str
    favour: Mapping[WordKind, float] = field(default_factory=lambda: FAVOUR)
    pair: float = PAIR
    without: frozenset[str] = frozenset()

    @classmethod
    def load(cls) -> Self:
        """With the weights and lists of this package. Raises OSError or ValueError if they cannot be read."""
        arrays, tables = read_weights()
        digest = hashlib.sha256(rules_version().encode() + FILE.read_bytes()).hexdigest()
        return cls(Features(read_lexicon(), tables), Network(arrays), digest[:16])

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """The people in each text, in order, without overlaps."""
        read = [self._read(text) for text in texts]
        parts = [
            (at, start, end)
            for at, text in enumerate(read)
            for start, end in surroundings(text.candidates, len(text.tokens))
        ]
        found: list[list[Span]] = [[] for _ in texts]
        for (at, start, _), scores in zip(parts, self._scores(read, parts), strict=True):
            for first, end in model.people(scores, self._favours(read[at], start, len(scores))):
                found[at] += kept(
                    NameFinding(*read[at][:3], start + first, start + end, self.features.lexicon),
                    self.without,
                )
        judged = [
            Foreign(*text[:3], self.features.lexicon).judged(spans)
            for text, spans in zip(read, found, strict=True)
        ]
        return [_with_other_scripts(text, spans) for text, spans in zip(texts, judged, strict=True)]

    def _read(self, text: str) -> _Text:
        tokens = tokenize(text)
        words = [self.features.word(token.text) for token in tokens]
        return _Text(text, tokens, words, candidates(text, tokens, words))

    def _favours(self, text: _Text, start: int, count: int) -> Any:
        """What is added to people's tags at each token of a part; nothing in code, where a listed name tells little."""
        if TECHNICAL.search(text.text) or looks_like_code(text.text):
            return None
        found = numpy.array([self.favour.get(word.kind, 0.0) for word in text.words[start : start + count]])
        for at in range(start, start + count - 1):
            if _full_name(text, at) and not self._names_a_thing(text, at):
                found[at - start : at - start + 2] += self.pair
        return found

    def _names_a_thing(self, text: _Text, at: int) -> bool:
        """Whether both words here are names of methods, products or places (Monte Carlo)."""
        return all(token.text.lower() in self.features.lexicon.named for token in text.tokens[at : at + 2])

    def _scores(self, read: Sequence[_Text], parts: Sequence[tuple[int, int, int]]) -> list[Any]:
        """The scores of each part of the texts: number of the text, first token, end."""
        rows = {
            at: self.features.rows(read[at].tokens, read[at].words, case_of(read[at].text))
            for at, _, _ in parts
        }
        return self.network.scores([rows[at][start:end] for at, start, end in parts]) if parts else []


def _with_other_scripts(text: str, spans: list[Span]) -> list[Span]:
    if text.isascii():
        return spans
    others = find_other_scripts(text)
    return sorted([*spans, *(Span(start, end, Label.PERSON, certain=False) for start, end in others)])


def _full_name(text: _Text, at: int) -> bool:
    """Whether a given name and a surname stand here, one space apart and both with a capital."""
    (first, last), (given, family) = text.tokens[at : at + 2], text.words[at : at + 2]
    titled = first.text.istitle() and last.text.istitle() and last.start == first.end + 1
    titled = titled and not (at and text.tokens[at - 1].text in (":", "="))
    return titled and given.kind.is_given and family.kind.is_family
