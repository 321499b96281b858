"""The protocol of anchors: systems where a checkpoint is published so that it cannot be withdrawn, not even by us.

At a start and before each publication an anchor's newest checkpoint is compared with the log. A difference shows that
something is wrong, not which side is right.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class AnchorDown(Exception):
    """The anchor cannot be reached or refuses for a reason unrelated to the log; the publisher retries later."""


class AnchorForked(Exception):
    """The anchor holds a checkpoint that the log lacks; if `size` is given, unless the log has grown to it."""

    def __init__(self, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.size = size


@dataclass(frozen=True, slots=True)
class CheckpointPublication:
    """A signed head to publish; `growth(old_size)` gives the hashes of a consistency proof (RFC 6962 section 2.1.2)."""

    origin: str
    size: int
    note: str
    growth: Callable[[int], list[bytes]] = field(repr=False)


class Anchor(Protocol):
    """One anchor. Its methods raise `AnchorDown` or `AnchorForked`."""

    @property
    def name(self) -> str:
        """Its label in metrics and logs, without credentials."""

    def newest(self) -> str | None:
        """The newest checkpoint it holds, as a signed note; None if it holds none or cannot be read."""

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Publish; the cosignatures of others as lines of a note. Idempotent."""


def file_name(size: int) -> str:
    """The file name of a size: 20 digits, so that names sort as sizes do."""
    return f"{size:020d}.txt"
