"""Drift events: counted in memory, one row a kind, kept when the database is away, bounded."""

import pytest

from ni.custody import drifts as module
from ni.custody.drifts import Drifts
from ni.domain.clock import SystemClock
from ni.domain.errors import StoreUnavailable
from ni.domain.route import Drift
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.unit import Unit

CLOCK = SystemClock()


def drift(found: str = "us-east-1", *, refused: bool = True) -> Drift:
    return Drift("bedrock", "bedrock-ca", "bedrock/x-ca", "address", "ca-central-1", found, refused)


@pytest.fixture
def drifts(database: Database, journal: DirectJournal) -> Drifts:
    return Drifts(database, journal, CLOCK)


def test_a_kind_is_one_row_with_how_often_first_and_last(
    drifts: Drifts, database: Database, journal: DirectJournal
) -> None:
    for _ in range(3):
        drifts.note(drift())
    drifts.note(drift(refused=False))
    assert sorted(met for _, met in drifts.flush()) == [1, 3]
    other = Drifts(database, journal, CLOCK)
    other.note(drift())
    other.flush()
    found = {event.drift: event.met for event in drifts.recent()}
    assert found == {drift(): 4, drift(refused=False): 1}
    (event,) = (event for event in drifts.recent() if event.met == 4)
    assert event.first_at <= event.last_at
    assert drifts.met_since(event.first_at) == 5


def test_nothing_noted_writes_nothing(drifts: Drifts) -> None:
    assert drifts.flush() == ()


def test_what_could_not_be_written_is_written_next_time(database: Database, journal: DirectJournal) -> None:
    class Failing:
        away = True

        def works(self) -> bool:
            return not self.away

        def write(self, unit: Unit, alone: bool = False) -> tuple[object, ...]:
            if self.away:
                raise StoreUnavailable()
            return journal.write(unit)

    failing = Failing()
    drifts = Drifts(database, failing, CLOCK)
    drifts.note(drift())
    with pytest.raises(StoreUnavailable):
        drifts.flush()
    drifts.note(drift())
    failing.away = False
    assert [met for _, met in drifts.flush()] == [2]


def test_memory_and_table_are_bounded(drifts: Drifts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 5)
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    for wave in range(4):
        for number in range(4):
            drifts.note(drift(f"{wave}-{number}"))
        assert len(drifts.flush()) == 3
    assert len(drifts.recent()) <= 6


def test_what_was_noted_while_a_write_failed_is_added_to_what_it_held(
    database: Database, journal: DirectJournal
) -> None:
    class NotedMeanwhile:
        away = True

        def works(self) -> bool:
            return not self.away

        def write(self, unit: Unit, alone: bool = False) -> tuple[object, ...]:
            if self.away:
                noted.note(drift())
                noted.note(drift("us-west-2"))
                raise StoreUnavailable()
            return journal.write(unit)

    failing = NotedMeanwhile()
    noted = Drifts(database, failing, CLOCK)
    for _ in range(3):
        noted.note(drift())
    with pytest.raises(StoreUnavailable):
        noted.flush()
    failing.away = False
    assert {one.found: met for one, met in noted.flush()} == {"us-east-1": 4, "us-west-2": 1}
    assert noted.flush() == ()
