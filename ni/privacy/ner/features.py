"""What the network is shown of a word: indices into its embedding tables, made from the word and from word lists.

A small network cannot know every name by heart. A word that only ever names people is shown as its kind ("a given
name") and a word that no list has as unknown; a word with a meaning (Rose, Pierre) stays itself. A fifth column says
for every word what the lists know of it, how the text around it is written, and whether it touches its neighbours.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy

from ni.privacy.lexicon import Kind, Lexicon
from ni.privacy.ner.tokens import Token

OTHER, PAD = 0, 1
"""Rows that every table has: for what it does not list, and for the gaps between texts."""
RESERVED = 2
MIXED, UPPER, LOWER = 0, 1, 2
CONTEXTS = RESERVED + len(Kind) * 3 * 4
COLUMNS = ("norm", "prefix", "suffix", "shape")
CACHED_WORDS = 8_000
_DIGITS = re.compile(r"\d")


class Word(NamedTuple):
    """Indices into the four tables of words, and what the lists know of the word."""

    norm: int
    prefix: int
    suffix: int
    shape: int
    kind: Kind


def shape(word: str) -> str:
    """The word with letters as x or X and digits as d; no more than four alike in a row."""
    out: list[str] = []
    run = 0
    for char in word[:60]:
        mark = ("X" if char.isupper() else "x") if char.isalpha() else "d" if char.isdigit() else char
        run = run + 1 if out and out[-1] == mark else 0
        if run < 4:
            out.append(mark)
    return "".join(out)


def strings(word: str, kind: Kind) -> tuple[str, str, str, str]:
    """What the four tables of words list: the word or its kind, its first letter, its ending, its shape."""
    if word == "\n":
        return "<line>", "<line>", "<line>", "<line>"
    if "@" in word[1:] and word[0] != "@":
        return "<mail>", "<mail>", "<mail>", "<mail>"
    if "://" in word or word[:4].lower() == "www.":
        return "<url>", "<url>", "<url>", "<url>"
    lower = word.lower().replace("’", "'")
    norm = f"<{kind.name}>" if kind.is_shown_as_kind else _DIGITS.sub("0", lower)[:20]
    return norm, word[:1], lower[-3:], shape(word)


def case_of(text: str) -> int:
    """Whether a text is written in capitals alone, in small letters alone, or in both."""
    return UPPER if text.isupper() else LOWER if text.islower() else MIXED


EMOJI, BULLET = "\u2190", "-"
"""Arrows, ornaments and emoji, and all that has higher codes; the network met few and takes them for this sign."""


@dataclass(slots=True)
class Features:
    """Describes tokens by the tables of a network; remembers a bounded number of words."""

    lexicon: Lexicon
    tables: Sequence[Mapping[str, int]]
    _words: dict[str, Word] = field(default_factory=dict)

    def word(self, text: str) -> Word:
        """The description of one token, remembered."""
        text = BULLET if text[0] >= EMOJI and not text[0].isalnum() else text
        known = self._words.get(text)
        if known is None:
            if len(self._words) >= CACHED_WORDS:
                self._words.clear()
            known = self._words[text] = self._described(text)
        return known

    def _described(self, text: str) -> Word:
        kind = self.lexicon.kind(text)
        norm, prefix, suffix, form = (
            table.get(string, OTHER) for table, string in zip(self.tables, strings(text, kind), strict=True)
        )
        return Word(norm, prefix, suffix, form, kind)

    def rows(self, tokens: Sequence[Token], words: Iterable[Word], case: int) -> Any:
        """One row of five indices for each token of a text."""
        last = len(tokens) - 1
        found = []
        for at, (token, word) in enumerate(zip(tokens, words, strict=True)):
            touches = (at > 0 and tokens[at - 1].end == token.start) + 2 * (
                at < last and tokens[at + 1].start == token.end
            )
            found.append((*word[:4], RESERVED + (word.kind * 3 + case) * 4 + touches))
        return numpy.array(found, dtype="int32").reshape(-1, 5)
