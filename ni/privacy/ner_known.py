"""People whom the models passed over although their names are in the lexicon: full names, and given names that stand
alone in a sentence. Words with a meaning of their own are never taken on this ground.

Beside code nothing is added: a name that is part of an identifier or of a path belongs to it.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ni.privacy.lexicon import EITHER, FAMILY, GIVEN, UNKNOWN, Lexicon
from ni.privacy.ner_doubts import in_code, one_case, unannounced
from ni.privacy.spans import Label, Span

WORD = re.compile(r"(?<![\w'’./\\@#$%&=+~-])[^\W\d_][\w'’]*(?:-[^\W\d_][\w'’]*)*(?![\w/\\@(=\[]|[.:-]\w)")
POSSESSIVE = re.compile(r"['’]s$|['’]$", re.IGNORECASE)
ELISION = re.compile(r"^(?:[dl]|qu)['’]", re.IGNORECASE)
SMALL_WORDS = 2
"""As many words in small letters make a sentence, in which a given name may stand alone."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text, what is known of it, and whether it is written as a name is in this text."""

    start: int
    end: int
    kind: str | None
    named: bool


def known_people(text: str, guesses: Sequence[Span], lexicon: Lexicon) -> list[Span]:
    """People beside the guesses, which are of any label: what a model took for a place or a firm may be one of them."""
    words = list(_words(text, lexicon))
    prose = sum(text[word.start : word.end].islower() for word in words) >= SMALL_WORDS
    flat = one_case(text)
    places = [span for span in guesses if span.label is Label.LOCATION]
    taken = [span for span in guesses if span.label is Label.PERSON]
    for start, end in _full(text, words):
        if not _touched(start, end, taken):
            taken.append(Span(start, end, Label.PERSON, certain=False))
    for word in _alone(text, words) if prose else ():
        # London and Austin are places unless the model says otherwise; a word that is only a given name is none.
        # Where capitals tell nothing a surname that is also a given name is too little.
        place = word.kind == EITHER and (flat or _touched(word.start, word.end, places))
        if not place and not (flat and _coded(text, word)) and not _touched(word.start, word.end, taken):
            taken.append(Span(word.start, word.end, Label.PERSON, certain=False))
    return [span for span in taken if span not in guesses]


def _coded(text: str, word: Word) -> bool:
    """Whether a word stands in code, or in a comment that announces nobody: a word tells little there."""
    return in_code(text, word.start, word.end) or unannounced(text, word.start, word.end)


def _touched(start: int, end: int, spans: Iterable[Span]) -> bool:
    return any(span.start < end and start < span.end for span in spans)


def joined(text: str, spans: Iterable[Span], lexicon: Lexicon) -> list[Span]:
    """The spans, with "Surname, Given name" as one person, and "Given name, given name" as two."""
    out: list[Span] = []
    for span in spans:
        before = out[-1] if out else None
        if before and text[before.end : span.start] == ", " and _indexed(text, before, span, lexicon):
            out[-1] = Span(before.start, span.end, Label.PERSON, certain=False)
            continue
        out += _split(text, span, lexicon)
    return out


def _indexed(text: str, last: Span, first: Span, lexicon: Lexicon) -> bool:
    given = text[first.start : first.end].partition(" ")[0]
    return lexicon.kind(text[last.start : last.end]) == FAMILY and lexicon.kind(given) in (GIVEN, EITHER)


def _split(text: str, span: Span, lexicon: Lexicon) -> list[Span]:
    left, comma, _ = text[span.start : span.end].partition(", ")
    if not comma or lexicon.kind(left) not in (GIVEN, EITHER):
        return [span]
    middle = span.start + len(left)
    return [
        Span(span.start, middle, span.label, certain=False),
        *_split(text, Span(middle + len(comma), span.end, span.label, certain=False), lexicon),
    ]


def _words(text: str, lexicon: Lexicon) -> Iterator[Word]:
    flat = one_case(text)
    for match in WORD.finditer(text):
        start, end = match.span()
        if elided := ELISION.match(match[0]):
            start += elided.end()
        if owned := POSSESSIVE.search(text[start:end]):
            end -= len(owned[0])
        word = text[start:end]
        yield Word(start, end, lexicon.kind(word), flat or (word[:1].isupper() and not word.isupper()))


def _full(text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """A given name and, after one space, a surname that we know, or in mixed case a word that nobody knows."""
    flat = one_case(text)
    last_kinds = (FAMILY, EITHER) if flat else (FAMILY, EITHER, GIVEN, UNKNOWN)
    for first, last in itertools.pairwise(words):
        adjacent = text[first.end : last.start] == " " and first.named and last.named
        if adjacent and first.kind in (GIVEN, EITHER) and last.kind in last_kinds:
            yield first.start, last.end


def _alone(text: str, words: Sequence[Word]) -> Iterator[Word]:
    """A given name whose neighbours are not written like names: with a capital, or where all are, no names we know."""
    flat = one_case(text)
    for at, word in enumerate(words):
        beside = (words[at - 1] if at else None, words[at + 1] if at + 1 < len(words) else None)
        crowded = any(
            other
            and (other.kind if flat else other.named)
            and text[min(word.end, other.end) : max(word.start, other.start)].strip(" ") == ""
            for other in beside
        )
        if word.kind in (GIVEN, EITHER) and word.named and not crowded and word.end - word.start > 2:
            yield word
