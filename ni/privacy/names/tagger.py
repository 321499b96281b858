"""People in pieces of text: tokens, their words, the network around candidates, and the rules after it.

Runs in the names worker. A text's result depends on that text alone. The network sees four tokens to either side, so
only the surroundings of tokens that may begin a name are read; the scores are the same as over the whole text.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy

from ni.privacy.lexicon import WordKind, read_lexicon
from ni.privacy.names import model
from ni.privacy.names.filters import accepted
from ni.privacy.names.finding import NameFinding
from ni.privacy.names.foreign import Foreign, find_other_scripts
from ni.privacy.names.model import (
    FILE,
    LOWER,
    MIXED,
    UPPER,
    Features,
    Network,
    Token,
    Word,
    case_of,
    read_weights,
    tokenize,
)
from ni.privacy.spans import Label, Span, rules_version
from ni.privacy.words import ENGLISH, FRENCH, looks_like_code

AROUND = 12
"""Tokens read to either side of a candidate: as many as the network sees, and as many as the longest name has."""
SMALL_WORDS = ENGLISH | FRENCH
SENTENCE = 2
"""As many small words make a sentence of a text in small letters."""
_INNER_CAPITAL = re.compile(r"(?!(?:Ma?c|D[eiu]|L[ae]|Fitz|Van|St|O['’])[A-Z])[^\W\d_]*[a-z][A-Z]")


def candidates(text: str, tokens: Sequence[Token], words: Sequence[Word]) -> list[int]:
    """The places of the tokens of a text that may be somebody's name, or show that there is one."""
    case = case_of(text)
    small_words = sum(token.text in SMALL_WORDS for token in tokens) if case == LOWER else 0
    sentence = small_words >= SENTENCE and not looks_like_code(text)
    return [
        at
        for at, (token, word) in enumerate(zip(tokens, words, strict=True))
        if _may_be_name(token.text, word.kind, case, sentence)
        or (
            case == MIXED
            and word.kind is WordKind.WORD
            and token.text.istitle()
            and at
            and _within(tokens[at - 1])
        )
    ]


def _may_be_name(token: str, kind: WordKind, case: int, sentence: bool) -> bool:
    if kind in (WordKind.WORD, WordKind.OTHER, WordKind.LETTER):
        return False
    if token.islower():
        named = kind.is_only_name or (
            case == LOWER and sentence and (kind.is_given or kind is WordKind.UNKNOWN)
        )
        return named and len(token) > 2
    if token.isupper() and case != UPPER:
        return kind.is_name
    return token[:1].isupper() and not _INNER_CAPITAL.match(token)


def _within(before: Token) -> bool:
    """Whether the next word begins no sentence, so that its capital says something."""
    return before.text.rstrip("'’")[-1:].isalpha() or before.text == ","


def surroundings(places: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """Ranges of tokens around candidates, of a text with so many tokens; in order and apart."""
    start = end = -1
    for at in places:
        if start >= 0 and at - AROUND > end:
            yield start, end
            start = -1
        start = max(0, at - AROUND) if start < 0 else start
        end = min(count, at + AROUND + 1)
    if start >= 0:
        yield start, end


FAVOUR: Mapping[WordKind, float] = {
    WordKind.GIVEN: 3.5,
    WordKind.EITHER: 3.5,
    WordKind.FAMILY: 1.4,
    WordKind.WORD_GIVEN: 1.3,
    WordKind.WORD_EITHER: 1.3,
}
"""Added to the scores of people's tags at a word of this kind: what its lists know weighs more than in training, where
three names in ten were hidden from them."""


TECHNICAL = re.compile(
    r"[`_{}\\=|]|\w\(|::|->|--\w|</|[a-z][A-Z]{2}|[a-z][A-Z][a-z]|(?<![\w@.-])\w+\.[a-z]{2,}(?![\w@])"
    r"|^\s*(?:[#/*]|(?:return|import|def|var|const|elif|yield|assert)\b)"
)
"""Signs of technical text, in which a listed name is weak evidence."""
PAIR = 4.0
"""Added where a listed given name stands before a listed surname, whatever else the two mean (April Gill)."""


class _TokenizedText(NamedTuple):
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
        spans_of_texts: list[list[Span]] = [[] for _ in texts]
        for (at, start, _), scores in zip(parts, self._scores(read, parts), strict=True):
            for first, end in model.people(scores, self._favours(read[at], start, len(scores))):
                spans_of_texts[at] += accepted(
                    NameFinding(*read[at][:3], start + first, start + end, self.features.lexicon),
                    self.without,
                )
        judged = [
            Foreign(*text[:3], self.features.lexicon).judged(spans)
            for text, spans in zip(read, spans_of_texts, strict=True)
        ]
        return [_with_other_scripts(text, spans) for text, spans in zip(texts, judged, strict=True)]

    def _read(self, text: str) -> _TokenizedText:
        tokens = tokenize(text)
        words = [self.features.word(token.text) for token in tokens]
        return _TokenizedText(text, tokens, words, candidates(text, tokens, words))

    def _favours(self, text: _TokenizedText, start: int, count: int) -> Any:
        """Scores added to people's tags at each token; none in technical text, where a listed name is weak evidence."""
        if TECHNICAL.search(text.text) or looks_like_code(text.text):
            return None
        favours = numpy.array([self.favour.get(word.kind, 0.0) for word in text.words[start : start + count]])
        for at in range(start, start + count - 1):
            if _full_name(text, at) and not self._names_a_thing(text, at):
                favours[at - start : at - start + 2] += self.pair
        return favours

    def _names_a_thing(self, text: _TokenizedText, at: int) -> bool:
        """Whether both words here are names of methods, products or places (Monte Carlo)."""
        return all(token.text.lower() in self.features.lexicon.named for token in text.tokens[at : at + 2])

    def _scores(self, read: Sequence[_TokenizedText], parts: Sequence[tuple[int, int, int]]) -> list[Any]:
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


def _full_name(text: _TokenizedText, at: int) -> bool:
    """Whether a given name and a surname stand here, one space apart and both with a capital."""
    (first, last), (given, family) = text.tokens[at : at + 2], text.words[at : at + 2]
    titled = first.text.istitle() and last.text.istitle() and last.start == first.end + 1
    titled = titled and not (at and text.tokens[at - 1].text in (":", "="))
    return titled and given.kind.is_given and family.kind.is_family
