"""The seam of name finding: texts in, spans of people out.

Whoever implements it may run a model in another process; the rest of the package only needs this shape. Each text is
a piece of prose of at most about 2 kB, and what is found in it depends on that piece alone, so that it can be cached.
"""

from collections.abc import Sequence
from typing import Protocol

from ni.privacy.spans import Span


class Names(Protocol):
    """Finds people (and, where its policy says so, organisations and places) in pieces of prose."""

    @property
    def version(self) -> str:
        """Another one whenever the same text could give other names. Raises `DetectionFailed` if it is not known."""

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """For each text its spans, with `certain=False`. Raises `DetectionFailed`."""


class NoNames:
    """Finds nobody: for tests, and for an instance that relies on patterns alone."""

    @property
    def version(self) -> str:
        """Nothing ever changes."""
        return "none"

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """An empty list for each text."""
        return [[] for _ in texts]
