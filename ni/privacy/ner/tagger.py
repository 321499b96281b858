"""People in pieces of text: tokens, their words, the network around candidates, and the checks after it.

Runs in the worker process only. A text's result depends on that text alone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from ni.privacy.lexicon import read_lexicon
from ni.privacy.ner import decode
from ni.privacy.ner.candidates import candidates, surroundings
from ni.privacy.ner.features import Features, Word, case_of
from ni.privacy.ner.filters import Found, kept
from ni.privacy.ner.network import FILE, Network, read_weights
from ni.privacy.ner.scripts import find_other_scripts
from ni.privacy.ner.tokens import Token, tokenize
from ni.privacy.rules import rules_version
from ni.privacy.spans import Label, Span

BIAS = 0.0
"""Added to the scores of people's tags: more of it finds more people, and more that are none."""


class _Text(NamedTuple):
    """A text cut into tokens, with what is known of them."""

    text: str
    tokens: Sequence[Token]
    words: Sequence[Word]
    candidates: Sequence[int]


@dataclass(frozen=True, slots=True)
class Tagger:
    """Finds people. `bias` and `without` (rules left out) are for measurements; the product has one setting."""

    features: Features
    network: Network
    version: str
    bias: float = BIAS
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
            for first, end in decode.people(scores, self.bias):
                found[at] += kept(Found(*read[at], start + first, start + end), self.without)
        return [_with_other_scripts(text, spans) for text, spans in zip(texts, found, strict=True)]

    def _read(self, text: str) -> _Text:
        tokens = tokenize(text)
        words = [self.features.word(token.text) for token in tokens]
        return _Text(text, tokens, words, candidates(tokens, words, case_of(text)))

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
