"""Whether some letters stand inside one of many words, asked thousands of times.

Reading all words for each question makes a request of many values cost the square of its length. After a few
questions the words are listed by their runs of three characters, and a question reads only those words that have the
rarest run of what is asked for.
"""

from collections.abc import Collection, Sequence

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
