"""What a writer on PostgreSQL believes of a commit whose answer it never got."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.writer import PostgresWriteLock
from tests.databases import restart

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(fresh_postgres: str) -> Iterator[Database]:
    opened = Database(fresh_postgres)
    opened.make_file()
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


def turns(database: Database) -> PostgresWriteLock:
    return PostgresWriteLock(database, lambda _: None)


def write(turns: PostgresWriteLock, database: Database, end: str) -> str:
    """One turn on a connection of its own; its number."""
    connection = database.open_driver()
    turn = turns.begin(connection)
    if end:
        connection.execute(end)
    connection.close()
    return turn


def test_a_turn_that_was_committed_is_known_to_be(database: Database) -> None:
    ours = turns(database)
    assert ours.committed(write(ours, database, "COMMIT"))


def test_a_turn_that_was_cut_off_or_rolled_back_is_not_taken_for_committed(database: Database) -> None:
    ours = turns(database)
    assert not ours.committed(write(ours, database, ""))
    write(ours, database, "COMMIT")
    assert not ours.committed(write(ours, database, "ROLLBACK"))


def test_a_lost_turn_is_not_taken_for_committed_though_another_may_get_its_transaction_id(
    database: Database, postgres: str
) -> None:
    ours, another = turns(database), turns(database)
    lost = database.open_driver()
    turn = ours.begin(lost)
    number = transaction_id(lost)
    restart(postgres)
    after = database.open_driver()
    given = 0
    while given < number:
        another.begin(after)
        given = transaction_id(after)
        after.execute("COMMIT")
    after.close()
    lost.close()
    assert not ours.committed(turn)


def transaction_id(connection: Any) -> int:
    return int(connection.execute("SELECT pg_current_xact_id()::text").fetchone()[0])


def test_a_turn_under_way_is_waited_for_before_it_is_judged(database: Database) -> None:
    ours = turns(database)
    connection = database.open_driver()
    turn = ours.begin(connection)
    threading.Timer(0.1, connection.execute, ["COMMIT"]).start()
    assert ours.committed(turn)
    connection.close()


def test_locks_are_waited_for_five_seconds_in_a_turn_and_the_connection_stays_as_it_was(
    database: Database,
) -> None:
    """A pooler gives the connection to others after the transaction."""
    with closing(database.open_driver()) as connection:
        before = limit(connection)
        turns(database).begin(connection)
        assert limit(connection) == "5s"
        connection.execute("COMMIT")
        assert limit(connection) == before


def limit(connection: Any) -> str:
    return str(connection.execute("SHOW lock_timeout").fetchone()[0])
