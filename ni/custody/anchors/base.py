"""The seam of anchors: where a checkpoint is published so that nobody, us included, can take it back.

An anchor remembers for us: at a start and before each publication its newest checkpoint is compared with our history.
It never decides what is right; it only shows that something is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class AnchorDown(Exception):
    """The anchor cannot be reached or refuses for a reason of its own: tried again later."""


class AnchorForked(Exception):
    """The anchor holds a checkpoint that our log does not contain; with `size`, only if our log has not grown to it."""

    def __init__(self, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.size = size


@dataclass(frozen=True, slots=True)
class CheckpointPublication:
    """A signed head to publish; `growth` gives the hashes that prove it from an older size."""

    origin: str
    size: int
    note: str
    growth: Callable[[int], list[bytes]] = field(repr=False)


class Anchor(Protocol):
    """One place. Raises `AnchorDown` or `AnchorForked`."""

    @property
    def name(self) -> str:
        """What the metrics and the logs call it; no credential in it."""

    def newest(self) -> str | None:
        """The newest checkpoint it holds, as a signed note; None if it holds none or does not tell."""

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Publish; what others signed to it, as lines of a note. Publishing the same again does no harm."""


def file_name(size: int) -> str:
    """Names sort as the sizes do: 20 digits."""
    return f"{size:020d}.txt"
