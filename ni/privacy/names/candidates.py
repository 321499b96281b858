"""Which tokens may begin a search for people: most words of most texts cannot be part of a name.

The network sees four tokens to either side, so what it says of a token is the same whether it reads the whole text or
the token with enough around it. Only the surroundings of candidates are read.
"""

import re
from collections.abc import Iterator, Sequence

from ni.privacy.lexicon import WordKind
from ni.privacy.names.model import LOWER, MIXED, UPPER, Token, Word, case_of
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
