"""What every part of this package stands on: the database to read, the journal to write, time and randomness."""

from dataclasses import dataclass

from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Base:
    """Built once by whoever puts the packages together."""

    database: Database
    journal: Journal
    clock: Clock
    random: Random

    def now_ms(self) -> int:
        """The wall time in milliseconds, as rows keep it."""
        return to_ms(self.clock.now())

    def write(self, *parts: object) -> None:
        """Make the parts durable together. Raises `Conflict`, `StoreUnavailable`."""
        self.journal.write(Unit(parts))
