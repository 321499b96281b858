"""The journal: durable together or not at all, alone in failure, each caller with its own result."""

import _thread
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gevent
import pytest
import sqlalchemy as sa

from ni.domain.errors import StoreUnavailable
from ni.store.database import Database
from ni.store.journal import DISTRUST_S, SLOW_S, DirectJournal, ThreadJournal
from ni.store.tables.access import accounts
from ni.store.unit import Change, Conflict, Transaction, Unit
from ni.store.writer import Writer
from tests.databases import both

HERE = _thread.get_native_id()


@dataclass(frozen=True)
class Note:
    name: str


class NoteWriter:
    """Writes notes as accounts; refuses the name `no`, breaks on `boom`, and on `here` outside the journal's thread."""

    writes = Note

    def __init__(self, database: Database) -> None:
        self.batches: list[int] = []
        self.threads: list[int] = []
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

    def write(self, transaction: Transaction, parts: Sequence[Note]) -> Sequence[object]:
        self.batches.append(len(parts))
        self.threads.append(_thread.get_native_id())
        kept = [part for part in parts if part.name != "no"]
        fixed = {"time_zone": "UTC", "created_at": 0, "locale": "", "commands": 1}
        transaction.run_many(self._sql, [{"id": part.name, "name": part.name, **fixed} for part in kept])
        if any(part.name == "boom" or (part.name == "here" and self.threads[-1] == HERE) for part in parts):
            raise RuntimeError("boom")
        return [PermissionError(part.name) if part.name == "no" else part.name for part in parts]

    def rolled_back(self) -> None:
        self.batches.append(-1)


@pytest.fixture
def part_writer(database: Database) -> NoteWriter:
    return NoteWriter(database)


@pytest.fixture
def writer(database: Database, part_writer: NoteWriter) -> Iterator[Writer]:
    made = Writer(database, [part_writer])
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


def test_greenlets_share_batches_and_each_waits_for_its_own(
    database: Database, part_writer: NoteWriter
) -> None:
    journal = ThreadJournal(Writer(database, [part_writer]))
    jobs = [gevent.spawn(journal.write, Unit((Note(f"n{number}"),))) for number in range(100)]
    gevent.joinall(jobs, timeout=10, raise_error=True)
    journal.close()
    assert [job.value for job in jobs] == [(f"n{number}",) for number in range(100)]
    assert len(part_writer.batches) < 100
    assert len(names(database)) == 100


def test_a_closed_journal_has_written_what_was_queued_and_takes_no_more(
    database: Database, part_writer: NoteWriter
) -> None:
    journal = ThreadJournal(Writer(database, [part_writer]))
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


@contextmanager
def journal_of(writer: Writer, **given: object) -> Iterator[ThreadJournal]:
    """A journal whose thread has connected already."""
    made = ThreadJournal(writer, **given)  # type: ignore[arg-type]
    made.write(Unit((Note("first"),)))
    yield made
    made.close()


def test_the_only_call_under_way_is_written_where_it_stands(
    database: Database, part_writer: NoteWriter
) -> None:
    with journal_of(Writer(database, [part_writer])) as journal:
        assert journal.write(Unit((Note("a"),)), alone=True) == ("a",)
        assert journal.write(Unit((Note("b"),))) == ("b",)
        with pytest.raises(PermissionError):
            journal.write(Unit((Note("no"),)), alone=True)
    assert [at == HERE for at in part_writer.threads] == [False, database.sqlite, False, database.sqlite]
    assert names(database) == {"first", "a", "b"}


def test_while_the_thread_has_units_everything_is_the_threads(
    database: Database, part_writer: NoteWriter
) -> None:
    with journal_of(Writer(database, [part_writer])) as journal:
        jobs = [gevent.spawn(journal.write, Unit((Note(f"n{at}"),)), alone=at > 0) for at in range(3)]
        gevent.joinall(jobs, timeout=10, raise_error=True)
    assert HERE not in part_writer.threads
    assert names(database) == {"first", "n0", "n1", "n2"}


def test_before_there_is_a_connection_the_thread_makes_it(
    database: Database, part_writer: NoteWriter
) -> None:
    journal = ThreadJournal(Writer(database, [part_writer]))
    assert journal.write(Unit((Note("a"),)), alone=True) == ("a",)
    journal.close()
    assert HERE not in part_writer.threads


@pytest.mark.parametrize("name", ["boom", "first"])
def test_what_breaks_where_it_stands_is_the_threads_to_judge_and_leaves_nothing(
    database: Database, part_writer: NoteWriter, name: str
) -> None:
    with journal_of(Writer(database, [part_writer])) as journal:
        with pytest.raises(StoreUnavailable):
            journal.write(Unit((Note("a"), Note(name))), alone=True)
        assert journal.write(Unit((Note("b"),)), alone=True) == ("b",)
    assert names(database) == {"first", "b"}


def test_what_the_thread_can_write_after_all_is_written_once(
    database: Database, part_writer: NoteWriter
) -> None:
    with journal_of(Writer(database, [part_writer])) as journal:
        assert journal.write(Unit((Note("a"), Note("here"))), alone=True) == ("a", "here")
    assert [at == HERE for at in part_writer.threads] == [False] + [True] * database.sqlite + [False]
    assert names(database) == {"first", "a", "here"}


def test_a_lock_of_another_is_waited_for_by_the_thread_while_the_loop_goes_on(
    tmp_path: Path,
) -> None:
    opened = Database(f"sqlite:///{tmp_path}/ni.db")
    opened.make_file()
    database = both(opened)
    part_writer = NoteWriter(database)
    with journal_of(Writer(database, [part_writer])) as journal:
        other = sqlite3.connect(database.url.database or "", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        job = gevent.spawn(journal.write, Unit((Note("a"),)), alone=True)
        with gevent.Timeout(0.5):
            gevent.sleep(0.1)
        assert not job.ready()
        other.execute("ROLLBACK")
        other.close()
        assert job.get(timeout=5) == ("a",)
        assert part_writer.threads[-1] != HERE
        journal.write(Unit((Note("b"),)), alone=True)
        assert part_writer.threads[-1] == HERE
    assert names(database) == {"first", "a", "b"}
    database.close()


class Seconds:
    """A clock that each look moves on."""

    def __init__(self) -> None:
        self.now, self.step = 0.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_a_disk_that_was_slow_is_left_to_the_thread_for_a_while(
    database: Database, part_writer: NoteWriter
) -> None:
    seconds = Seconds()
    with journal_of(Writer(database, [part_writer]), monotonic_s=seconds) as journal:

        def is_here(name: str, step: float = 0.0) -> bool:
            seconds.step = step
            journal.write(Unit((Note(name),)), alone=True)
            return part_writer.threads[-1] == HERE

        assert is_here("a", SLOW_S * 0.9) is database.sqlite
        assert is_here("b", SLOW_S * 1.1) is database.sqlite
        seconds.now += DISTRUST_S * 0.9
        assert is_here("c") is False
        seconds.now += DISTRUST_S * 0.2
        assert is_here("d") is database.sqlite
    assert names(database) == {"first", "a", "b", "c", "d"}


def test_a_closed_journal_takes_nothing_of_a_lonely_call_either(
    database: Database, part_writer: NoteWriter
) -> None:
    with journal_of(Writer(database, [part_writer])) as journal:
        pass
    with pytest.raises(StoreUnavailable):
        journal.write(Unit((Note("late"),)), alone=True)
    assert names(database) == {"first"}
