"""What a request says, as far as surrogates must avoid it: its words, and on doubt its texts.

Whether some letters stand inside one of many words, asked thousands of times.

Reading all words for each question makes a request of many values cost the square of its length. After a few
questions the words are listed by their runs of three characters, and a question reads only those words that have the
rarest run of what is asked for.

Breaks in long work, so that other requests are not held up by it: taken by the clock, asked for often.
"""

import re
from collections.abc import Callable, Collection, Sequence
from time import monotonic

from ni.privacy.words import WORD, fold

_RUN = 3
_READ_THROUGH = 32  # questions that are answered by reading all words: listing them costs about as much


class Inside:
    """The distinct words of a request, to be asked what stands inside one of them."""

    def __init__(self, words: Collection[str], joined: str) -> None:
        self._words = words
        self._joined = joined
        self._asked = 0
        self._by_run: dict[str, list[str]] = {}
        self._short: frozenset[str] = frozenset()

    def __contains__(self, part: object) -> bool:
        """Whether one of the words has this part, or is it; nothing at all is part of anything."""
        if not isinstance(part, str):
            return False
        if not part or part in self._words:
            return True
        self._asked += 1
        if self._asked <= _READ_THROUGH:
            return part in self._joined
        if len(part) < _RUN:
            self._list()
            return part in self._short
        return any(part in word for word in self.read_for(part))

    def read_for(self, part: str) -> Sequence[str]:
        """The words that have to be read to tell whether this part, of three characters or more, is in one."""
        self._list()
        found: Sequence[str] | None = None
        for at in range(len(part) - _RUN + 1):
            listed = self._by_run.get(part[at : at + _RUN], ())
            if not listed:
                return ()
            if found is None or len(listed) < len(found):
                found = listed
        return found or ()

    def _list(self) -> None:
        if self._short:
            return
        short: set[str] = set()
        for word in self._words:
            runs = {word[at : at + _RUN] for at in range(len(word))}
            short.update(run[:size] for run in runs for size in range(1, _RUN))
            for run in runs:
                if len(run) == _RUN:
                    self._by_run.setdefault(run, []).append(word)
        self._short = frozenset(short)


STRETCH_S = 0.002
"""How long one request works before others get a turn; a call beside it needs several turns until its answer."""


def no_pause() -> None:
    """For programs that serve nobody else meanwhile."""


class Breaks:
    """The breaks of one request; `pause` lets others run."""

    def __init__(self, pause: Callable[[], None] = no_pause, clock: Callable[[], float] = monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._rested_at = clock()

    def take(self) -> None:
        """A pause if there was none for a while: asked often, it is seldom one."""
        if self._clock() - self._rested_at > STRETCH_S:
            self._pause()
            self._rested_at = self._clock()

    def had(self) -> None:
        """Others had their turn while something was waited for."""
        self._rested_at = self._clock()


_SEARCHED = 400_000  # characters of distinct words up to which parts of words are avoided as well
_WITHIN_A_NUMBER = 4  # characters that may stand between two groups of a number
_GAP = re.compile(r"[\W_]+")
_BETWEEN = 5_000  # characters that are read between two thoughts of a break


class Vocabulary:
    """The words of a request, folded; holds them for as long as the request is masked.

    `texts` are what is read of it, and `written` what is written where that is something else.
    """

    def __init__(
        self, texts: Sequence[str], breaks: Breaks | None = None, written: Sequence[str] = ()
    ) -> None:
        breaks = breaks or Breaks()
        self._sources = [fold(text) for text in written]
        self.folded = [fold(text) for text in texts]
        self.words = [_words(text, breaks) for text in self.folded]
        sources = (_words(text, breaks) for text in self._sources)
        self._words: frozenset[str] = frozenset().union(*self.words, *sources)
        joined = "\n".join(self._words)
        self._inside = Inside(self._words, joined) if len(joined) <= _SEARCHED else None
        self._run_together: list[str] | None = None

    def has(self, folded: str) -> bool:
        """Whether the request contains this, be it inside a word.

        In a very large request only whole words count: what is put back is recognised by whole words.
        """
        words = WORD.findall(folded)
        if not all(map(self.knows, words)):
            return False
        return len(words) <= 1 or any(folded in text for text in (*self.folded, *self._sources))

    @property
    def whole_words(self) -> bool:
        """Whether the request is so large that only whole words of it are known."""
        return self._inside is None

    def knows(self, word: str) -> bool:
        """Whether the request contains this word, be it inside another one where that is known."""
        return word in (self._words if self._inside is None else self._inside)

    def says_digits(self, digits: str) -> bool:
        """Whether the request contains these digits as a word of their own, or behind the marks that hide others."""
        return any(hidden + digits in self._words for hidden in ("", "x", "xx", "xxx", "xxxx"))

    def may_say(self, form: str) -> bool:
        """Whether the request contains these words one after another, whatever stands between them."""
        words = form.split(" ")
        if not all(map(self.knows, words)):
            return False
        if len(words) == 1:
            return True
        pattern = re.compile(r"[\W_]{1,12}".join(map(re.escape, words)))
        return any(pattern.search(text) for text in self.folded)

    def spells(self, number: str) -> bool:
        """Whether the request contains these digits and letters one after another, in any groups."""
        if self.knows(number):
            return True
        if not _in_words(number, self._words):
            return False
        if self._run_together is None:
            self._run_together = [_GAP.sub(_without_short_gap, text) for text in self.folded]
        return any(number in text for text in self._run_together)


def _without_short_gap(gap: re.Match[str]) -> str:
    return "" if len(gap[0]) <= _WITHIN_A_NUMBER else "\n"


def _in_words(number: str, words: frozenset[str]) -> bool:
    """Whether the number can be cut into words of the request: only then may the request say it in groups."""
    reached = {0}
    for end in range(1, len(number) + 1):
        if any(start in reached and number[start:end] in words for start in range(end)):
            reached.add(end)
    return len(number) in reached


def _words(text: str, breaks: Breaks) -> frozenset[str]:
    """The distinct words of a text."""
    words: set[str] = set()
    at = 0
    while at < len(text):
        end = min(at + _BETWEEN, len(text))
        rest = WORD.match(text, end)
        end = rest.end() if rest else end
        words.update(WORD.findall(text, at, end))
        at = end
        breaks.take()
    return frozenset(words)
