"""What the Drift and Deployments pages ask of the guard: protocols and frozen values, a part of `services`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ni.custody.drifts import DriftEvent


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the guard stands to a deployment: the grade of its routes, or why they are refused, and the mend."""

    grade: str
    reason: str
    mend: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class ListView:
    """An address list: how many rows, as of when, from where, and whether it is too old to be believed."""

    name: str
    rows: int
    as_of: datetime
    sha256: str
    source: str
    stale: bool


class Residency(Protocol):
    """Where deployments were found, for the person who runs the instance."""

    def enforces(self) -> bool:
        """Whether what is wrong is refused, or only recorded."""

    def verdicts(self) -> Mapping[str, Verdict]:
        """The verdict on each deployment that has routes, by its id."""

    def events(self) -> Sequence[DriftEvent]:
        """Drift, newest first."""

    def met_today(self) -> int:
        """How often it was met in the last 24 hours, by the events last seen in them."""

    def lists(self) -> Sequence[ListView]:
        """The address lists that are in use."""
