"""Finding people in running text; `Names` is the interface that the rest of the package uses.

`model` cuts text, describes words and scores them (a small convolutional network on numpy); `tagger` runs it around
candidate words; `filters` and `foreign` hold the rules after and beside it; `worker` runs the tagger in a process
apart. `people_names` says which parts a name has. The weights were made by `tools/privacy_training`.
"""

from collections.abc import Sequence
from typing import Protocol

from ni.privacy.spans import Span


class Names(Protocol):
    """Finds people (and, where its policy says so, organisations and places) in pieces of prose.

    A piece has at most about 2 kB, and the spans of a piece depend on its text alone, so that they can be cached.
    """

    @property
    def version(self) -> str:
        """Changes whenever the same text could give other names. Raises `DetectionFailed` if it is not known."""

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        """The spans of each text, with `certain=False`; `later` lets other texts go first. Raises `DetectionFailed`."""


class NoNames:
    """Finds no names: for tests, and for an instance that relies on patterns alone."""

    @property
    def version(self) -> str:
        """A constant."""
        return "none"

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        """An empty list for each text."""
        return [[] for _ in texts]
