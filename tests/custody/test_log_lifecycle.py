"""A new key for the log, and a new log beside an old one."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

import ni_verify
from ni.custody.fsck import fsck
from ni.custody.log_signer import LogSigner, SeedFiles
from ni.custody.logs import OVERLAP, CustodyRefused
from ni.custody.note import Signer
from ni.domain.errors import KeyRetired
from ni.settings.secret_files import write_private
from ni_verify import Memory, Refused
from tests.custody.conftest import ORIGIN, House, open_house, record

FRESH = bytes(range(32, 64))
NEW_ORIGIN = "gw.example/custody/2027"


def signers(house: House) -> list[str]:
    signer = house.log_service.signer
    return [str(signer.key) for signer in signer.signers(signer.current())]


def rotated(house: House) -> House:
    """The house after a rotation, with both seeds, as after a restart."""
    house.log_service.lifecycle.rotate(FRESH)
    house.log_service.signer = LogSigner(house.database, [FRESH, house.seed], house.clock)
    return house


def test_a_rotation_signs_with_both_keys_for_30_days_and_is_in_the_log(house: House) -> None:
    old = signers(house)
    rotated(house)
    assert signers(house) == [str(Signer(ORIGIN, FRESH).key), *old]
    note = house.log_service.signer.newest().note
    for vkey in signers(house):
        assert ni_verify.open_checkpoint(note, dict([ni_verify.parse_vkey(vkey)]))[1] == 9
    house.clock.at += OVERLAP + timedelta(seconds=1)
    assert signers(house) == [str(Signer(ORIGIN, FRESH).key)]


def test_a_rotation_that_is_repeated_after_a_crash_changes_nothing(house: House) -> None:
    house.log_service.lifecycle.rotate(FRESH)
    house.log_service.lifecycle.rotate(FRESH)
    assert house.log_service.signer.current().size == 9


def test_seed_files_turn_and_a_rotation_cut_short_goes_on_with_its_seed(tmp_path: Path) -> None:
    (tmp_path / "custody.seed").write_bytes(bytes(range(32)))
    files = SeedFiles(tmp_path, write_private)
    drawn = files.next_seed(lambda size: FRESH[:size])
    assert files.next_seed(bytes) == drawn == FRESH
    files.turn()
    assert files.load((tmp_path / "custody.seed").read_bytes()) == [FRESH, bytes(range(32))]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} <= {0o600, 0o644}


def test_a_new_log_begins_with_the_last_trusted_checkpoint_of_the_old(house: House, tmp_path: Path) -> None:
    old_vkey, last = house.vkey, house.log_service.signer.newest().note
    house.log_service.lifecycle.begin_new(NEW_ORIGIN, FRESH, last)
    (tmp_path / "other").mkdir()
    again = open_house(house.folder, FRESH, [])
    again.log_service.start("ignored")
    head = again.log_service.signer.current()
    assert (head.log_id, head.origin, head.size) == (2, NEW_ORIGIN, 2)
    first = next(iter(again.log_service.records.chain("operator")))
    assert first.idx == 0 or "before" in first.disclosures or first.acct_seq == 0
    described = again.log_service.described()
    assert described["origin"] == NEW_ORIGIN
    assert described["previous"][0]["checkpoint"] == last
    assert described["previous"][0]["vkeys"][0]["vkey"] == old_vkey


def test_receipts_of_an_old_log_stay_good_under_its_old_key_and_the_new_seal(house: House) -> None:
    old_vkey = house.vkey
    house.log_service.lifecycle.begin_new(NEW_ORIGIN, FRESH, house.log_service.signer.newest().note)
    again = open_house(house.folder, FRESH, [])
    again.write(record("n1"))
    new_vkey = again.vkey
    for request_id, vkeys in (("a1", (old_vkey, new_vkey)), ("n1", (new_vkey,))):
        keys = dict(map(ni_verify.parse_vkey, vkeys))
        said = ni_verify.verify(again.receipt("acc_alice", request_id), keys, Memory())
        assert said.startswith("intact")
    with pytest.raises(Refused):
        ni_verify.verify(again.receipt("acc_alice", "n1"), dict([ni_verify.parse_vkey(old_vkey)]), Memory())


def test_a_process_that_remembers_the_old_log_writes_into_the_new_one(house: House) -> None:
    other = open_house(house.folder, house.seed, [])
    other.write(record("o0"))
    house.log_service.lifecycle.begin_new(NEW_ORIGIN, FRESH, house.log_service.signer.newest().note)
    other.write(record("o1"))
    house.write(record("h1"))
    other.write(record("o2"))
    rows = [row for rid in ("o1", "h1", "o2") for row in other.log_service.records.rows("acc_alice", rid)]
    assert [row.log_id for row in rows] == [2, 2, 2]
    assert fsck(house.database).findings == []


def test_the_accounts_chain_goes_on_from_one_log_to_the_next(house: House) -> None:
    old_vkey = house.vkey
    house.log_service.lifecycle.begin_new(NEW_ORIGIN, FRESH, house.log_service.signer.newest().note)
    again = open_house(house.folder, FRESH, [])
    again.write(record("n1"), record("n2"))
    export = again.log_service.receipts.export("acc_alice")
    assert {one["origin"] for one in json.loads(export)["records"]} == {ORIGIN, NEW_ORIGIN}
    keys = dict(map(ni_verify.parse_vkey, (old_vkey, again.vkey)))
    assert "6 records" in ni_verify.account(export, keys, Memory(), None)


def test_a_machine_with_the_old_key_signs_nothing_after_a_rotation(house: House) -> None:
    house.log_service.lifecycle.rotate(FRESH)
    signer = house.log_service.signer  # of a process that has the old seed alone
    for sign in (signer.newest, lambda: signer.promise(bytes(32)), lambda: signer.seal(ORIGIN, b"{}")):
        with pytest.raises(KeyRetired):
            sign()
    house.log_service.publisher.statuses[0].due_s = 0.0
    house.log_service.tick()  # publishes nothing, and says why
    assert "newer key" in house.log_service.publisher.statuses[0].fault
    with pytest.raises(KeyRetired):
        house.log_service.inspect()


def test_a_start_with_a_retired_key_is_refused(house: House) -> None:
    house.log_service.lifecycle.rotate(FRESH)
    with pytest.raises(CustodyRefused, match="retired"):
        house.log_service.start(ORIGIN)
