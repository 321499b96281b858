"""A full disk: what happened is written in the room kept back, what is new is refused, and room heals it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from ni.domain.errors import StoreUnavailable
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.access import accounts
from ni.store.unit import Change, Unit
from ni.store.write_faults import RESERVE_FILE, RETRY_S, DiskReserve
from ni.store.writer import Writer


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def unit(name: str, must: bool = False) -> Unit:
    row = {"id": name, "name": name * 2000, "time_zone": "UTC", "created_at": 0, "locale": "", "commands": 1}
    return Unit((Change(accounts.insert(), row, expect=1),), must)


def test_the_reserve_is_made_given_up_and_made_again(tmp_path: Path) -> None:
    seconds = Seconds()
    reserve = DiskReserve(tmp_path, 4096, seconds)
    assert reserve.there()
    assert (tmp_path / RESERVE_FILE).stat().st_size == 4096
    reserve.give_up()
    assert not reserve.there()
    seconds.now = RETRY_S
    assert reserve.there()


def test_a_reserve_that_cannot_be_had_leaves_no_file(tmp_path: Path) -> None:
    assert not DiskReserve(tmp_path, 2**62).there()
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_only_the_past_is_written_until_there_is_room(tmp_path: Path) -> None:
    database, seconds = Database(f"sqlite:///{tmp_path}/ni.db"), Seconds()
    database.make_file()
    metadata.create_all(database.engine)
    writer = Writer(database, [], DiskReserve(tmp_path, 4096, seconds))
    assert writer.run([unit("a")]) == [(1,)]
    _allow_no_growth(
        writer, database
    )  # until the writer connects anew, which it does once it gave up the reserve
    refused, kept = writer.run([unit("b"), unit("c", must=True)])
    assert isinstance(refused, StoreUnavailable)
    assert kept == (1,)
    assert not (tmp_path / RESERVE_FILE).exists()
    assert isinstance(writer.run([unit("b")])[0], StoreUnavailable)
    seconds.now = RETRY_S
    assert writer.run([unit("b")]) == [(1,)]
    writer.close()
    database.close()


def _allow_no_growth(writer: Writer, database: Database) -> None:
    """Let the file be as large as it is and no larger, as a full disk would."""
    with database.read() as connection:
        pages = connection.scalar(sa.text("PRAGMA page_count"))
    writer._connection.execute(f"PRAGMA max_page_count={pages}")


@pytest.mark.parametrize("must", [False, True])
def test_without_a_folder_nothing_is_kept_back(tmp_path: Path, must: bool) -> None:
    database = Database(f"sqlite:///{tmp_path}/ni.db")
    database.make_file()
    metadata.create_all(database.engine)
    writer = Writer(database, [])
    assert writer.run([unit("a", must)]) == [(1,)]
    assert not (tmp_path / RESERVE_FILE).exists()
    writer.close()
    database.close()


def test_what_need_not_wait_waits_for_room_too(tmp_path: Path) -> None:
    """The only call under way is written past the queue: not past the room that is kept back."""
    database, seconds = Database(f"sqlite:///{tmp_path}/ni.db"), Seconds()
    database.make_file()
    metadata.create_all(database.engine)
    reserve = DiskReserve(tmp_path, 4096, seconds)
    writer = Writer(database, [], reserve)
    assert writer.run([unit("a")]) == [(1,)]
    assert writer.at_once(unit("b")) == (1,)
    reserve.give_up()
    for must in (False, True):
        assert writer.at_once(unit("c", must)) is None
    with database.read() as connection:
        assert set(connection.scalars(sa.select(accounts.c.id))) == {"a", "b"}
    seconds.now = RETRY_S
    assert writer.at_once(unit("c")) == (1,)
    writer.close()
    database.close()
