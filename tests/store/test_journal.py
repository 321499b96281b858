"""The journal: durable together or not at all, alone in failure, each caller with its own result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gevent
import pytest
import sqlalchemy as sa

from ni.domain.errors import StoreUnavailable
from ni.store.database import Database
from ni.store.journal import DirectJournal, ThreadJournal
from ni.store.tables.access import accounts
from ni.store.unit import Change, Conflict, Ledger, Unit
from ni.store.writer import Writer


@dataclass(frozen=True)
class Note:
    name: str


class NoteScribe:
    """Writes notes as accounts; refuses the name `no` and breaks on `boom`."""

    writes = Note

    def __init__(self, database: Database) -> None:
        self.batches: list[int] = []
        self._sql = database.prepare(
            accounts.insert().values(
                id=sa.bindparam("id"),
                name=sa.bindparam("name"),
                time_zone="UTC",
                created_at=0,
                locale="",
                commands=1,
            )
        )

    def write(self, ledger: Ledger, parts: Sequence[Note]) -> Sequence[object]:
        self.batches.append(len(parts))
        kept = [part for part in parts if part.name != "no"]
        fixed = {"time_zone": "UTC", "created_at": 0, "locale": "", "commands": 1}
        ledger.run_many(self._sql, [{"id": part.name, "name": part.name, **fixed} for part in kept])
        if any(part.name == "boom" for part in parts):
            raise RuntimeError("boom")
        return [PermissionError(part.name) if part.name == "no" else part.name for part in parts]

    def rolled_back(self) -> None:
        self.batches.append(-1)


@pytest.fixture
def scribe(database: Database) -> NoteScribe:
    return NoteScribe(database)


@pytest.fixture
def writer(database: Database, scribe: NoteScribe) -> Iterator[Writer]:
    made = Writer(database, [scribe])
    yield made
    made.close()


def names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(sa.select(accounts.c.name)))


def test_a_batch_is_written_whole_and_each_unit_gets_its_own_value(
    writer: Writer, database: Database
) -> None:
    results = writer.run([Unit((Note("a"),)), Unit((Note("b"), Note("c")))])
    assert results == [("a",), ("b", "c")]
    assert names(database) == {"a", "b", "c"}


def test_a_unit_that_fails_fails_alone(writer: Writer, database: Database) -> None:
    results = writer.run([Unit((Note("a"),)), Unit((Note("boom"),)), Unit((Note("b"),))])
    assert results[0] == ("a",)
    assert isinstance(results[1], StoreUnavailable)
    assert results[2] == ("b",)
    assert names(database) == {"a", "b"}


def test_a_refused_unit_leaves_the_others_of_its_batch(writer: Writer, database: Database) -> None:
    results = writer.run([Unit((Note("no"),)), Unit((Note("b"),))])
    assert isinstance(results[0], PermissionError)
    assert results[1] == ("b",)
    assert names(database) == {"b"}


def test_a_change_that_touches_another_number_of_rows_undoes_its_whole_unit(
    writer: Writer, database: Database
) -> None:
    rename = Change(
        accounts.update().where(accounts.c.id == sa.bindparam("wanted")),
        {"wanted": "nobody", "name": "new"},
        expect=1,
    )
    result = writer.run([Unit((Note("a"), rename)), Unit((Note("b"),))])
    assert isinstance(result[0], Conflict)
    assert names(database) == {"b"}


def test_greenlets_share_batches_and_each_waits_for_its_own(database: Database, scribe: NoteScribe) -> None:
    journal = ThreadJournal(Writer(database, [scribe]))
    jobs = [gevent.spawn(journal.write, Unit((Note(f"n{number}"),))) for number in range(100)]
    gevent.joinall(jobs, timeout=10, raise_error=True)
    journal.close()
    assert [job.value for job in jobs] == [(f"n{number}",) for number in range(100)]
    assert len(scribe.batches) < 100
    assert len(names(database)) == 100


def test_a_closed_journal_has_written_what_was_queued_and_takes_no_more(
    database: Database, scribe: NoteScribe
) -> None:
    journal = ThreadJournal(Writer(database, [scribe]))
    job = gevent.spawn(journal.write, Unit((Note("last"),)))
    gevent.sleep(0)
    journal.close()
    job.join(5)
    assert names(database) == {"last"}
    with pytest.raises(StoreUnavailable):
        journal.write(Unit((Note("late"),)))


def test_a_refusal_is_raised_to_the_caller(writer: Writer) -> None:
    with pytest.raises(PermissionError):
        DirectJournal(writer).write(Unit((Note("no"),)))
