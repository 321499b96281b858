"""Places in the log: contiguous, one chain per account, never two for one."""

import os
from typing import Any

import pytest
import sqlalchemy as sa

from ni.custody.logs import LeafRanges, Logs
from ni.custody.merkle import FIRST, Frontier, entry, entry_hash, link
from ni.custody.record import Record, RecordKind
from ni.custody.record_writer import Adopt, ForgetKey, LeafPosition, Redact, custody_writers
from ni.domain.activity import OPERATOR
from ni.domain.errors import StoreUnavailable
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables.custody import custody_accounts, custody_logs, custody_nodes, custody_records
from ni.store.unit import Unit
from ni.store.writer import Writer
from tests.custody.conftest import Write, record


def rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(sa.select(custody_records).order_by(custody_records.c.idx)))


def rebuilt(database: Database) -> bytes:
    """The root from the rows, and on the way: no gap, and every link as its account's chain wants it."""
    with database.read() as connection:
        found = connection.execute(
            sa.select(custody_accounts.c.account_id, custody_accounts.c.link_key)
        ).all()
    keys: dict[str, bytes] = {account_id: bytes(key) for account_id, key in found}
    frontier, ends = Frontier(), dict.fromkeys(keys, (0, FIRST))
    for at, row in enumerate(rows(database)):
        seq, last = ends[row.account_id]
        assert (row.idx, row.acct_seq) == (at, seq)
        assert row.link == link(keys[row.account_id], seq, last)
        leaf = entry_hash(row.account_id, row.rec, row.link)
        ends[row.account_id] = (seq + 1, leaf)
        frontier.append(leaf)
    return frontier.root()


def test_records_of_a_batch_get_contiguous_places_and_links(writer: Writer, database: Database) -> None:
    results = writer.run([Unit((record(f"r{at}", f"acc_{at % 3}"),)) for at in range(50)])
    places = [result[0] for result in results if isinstance(result, tuple)]
    assert [place.idx for place in places if isinstance(place, LeafPosition)] == list(range(50))
    head = Logs(database).current()
    assert head is not None
    assert (head.size, head.root) == (50, rebuilt(database))


def test_an_entry_is_65_bytes_and_of_its_type() -> None:
    assert len(entry("acc_alice", bytes(32), bytes(32))) == 65
    assert entry("acc_alice", bytes(32), bytes(32))[0] == 1
    assert entry(OPERATOR, bytes(32), bytes(32))[0] == 2


def test_perfect_subtrees_are_stored_once_and_any_span_is_right(database: Database, writer: Writer) -> None:
    for _ in range(6):
        writer.run([Unit((record("r"),)) for _ in range(100)])
    leaves = [entry_hash(row.account_id, row.rec, row.link) for row in rows(database)]
    with database.read() as connection:
        stored = connection.execute(sa.select(custody_nodes.c.level, custody_nodes.c.idx)).all()
        spans = LeafRanges(connection, 1)
        assert [tuple(row) for row in stored] == [(8, 0), (8, 1)]
        for low, high in ((0, 1), (0, 600), (256, 512), (512, 600), (0, 300), (599, 600), (128, 192)):
            frontier = Frontier()
            for leaf in leaves[low:high]:
                frontier.append(leaf)
            assert spans(low, high) == frontier.root()


def test_a_batch_that_fails_leaves_no_place_taken(writer: Writer, database: Database, write: Write) -> None:
    write("before")
    broken = Redact(999, "no such record", "[]", "{}", b"")  # fails after the record had its place
    results = writer.run([Unit((record("lost"), broken)), Unit((record("kept"),))])
    assert isinstance(results[0], Exception)
    assert [row.request_id for row in rows(database)] == ["before", "kept"]
    rebuilt(database)


def test_two_processes_take_turns_without_a_gap_or_a_fork(database: Database) -> None:
    writers = [Writer(database, custody_writers(database, os.urandom)) for _ in range(2)]
    for turn in range(40):
        batch = [Unit((record(f"r{turn}-{at}", f"acc_{at % 3}"),)) for at in range(5)]
        results = writers[turn % 3 % 2].run(batch)
        assert not any(isinstance(result, Exception) for result in results)
    head = Logs(database).current()
    assert head is not None
    assert (head.size, head.root) == (200, rebuilt(database))
    for writer in writers:
        writer.close()


def test_a_head_that_does_not_give_its_root_stops_the_log(
    database: Database, write: Write, writer: Writer
) -> None:
    write("one")
    with database.engine.begin() as connection:
        connection.execute(custody_logs.update().values(root=bytes(32)))
    fresh = Writer(database, custody_writers(database, os.urandom))
    result = fresh.run([Unit((record("two"),))])[0]
    fresh.close()
    assert isinstance(result, StoreUnavailable)
    assert len(rows(database)) == 1


def test_records_from_before_the_log_are_adopted_in_their_order(
    database: Database, journal: DirectJournal, write: Write
) -> None:
    old = [record("old1"), record("old2", "acc_bob"), record("old3")]
    with database.engine.begin() as connection:
        connection.execute(custody_records.insert(), [plain(each) for each in old])
    write("new")
    assert journal.write(Unit((Adopt(2),))) == (2,)
    assert journal.write(Unit((Adopt(2),))) == (1,)
    assert journal.write(Unit((Adopt(2),))) == (0,)
    assert [row.request_id for row in rows(database)] == ["new", "old1", "old2", "old3"]
    rebuilt(database)


def plain(made: Record) -> dict[str, object]:
    return {
        "request_id": made.request_id,
        "account_id": made.account_id,
        "kind": made.kind.value,
        "at": made.at_ms,
        "rec": made.rec,
        "disclosures": made.disclosures,
    }


def test_a_forgotten_key_is_not_used_again_by_a_process_that_remembers_it(
    database: Database, writer: Writer, write: Write
) -> None:
    write("r1")
    other = DirectJournal(Writer(database, custody_writers(database, os.urandom)))
    other.write(Unit((ForgetKey("acc_alice"),)))
    write("r2", kind=RecordKind.CLOSE)
    with database.read() as connection:
        key, from_seq = connection.execute(
            sa.select(custody_accounts.c.link_key, custody_accounts.c.from_seq)
        ).one()
    first, second = rows(database)
    leaf = entry_hash(first.account_id, first.rec, first.link)
    assert from_seq == 1
    assert second.link == link(bytes(key), 1, leaf)


@pytest.mark.parametrize("kind", [RecordKind.OPEN, RecordKind.CLOSE])
def test_only_closing_records_are_taken_while_the_log_is_halted(database: Database, kind: RecordKind) -> None:
    from ni.custody.logs import LogFreeze

    halted = Writer(database, custody_writers(database, os.urandom, LogFreeze("custody=rollback")))
    taken = isinstance(halted.run([Unit((record("r", kind=kind),))])[0], tuple)
    halted.close()
    assert taken is (kind is RecordKind.CLOSE)


def test_a_batch_gets_nothing_into_a_halted_log_but_its_closing_records(database: Database) -> None:
    from ni.custody.logs import LogFreeze

    halted = Writer(database, custody_writers(database, os.urandom, LogFreeze("custody=rollback")))
    kinds = [RecordKind.OPEN, RecordKind.CLOSE, RecordKind.LOCAL, RecordKind.CLOSE]
    results = halted.run([Unit((record(f"r{at}", kind=kind),)) for at, kind in enumerate(kinds)])
    halted.close()
    assert [isinstance(result, tuple) for result in results] == [kind is RecordKind.CLOSE for kind in kinds]
    assert [row.kind for row in rows(database)] == [RecordKind.CLOSE, RecordKind.CLOSE]
