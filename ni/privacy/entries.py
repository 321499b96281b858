"""What stands for what: a surrogate, its original, and every form in which the surrogate was sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from ni.privacy.names.people_names import alignable, aligned, cased, tokens

Check = Callable[[str], bool]


class CueKind(StrEnum):
    """Which part of a value it is."""

    END = "end"
    START = "start"
    AREA = "area"
    YEAR = "year"
    CIVIC = "civic"


@dataclass(slots=True)
class Entry:
    """One original. `surfaces` holds every form of the surrogate that was sent with the form of the original it hid.

    `exact`: only those forms count. `check`: tells of any other form whether it may stand for the original.
    """

    surrogate: str
    original: str
    exact: bool = False
    surfaces: dict[str, str] = field(default_factory=dict)
    check: Check | None = None

    def restored(self, written: str) -> str | None:
        """The original in the form in which a model wrote the surrogate; None where that form proves nothing."""
        known = self.surfaces.get(written)
        if known is not None or self.exact:
            return known
        if self.check and not self.check(written):
            return None
        if len(tokens(self.surrogate)) > 1 or any(char.isdigit() for char in self.surrogate):
            made = self._aligned(written)
            if made is not None:
                return made
        return cased(written, self.surrogate, self.original)

    def _aligned(self, written: str) -> str | None:
        return (
            aligned(written, self.surrogate, self.original)
            if alignable(self.surrogate, self.original)
            else None
        )


class Glued(Entry):
    """Names written as one word: each piece has the case in which it was written."""

    def __init__(self, made: tuple[str, ...], original: tuple[str, ...]) -> None:
        super().__init__("".join(made), "".join(original))
        self._sizes = tuple(map(len, made))
        self._pieces = original

    def restored(self, written: str) -> str | None:
        """All pieces, each in its case."""
        if written.isupper():
            return self.original.upper()
        made, at = [], 0
        for size, piece in zip(self._sizes, self._pieces, strict=True):
            made.append(piece.capitalize() if written[at : at + 1].isupper() else piece)
            at += size
        return "".join(made)
