"""What a request says, as far as surrogates must avoid it: its words, and on doubt its texts."""

from collections.abc import Sequence

from ni.privacy.breaks import Breaks
from ni.privacy.words import WORD, fold

_SEARCHED = 400_000  # characters of distinct words up to which parts of words are avoided as well
_BETWEEN = 1000  # words, or characters of a short text, between two thoughts of a break


class Vocabulary:
    """The words of a request, folded; holds them for as long as the request is masked."""

    def __init__(self, texts: Sequence[str], breaks: Breaks | None = None) -> None:
        breaks = breaks or Breaks()
        self.folded = [fold(text) for text in texts]
        self.words = [_words(text, breaks) for text in self.folded]
        self._words: frozenset[str] = frozenset().union(*self.words)
        joined = "\n".join(self._words)
        self._joined = joined if len(joined) <= _SEARCHED else None

    def has(self, folded: str) -> bool:
        """Whether the request contains this, be it inside a word.

        In a very large request only whole words count: what is put back is recognised by whole words.
        """
        words = WORD.findall(folded)
        if self._joined is not None and not all(word in self._joined for word in words):
            return False
        if self._joined is None and not all(word in self._words for word in words):
            return False
        return len(words) <= 1 or any(folded in text for text in self.folded)


def _words(text: str, breaks: Breaks) -> frozenset[str]:
    """The distinct words of a text."""
    if len(text) < _BETWEEN:
        return frozenset(WORD.findall(text))
    words: set[str] = set()
    for at, word in enumerate(WORD.finditer(text)):
        if at % _BETWEEN == 0:
            breaks.take()
        words.add(word[0])
    return frozenset(words)
