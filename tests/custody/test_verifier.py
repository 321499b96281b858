"""`ni_verify.py` as a program: one line, an exit status, a memory that cannot be talked out of what it saw."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

import ni_verify
from ni.custody.fsck import fsck
from ni.custody.note import Checkpoint, Signer, sign
from ni.custody.receipt import RecordsMissing
from ni.custody.record import RecordKind, SentBodies, commitment, make_record
from ni.domain.activity import Activity, ActivityKind, Actor, Subject, Way
from ni.store.tables.custody import custody_records
from tests.custody.conftest import NOW_MS, ORIGIN, House, open_house, record

PROGRAM = Path(ni_verify.__file__)


class Desk:
    """Someone with the verifier, a key and a folder."""

    def __init__(self, folder: Path, vkey: str) -> None:
        self.folder = folder
        self._vkey = vkey

    def put(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def ask(self, *words: str) -> tuple[int, str]:
        command = [
            sys.executable,
            "-I",
            str(PROGRAM),
            *words,
            "--vkey",
            self._vkey,
            "--state",
            str(self.folder / "seen"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert not done.stderr
        return done.returncode, done.stdout


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Desk:
    (tmp_path / "desk").mkdir()
    return Desk(tmp_path / "desk", house.vkey)


def test_it_needs_nothing_but_python() -> None:
    lines = PROGRAM.read_text().splitlines()
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("command", [(), ("verify",)])
def test_a_receipt_gives_one_line_and_status_0(house: House, desk: Desk, command: tuple[str, ...]) -> None:
    status, said = desk.ask(*command, desk.put("r", house.receipt("acc_alice", "a1")))
    assert status == 0
    assert said.startswith("intact: request a1")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"format":"ni-receipt/1"}', b"[" * 100_000]
)
def test_what_is_no_receipt_gives_one_line_and_status_1(desk: Desk, content: bytes) -> None:
    status, said = desk.ask(desk.put("r", content))
    assert status == 1
    assert said.startswith("NOT VERIFIED: ")
    assert said.count("\n") == 1


def test_an_account_export_is_walked(house: House, desk: Desk) -> None:
    status, said = desk.ask("account", desk.put("e", house.log_service.receipts.export("acc_alice")))
    assert (status, said.startswith("intact: 4 records")) == (0, True)


def export_with_acts(house: House) -> dict[str, Any]:
    """The export of Alice's account: two calls, and two administrative acts as the newest."""
    actor = Actor("alice@example.ca", Way.PORTAL)
    for kind in (ActivityKind.KEY_CREATED, ActivityKind.KEY_REVOKED):
        house.write(Activity(kind, "acc_alice", Subject("key_1", "Laptop"), actor, NOW_MS))
    export: dict[str, Any] = json.loads(house.log_service.receipts.export("acc_alice"))
    assert len(export["records"]) == 6
    return export


def test_an_export_that_lacks_any_record_the_newest_included_is_refused(house: House, desk: Desk) -> None:
    export = export_with_acts(house)
    status, said = desk.ask("account", desk.put("whole", json.dumps(export)))
    assert (status, f"6 records of acc_alice without a gap, all up to size 9 of {ORIGIN}" in said) == (
        0,
        True,
    )
    for at in range(6):
        less = {**export, "records": [one for place, one in enumerate(export["records"]) if place != at]}
        status, said = desk.ask("account", desk.put("less", json.dumps(less)))
        assert (status, said.startswith("NOT VERIFIED: ")) == (1, True), at
    assert "the log held 6 records of the account, and the export has 5" in said


Export = dict[str, Any]


def _renumbered(export: Export, places: list[int]) -> None:
    """Other records, with numbers and predecessors that fit: what someone without the account's key can write."""
    last, records = bytes(32).hex(), []
    for at, place in enumerate(places):
        one = {**export["records"][place], "acct_seq": at, "prev_leaf": last}
        plain = {name: one[name] for name in ni_verify.SHAPE}
        last = ni_verify.record(plain, sealed=True)[1].hex()
        records.append(one)
    export["records"] = records


def _hide_kind(export: Export) -> None:
    """Give a record another kind, by hiding the field that says which it is."""
    one = export["records"][-1]
    (kind,) = [text for text in one["disclosures"] if json.loads(text)[1] == "kind"]
    one["disclosures"].remove(kind)
    one["hidden"].append(hashlib.sha256(kind.encode()).hexdigest())
    one["kind"] = "open"


def _alter(export: Export) -> None:
    one = export["records"][-1]
    one["disclosures"] = [text.replace("Laptop", "Phone") for text in one["disclosures"]]


FORGERIES: dict[str, Callable[[Export], object]] = {
    "one in the middle left out": lambda export: _renumbered(export, [0, 1, 3, 4, 5]),
    "one replaced by another": lambda export: _renumbered(export, [0, 1, 2, 3, 4, 4]),
    "another order": lambda export: _renumbered(export, [0, 1, 2, 3, 5, 4]),
    "one altered": _alter,
    "another kind": _hide_kind,
    "another account": lambda export: export.update(account="acc_charlie"),
    "no statement": lambda export: export.pop("head"),
    "a statement of nothing": lambda export: export.update(head=""),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_without_the_accounts_key_too_a_forged_export_is_refused(house: House, desk: Desk, name: str) -> None:
    export = export_with_acts(house)
    FORGERIES[name](export)
    status, said = desk.ask("account", desk.put("forged", json.dumps(export)))
    assert (status, said.startswith("NOT VERIFIED: ")) == (1, True)


def test_the_statement_of_an_older_export_does_not_cover_a_newer_one(house: House, desk: Desk) -> None:
    older = json.loads(house.log_service.receipts.export("acc_alice"))
    export = export_with_acts(house)
    mixed = {**export, "records": export["records"][:4], "head": older["head"]}
    status, said = desk.ask("account", desk.put("mixed", json.dumps(mixed)))
    assert (status, "the statement is of another size of the log" in said) == (1, True)
    others = json.loads(house.log_service.receipts.export("acc_charlie"))
    assert desk.ask("account", desk.put("mixed", json.dumps({**export, "head": others["head"]})))[0] == 1


def test_hidden_fields_leave_an_export_whole(house: House, desk: Desk) -> None:
    export = export_with_acts(house)
    one = export["records"][-1]
    (peer,) = [text for text in one["disclosures"] if json.loads(text)[1] == "who"]
    one["disclosures"].remove(peer)
    one["hidden"].append(hashlib.sha256(peer.encode()).hexdigest())
    assert desk.ask("account", desk.put("hidden", json.dumps(export)))[0] == 0


def test_an_old_export_is_read_and_said_not_to_show_that_it_is_whole(house: House, desk: Desk) -> None:
    export = json.loads(house.log_service.receipts.export("acc_alice"))
    del export["head"]
    status, said = desk.ask("account", desk.put("old", json.dumps({**export, "format": "ni-account/1"})))
    assert (status, said.startswith("intact as far as it goes: 4 records")) == (0, True)
    assert "cannot show that no newer record is missing" in said


def test_a_log_that_lacks_rows_gives_no_export(house: House) -> None:
    with house.database.engine.begin() as connection:
        newest = sa.select(sa.func.max(custody_records.c.id)).where(
            custody_records.c.account_id == "acc_alice"
        )
        connection.execute(custody_records.delete().where(custody_records.c.id == newest.scalar_subquery()))
    with pytest.raises(RecordsMissing, match="1 records of"):
        house.log_service.receipts.export("acc_alice")
    assert fsck(house.database).findings


def test_a_receipt_without_its_seal_is_said_to_be_partial(house: House, desk: Desk) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a1"))
    for name in ("records", "proofs"):
        del receipt[name][1]
    assert desk.ask(desk.put("less", json.dumps(receipt)))[0] == 1, "its seal is of another"
    del receipt["seal"]
    receipt["records"][0].update(openings={}, acct_seq=None, prev_leaf=None)
    status, said = desk.ask(desk.put("bare", json.dumps(receipt)))
    assert (status, "fields and records may have been left out" in said) == (0, True)


def test_growth_is_checked_between_two_files_and_from_memory(house: House, desk: Desk) -> None:
    old = desk.put("old", house.log_service.signer.newest().note)
    receipt = desk.put("receipt", house.receipt("acc_alice", "a1"))
    house.write(record("a9"), record("a9", kind=RecordKind.CLOSE))
    new = desk.put("new", json.dumps(house.log_service.receipts.consistency(7, None)))
    assert desk.ask("consistency", new)[0] == 1, "nothing is remembered yet"
    assert desk.ask("consistency", old, new) == (0, f"intact: {ORIGIN} grew from size 7 to 9\n")
    assert desk.ask("consistency", receipt, new)[0] == 0
    house.write(record("b1"))
    newer = desk.put("newer", json.dumps(house.log_service.receipts.consistency(9, 10)))
    assert desk.ask("consistency", newer) == (0, f"intact: {ORIGIN} grew from size 9 to 10\n")


def test_a_rollback_and_a_fork_are_refused_and_what_was_seen_stays_good(house: House, desk: Desk) -> None:
    earlier, unseen = house.receipt("acc_alice", "a1"), house.receipt("acc_alice", "a2")
    assert desk.ask(desk.put("earlier", earlier))[0] == 0
    house.write(record("a3"))
    assert desk.ask(desk.put("later", house.receipt("acc_alice", "a3")))[0] == 0
    assert desk.ask(desk.put("earlier", earlier))[0] == 0
    assert desk.ask(desk.put("same size", unseen))[0] == 0
    forked = sign(str(Checkpoint(ORIGIN, 8, bytes(32))), [Signer(ORIGIN, house.seed)])
    answer = {"origin": ORIGIN, "from": 7, "to": 8, "proof": [], "checkpoint": forked}
    status, said = desk.ask(
        "consistency", desk.put("old", house.log_service.signer.at(7).note), desk.put("f", json.dumps(answer))
    )
    assert (status, "NOT VERIFIED" in said) == (1, True)


def test_a_smaller_log_than_the_one_seen_is_refused(house: House, desk: Desk) -> None:
    before = house.receipt("acc_alice", "a1")
    house.write(record("a3"))
    assert desk.ask(desk.put("later", house.receipt("acc_alice", "a3")))[0] == 0
    status, said = desk.ask(desk.put("before", before))
    assert (status, "smaller than 8, which was seen" in said) == (1, True)


def test_another_log_under_the_same_name_and_another_key_is_remembered_apart(
    house: House, desk: Desk, tmp_path: Path
) -> None:
    assert desk.ask(desk.put("r", house.receipt("acc_alice", "a1")))[0] == 0
    (tmp_path / "another").mkdir()
    other = open_house(tmp_path / "another", bytes(range(1, 33)))
    other.log_service.start(ORIGIN)
    other.write(record("a1"))
    beside = Desk(desk.folder, other.vkey)
    assert beside.ask(beside.put("other", other.receipt("acc_alice", "a1")))[0] == 0


def test_a_refused_receipt_is_not_remembered(house: House, desk: Desk) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a1"))
    receipt["records"][0]["disclosures"][0] = receipt["records"][0]["disclosures"][0].replace("1]", "2]")
    assert desk.ask(desk.put("bad", json.dumps(receipt)))[0] == 1
    assert not (desk.folder / "seen").exists()


def test_a_body_is_what_the_receipt_commits_to_or_it_is_not(house: House, desk: Desk) -> None:
    body = b'{"model":"sandbox/echo-local"}'
    made = commitment(body, os.urandom)
    fields = {"rid": "b1", "acct": "acc_alice", "req_c": made.value}
    house.write(make_record(RecordKind.OPEN, 0, fields, {"req_c": made.opening}, os.urandom))
    receipt = desk.put("r", house.receipt("acc_alice", "b1"))
    status, said = desk.ask("body", desk.put("body", body), receipt)
    assert (status, "what req_c of its open record commits to" in said) == (0, True)
    assert desk.ask("body", desk.put("body", body + b" "), receipt)[0] == 1


@pytest.mark.parametrize("bodies", [[b"{}"], [b"{}", b"{}"], [b'{"a":1}', b"{}", b'{"a":1}', b"[]"]])
def test_bodies_that_were_sent_are_committed_to_one_by_one(
    house: House, desk: Desk, bodies: list[bytes]
) -> None:
    sent = SentBodies(os.urandom)
    for body in bodies:
        sent.add(body)
    assert (len(sent.value) if isinstance(sent.value, list) else 1) == len(set(bodies))
    fields = {"rid": "s1", "acct": "acc_alice", "sent_c": sent.value}
    house.write(make_record(RecordKind.CLOSE, 0, fields, {"sent_c": sent.opening}, os.urandom))
    receipt = desk.put("r", house.receipt("acc_alice", "s1"))
    for body in bodies:
        status, said = desk.ask("body", desk.put("body", body), receipt)
        assert (status, "what sent_c of its close record commits to" in said) == (0, True)
    for other in (b"", b"".join(bodies) + b" "):
        assert desk.ask("body", desk.put("body", other), receipt)[0] == 1


def test_without_a_body_there_is_no_commitment() -> None:
    assert SentBodies(os.urandom).value is None


@settings(max_examples=12, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_signatures_are_judged_as_the_library_judges_them(seed: bytes, text: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(text)
    assert ni_verify.ed25519_verifies(public, text, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not ni_verify.ed25519_verifies(public, text, bytes(flipped))


def test_links_are_hmacs_as_documented(house: House) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a1"))
    first = receipt["records"][0]
    from tests.custody.test_receipt import account_key

    key = ni_verify.unbase64(account_key(house))
    message = b"ni-custody/link/v1\n" + (0).to_bytes(8, "big") + bytes(32)
    assert first["link"] == hmac.new(key, message, hashlib.sha256).hexdigest()
