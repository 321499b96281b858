"""Publication: steady, patient with anchors that are down, and unforgiving about what is not in our history."""

import shutil
from pathlib import Path

import pytest

from ni.custody.anchors import AnchorDown, AnchorForked, CheckpointPublication, FolderAnchor
from ni.custody.logs import CustodyRefused
from ni.custody.note import open_note, parse_checkpoint, parse_vkey
from ni.custody.publisher import CADENCE_S, AnchorLag
from ni.domain.errors import StoreUnavailable
from tests.custody.conftest import ORIGIN, House, open_house, record


class Flaky:
    """An anchor that can be down; it remembers what it took."""

    name = "flaky"

    def __init__(self) -> None:
        self.down = False
        self.taken: list[int] = []

    def newest(self) -> str | None:
        if self.down:
            raise AnchorDown("no answer")
        return None

    def publish(self, publication: CheckpointPublication) -> list[str]:
        self.taken.append(publication.size)
        return []


def published(house: House) -> list[int]:
    return [int(path.stem) for path in sorted((house.folder / "checkpoints").glob("*.txt"))]


def test_a_start_publishes_and_then_each_turn_what_is_new(house: House) -> None:
    assert published(house) == [1]
    house.log_service.tick()
    assert published(house) == [1], "it is not yet time"
    house.clock.seconds += CADENCE_S
    house.log_service.tick()
    assert published(house) == [1, 7]


def test_what_is_published_is_a_checkpoint_that_the_key_signed(house: House) -> None:
    note = (house.folder / "checkpoints" / f"{1:020d}.txt").read_text()
    held = parse_checkpoint(open_note(note, [parse_vkey(house.vkey)]))
    assert (held.origin, held.size) == (ORIGIN, 1)


def test_an_idle_log_is_vouched_for_again(house: House) -> None:
    house.clock.seconds += CADENCE_S
    house.log_service.tick()
    path = house.folder / "checkpoints" / f"{7:020d}.txt"
    content = path.read_text()
    import os

    os.utime(path, (0, 0))
    house.clock.seconds += CADENCE_S
    house.log_service.tick()
    assert path.stat().st_mtime > 0
    assert path.read_text() == content


def test_an_anchor_that_is_down_for_an_hour_delays_nobody_and_then_gets_the_newest(tmp_path: Path) -> None:
    flaky, folder = Flaky(), FolderAnchor(tmp_path / "checkpoints")
    house = open_house(tmp_path, bytes(range(32)), [flaky, folder])
    house.log_service.start(ORIGIN)
    flaky.down = True
    for turn in range(60):
        house.write(*(record(f"r{turn}-{at}") for at in range(6)))
        house.clock.seconds += 60
        house.log_service.tick()
    assert len(published(house)) == 61
    assert house.log_service.lag() == [
        AnchorLag("flaky", 360, 3600.0, "no answer"),
        AnchorLag("folder", 0, 0.0, ""),
    ]
    flaky.down = False
    house.clock.seconds += 601
    house.log_service.tick()
    assert flaky.taken == [1, 361]
    assert house.log_service.lag() == [AnchorLag("flaky", 0, 0.0, ""), AnchorLag("folder", 0, 0.0, "")]


@pytest.mark.parametrize("jump_days", [-400, 400])
def test_a_clock_that_jumps_changes_neither_order_nor_proofs(house: House, jump_days: int) -> None:
    from datetime import timedelta

    house.clock.at += timedelta(days=jump_days)
    house.write(record("later", at_ms=int(house.clock.at.timestamp() * 1000)))
    house.clock.seconds += CADENCE_S
    house.log_service.tick()
    assert published(house)[-1] == 8
    assert b"index 7" in house.receipt("acc_alice", "later")


def grow(house: House, *names: str) -> None:
    house.write(*(record(name) for name in names))
    house.clock.seconds += CADENCE_S
    house.log_service.tick()


def copy_of(house: House, target: Path) -> House:
    """The database of a house in another place, with the same anchor and the same key."""
    target.mkdir()
    with house.database.engine.connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(target / "ni.db"),))
    return open_house(target, house.seed, [FolderAnchor(house.folder / "checkpoints")])


def test_a_restored_backup_is_refused(house: House, tmp_path: Path) -> None:
    backup = copy_of(house, tmp_path / "backup")
    grow(house, "after the backup")
    with pytest.raises(CustodyRefused, match=r"custody=rollback.*holds size 8, the database only 7"):
        backup.log_service.start(ORIGIN)
    with pytest.raises(StoreUnavailable):
        backup.write(record("refused"))


def test_of_a_database_copied_and_started_twice_one_is_stopped_whichever_is_ahead(
    house: House, tmp_path: Path
) -> None:
    for ahead in (0, 3):
        twin = copy_of(house, tmp_path / f"twin{ahead}")
        twin.log_service.start(ORIGIN)
        grow(house, "on one side")
        twin.write(*(record(f"on the other {at}") for at in range(1 + ahead)))
        twin.clock.seconds += 2 * CADENCE_S
        twin.log_service.tick()
        assert twin.log_service.freeze.reason.startswith("custody=rollback: folder: ")
        with pytest.raises(StoreUnavailable):
            twin.write(record("refused"))
        grow(house, "the first goes on")
        assert not house.log_service.freeze.reason


class Killed(BaseException):
    """The process ended here."""


class LastWords(FolderAnchor):
    """Takes a checkpoint, and the process ends."""

    def publish(self, publication: CheckpointPublication) -> list[str]:
        super().publish(publication)
        raise Killed


def test_a_process_that_ends_right_after_publishing_goes_on_where_it_was(house: House) -> None:
    dying = open_house(house.folder, house.seed, [LastWords(house.folder / "checkpoints")])
    with pytest.raises(Killed):
        dying.log_service.start(ORIGIN)
    (house.folder / "checkpoints" / f"{9:020d}.77.new").write_text("half a dra")  # it may have begun the next
    again = open_house(house.folder, house.seed)
    again.log_service.start(ORIGIN)
    grow(again, "more")
    assert not again.log_service.freeze.reason
    assert published(house)[-1] == 8


def test_a_seed_that_is_not_the_logs_is_refused(house: House) -> None:
    stranger = open_house(house.folder, bytes(32), [])
    with pytest.raises(CustodyRefused, match="not the key of the custody log"):
        stranger.log_service.start(ORIGIN)


def test_an_anchor_with_something_unsigned_is_refused(house: House) -> None:
    path = house.folder / "checkpoints" / f"{9:020d}.txt"
    shutil.copy(house.folder / "checkpoints" / f"{1:020d}.txt", path)
    path.write_text(path.read_text().replace("— gw", "— xx"))
    again = open_house(house.folder, house.seed)
    with pytest.raises(CustodyRefused, match="no key of the log has signed"):
        again.log_service.start(ORIGIN)


def test_the_origin_of_the_first_start_stays(house: House) -> None:
    again = open_house(house.folder, house.seed)
    again.log_service.start("elsewhere.example/custody/2031")
    assert again.log_service.signer.current().origin == ORIGIN


def test_two_processes_on_one_database_publish_without_accusing_each_other(house: House) -> None:
    other = open_house(house.folder, house.seed)
    other.log_service.start(ORIGIN)
    for turn in range(6):
        grow((house, other)[turn % 2], f"r{turn}")
    assert not house.log_service.freeze.reason
    assert not other.log_service.freeze.reason
    assert published(house)[-1] == 13


class Ahead(Flaky):
    """Says, as a witness may, that it has seen a size."""

    size = 0

    def publish(self, publication: CheckpointPublication) -> list[str]:
        raise AnchorForked("seen more", self.size)


@pytest.mark.parametrize(("size", "halted"), [(7, False), (8, True)])
def test_an_anchor_that_is_ahead_is_a_fork_only_beyond_our_head(
    house: House, size: int, halted: bool
) -> None:
    ahead = Ahead()
    ahead.size = size
    again = open_house(house.folder, house.seed, [ahead])
    again.log_service.start(ORIGIN)
    assert bool(again.log_service.freeze.reason) is halted
