"""What the journal writes: units of parts, and the protocol of the part writers, one for each type of part.

A unit is data, not a function of a connection, so that many can be written with one `executemany`, in any thread. All
parts of a unit become durable together, or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from ni.domain.errors import Problem


@dataclass(frozen=True, slots=True)
class Unit:
    """Parts that become durable together. `must` units record what has happened and are retried until written."""

    parts: tuple[object, ...]
    must: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A plain statement with its parameters; `expect` is the number of rows it must touch, None for any.

    Where it touches another number, `otherwise` is raised if it is given, else `Conflict`.
    """

    statement: sa.ClauseElement
    values: Mapping[str, Any]
    expect: int | None = None
    otherwise: Problem | None = None


class Conflict(Exception):
    """A `Change` touched another number of rows than expected: the caller's view of the database is out of date."""


class Transaction(Protocol):
    """The open transaction that a part writer gets. SQL comes from `Database.prepare`."""

    def run(self, sql: str, values: Mapping[str, Any]) -> int:
        """Execute once; the number of rows touched."""

    def run_many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each row."""

    def rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Fetch all rows."""


class PartWriter(Protocol):
    """Writes the parts of one type for a whole batch, in order.

    `write` gives one result per part; a result that is an exception refuses that unit, whose later parts are then not
    written. Raising fails the batch, which is rolled back and tried again unit by unit. State kept in memory must
    be dropped in `rolled_back`.
    """

    @property
    def writes(self) -> type:
        """The type of part that this writer takes."""

    def write(self, transaction: Transaction, parts: Sequence[Any]) -> Sequence[object]:
        """Write the parts; one result each, an exception to refuse."""

    def rolled_back(self) -> None:
        """Drop state kept in memory: the transaction did not commit."""
