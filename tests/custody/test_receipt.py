"""Receipts: they verify, nothing else does, and nothing of another account is in them."""

import base64
import json
import os
import shutil
import subprocess
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ni_verify
from ni.custody.merkle import FIRST
from ni.custody.note import Checkpoint, Signer, seal_text, sign
from ni.custody.receipt import written
from ni.custody.record import RecordKind
from ni.store.tables.custody import custody_accounts, custody_records
from ni_verify import Memory, Refused
from tests.custody.conftest import ORIGIN, House, record

Receipt = dict[str, Any]


def judge(octets: bytes, *vkeys: str) -> str:
    """What the verifier says, with an empty memory. Raises `Refused`, for malformed input too."""
    try:
        return ni_verify.verify(octets, dict(map(ni_verify.parse_vkey, vkeys)), Memory())
    except ni_verify.MALFORMED as fault:
        raise Refused(type(fault).__name__) from fault


def sealed(house: House, receipt: Receipt) -> bytes:
    """The receipt with a new seal of the log's own key: what only whoever runs the log could make."""
    receipt.pop("seal", None)
    signers = [Signer(ORIGIN, house.seed)]
    return written({**receipt, "seal": sign(seal_text(receipt["origin"], written(receipt)), signers)})


def test_a_receipt_verifies_and_says_so_in_a_line(house: House) -> None:
    said = judge(house.receipt("acc_alice", "a1"), house.vkey)
    assert said == f"intact: request a1 (open+close) is in {ORIGIN} at size 7"


def test_a_receipt_has_the_documented_parts(house: House) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a2"))
    assert list(receipt) == ["format", "rid", "origin", "records", "proofs", "seal"]
    opened, closed = receipt["records"]
    assert (opened["kind"], opened["acct_seq"], closed["acct_seq"]) == ("open", 2, 3)
    assert opened["openings"] == {"req_c": "cg=="}
    assert [text.split("\n")[:2] for text in receipt["proofs"]] == [
        ["c2sp.org/tlog-proof@v1", "index 5"], ["c2sp.org/tlog-proof@v1", "index 6"]]  # fmt: skip
    assert json.loads(house.receipt("acc_alice", "a1"))["records"][0]["prev_leaf"] == FIRST.hex()


def test_the_receipt_of_another_account_does_not_exist(house: House) -> None:
    assert house.log_service.receipts.receipt("acc_charlie", "a1") is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_receipt_that_says_anything_else_by_one_byte_never_verifies(
    house: House, choice: st.DataObject
) -> None:
    good = house.receipt("acc_alice", "a1")
    at = choice.draw(st.integers(0, len(good) - 1))
    byte = choice.draw(st.integers(0, 255))
    cut = choice.draw(st.sampled_from([0, 1]))
    bad = (
        good[:at] + bytes([byte]) + good[at + cut :]
        if choice.draw(st.booleans())
        else good[:at] + good[at + 1 :]
    )
    if says(bad) != says(good):
        with pytest.raises(Refused):
            judge(bad, house.vkey)


def says(octets: bytes) -> object:
    """The JSON value, or the bytes themselves where they are none."""
    try:
        return json.loads(octets.decode(), parse_int=str, object_pairs_hook=lambda pairs: pairs)
    except ValueError:
        return octets


def rewritten(octets: bytes, **options: Any) -> bytes:
    return json.dumps(json.loads(octets), **options).encode()


@pytest.mark.parametrize(
    "options",
    [
        {"indent": 2},
        {"indent": "\t"},
        {"sort_keys": True},
        {"ensure_ascii": True},
        {"indent": 4, "sort_keys": True},
    ],
)
def test_a_receipt_that_a_tool_wrote_anew_verifies(house: House, options: dict[str, Any]) -> None:
    good = house.receipt("acc_alice", "a1")
    assert judge(rewritten(good, **options), house.vkey) == judge(good, house.vkey)
    assert judge(b" \r\n" + good + b"\n", house.vkey) == judge(good, house.vkey)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("options", [["."], ["-c", "."], ["-S", "."], ["-a", "."], ["--tab", "-S", "."]])
def test_a_receipt_that_went_through_jq_verifies(house: House, options: list[str]) -> None:
    good = house.receipt("acc_alice", "a1")
    through = subprocess.run(["jq", *options], input=good, capture_output=True, check=True).stdout
    assert through != good
    assert judge(through, house.vkey) == judge(good, house.vkey)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"format"', b'{"rid":"a1","format"'),
        (b'{"kind":"open"', b'{"kind":"open","kind":"open"'),
        (b'"acct_seq":0', b'"acct_seq":0.0'),
        (b'"acct_seq":0', b'"acct_seq":-0'),
        (b'"acct_seq":0', b'"acct_seq":0e0'),
        (b'"acct_seq":0', b'"acct_seq":NaN'),
        (b'{"format"', b'\xef\xbb\xbf{"format"'),
        (b'{"format"', b'{"more":1,"format"'),
    ],
)
def test_tricks_of_writing_are_refused(house: House, old: bytes, new: bytes) -> None:
    good = house.receipt("acc_alice", "a1")
    assert good.count(old)
    with pytest.raises(Refused):
        judge(good.replace(old, new, 1), house.vkey)


@pytest.mark.parametrize("added", [b"{}", b"0", b"\x00", b","])
def test_a_receipt_with_something_behind_it_is_refused(house: House, added: bytes) -> None:
    with pytest.raises(Refused):
        judge(house.receipt("acc_alice", "a1") + added, house.vkey)


def test_a_proof_for_one_record_does_not_prove_another(house: House) -> None:
    one, other = (json.loads(house.receipt("acc_alice", rid)) for rid in ("a1", "a2"))
    one["proofs"] = other["proofs"]
    with pytest.raises(Refused, match="not in the log at this place"):
        judge(sealed(house, one), house.vkey)


def test_another_index_is_refused_even_under_a_good_seal(house: House) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a1"))
    receipt["proofs"][0] = receipt["proofs"][0].replace("index 1", "index 2")
    with pytest.raises(Refused, match="not in the log"):
        judge(sealed(house, receipt), house.vkey)


def test_a_changed_field_is_refused_even_under_a_good_seal(house: House) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a1"))
    texts = receipt["records"][0]["disclosures"]
    texts[:] = [text.replace("192.0.2.7", "192.0.2.8") for text in texts]
    with pytest.raises(Refused, match="not in the log"):
        judge(sealed(house, receipt), house.vkey)


def test_another_key_and_another_origin_are_refused(house: House) -> None:
    good = house.receipt("acc_alice", "a1")
    for signer in (Signer(ORIGIN, os.urandom(32)), Signer("gw.example/custody/2027", house.seed)):
        with pytest.raises(Refused, match="none of the keys"):
            judge(good, str(signer.key))


def test_a_checkpoint_that_names_another_origin_than_its_key_is_refused(house: House) -> None:
    head = house.log_service.signer.current()
    note = sign(str(Checkpoint("elsewhere.example", head.size, head.root)), [Signer(ORIGIN, house.seed)])
    with pytest.raises(Refused, match="another origin"):
        ni_verify.open_checkpoint(note, dict([ni_verify.parse_vkey(house.vkey)]))


def test_a_holder_may_hide_fields_by_dropping_the_seal_and_what_only_it_covers(house: House) -> None:
    receipt = json.loads(house.receipt("acc_alice", "a1"))
    del receipt["seal"]
    for one in receipt["records"]:
        hide(one, "peer_ip", "key")
        one |= {"acct_seq": None, "prev_leaf": None, "openings": {}}
    assert judge(written(receipt), house.vkey).startswith("intact")
    assert b"192.0.2.7" not in written(receipt)
    receipt["records"][0]["acct_seq"] = 9
    with pytest.raises(Refused, match="without a seal"):
        judge(written(receipt), house.vkey)


def hide(one: dict[str, Any], *names: str) -> None:
    from hashlib import sha256

    gone = [text for text in one["disclosures"] if json.loads(text)[1] in names]
    one["disclosures"] = [text for text in one["disclosures"] if text not in gone]
    one["hidden"] += [sha256(text.encode()).hexdigest() for text in gone]


def test_a_receipt_before_the_proof_holds_a_signed_promise_and_proves_nothing_yet(house: House) -> None:
    staged = record("early")
    row = {"request_id": "early", "account_id": "acc_alice", "kind": "open", "at": 0, "rec": staged.rec}
    with house.database.engine.begin() as connection:
        connection.execute(custody_records.insert(), {**row, "disclosures": staged.disclosures})
    octets = house.receipt("acc_alice", "early")
    receipt, keys = json.loads(octets), dict([ni_verify.parse_vkey(house.vkey)])
    origin, at_ms, rec = ni_verify.open_note(receipt["promise"], keys).splitlines()
    assert (origin, rec) == (f"{ORIGIN}/promise", base64.b64encode(staged.rec).decode())
    assert int(at_ms) == int(house.clock.at.timestamp() * 1000)
    with pytest.raises(Refused, match="a promise only"):
        judge(octets, house.vkey)
    house.log_service.start(ORIGIN)  # adopts it
    assert "promise" not in json.loads(house.receipt("acc_alice", "early"))
    judge(house.receipt("acc_alice", "early"), house.vkey)


def test_an_export_holds_no_id_salt_key_or_instant_of_another_account(house: House) -> None:
    house.write(record("c0ffee00c0ffee00", "acc_charlie", at_ms=1_999_999_999_999))
    export = house.log_service.receipts.export("acc_alice").decode()
    assert salts(house, "acc_alice") <= set(export.replace("\\", "").split('"'))
    told = salts(house, "acc_charlie") | {
        "acc_charlie",
        "key_of_acc_charlie",
        "c0ffee00c0ffee00",
        "1999999999999",
    }
    for row in rows(house, "acc_charlie"):
        for octets in (row.rec, row.link):
            told |= {octets.hex(), base64.b64encode(octets).decode()}
    assert not [each for each in told if each in export]


def rows(house: House, account_id: str) -> list[Any]:
    with house.database.read() as connection:
        query = sa.select(custody_records).where(custody_records.c.account_id == account_id)
        return list(connection.execute(query))


def salts(house: House, account_id: str) -> set[str]:
    texts = (text for row in rows(house, account_id) for text in json.loads(row.disclosures))
    return {json.loads(text)[0] for text in texts}


def test_an_account_export_verifies_with_and_without_the_accounts_key(house: House) -> None:
    export, keys = house.log_service.receipts.export("acc_alice"), dict([ni_verify.parse_vkey(house.vkey)])
    memory = Memory()
    assert "4 records of acc_alice without a gap" in ni_verify.account(
        export, keys, memory, account_key(house)
    )
    assert "links not checked" in ni_verify.account(export, keys, memory, None)
    with pytest.raises(Refused, match="not of this account key"):
        ni_verify.account(export, keys, memory, base64.b64encode(bytes(32)).decode())


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_an_export_without_one_of_its_records_is_refused(house: House, missing: int) -> None:
    export, keys = (
        json.loads(house.log_service.receipts.export("acc_alice")),
        dict([ni_verify.parse_vkey(house.vkey)]),
    )
    del export["records"][missing]
    with pytest.raises(Refused, match="a gap"):
        ni_verify.account(written(export), keys, Memory(), account_key(house))
    for number, one in enumerate(export["records"]):
        one["acct_seq"] = number
    with pytest.raises(Refused, match=r"does not follow|not of this account"):
        ni_verify.account(written(export), keys, Memory(), account_key(house))


def account_key(house: House) -> str:
    with house.database.read() as connection:
        query = sa.select(custody_accounts.c.link_key).where(custody_accounts.c.account_id == "acc_alice")
        return base64.b64encode(bytes(connection.execute(query).scalar_one())).decode()


def test_a_receipt_of_a_call_that_is_open_verifies_as_far_as_it_went(house: House) -> None:
    house.write(record("a3", kind=RecordKind.OPEN))
    assert "(open)" in judge(house.receipt("acc_alice", "a3"), house.vkey)
