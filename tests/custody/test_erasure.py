"""Erasure: the values are gone, the proofs stay, and that it happened is on record."""

import json
import os
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import ni_verify
from ni.custody.fsck import fsck
from ni.custody.log_service import KEPT
from ni.custody.record import RecordKind, Value, make_record
from ni.custody.record_reader import view
from ni.domain.clock import from_ms, to_ms
from ni.store.tables.custody import custody_accounts
from ni_verify import Memory
from tests.custody.conftest import NOW_MS, TABLES, House, record


def verified(house: House, octets: bytes) -> str:
    return ni_verify.verify(octets, dict([ni_verify.parse_vkey(house.vkey)]), Memory())


def everything(house: House) -> str:
    """All that the log's tables hold, as text."""
    with house.database.read() as connection:
        return "".join(str(connection.execute(sa.select(table)).all()) for table in TABLES)


def last_retained(house: House, account_id: str) -> dict[str, Any]:
    row = [row for row in house.log_service.records.chain(account_id) if row.kind == RecordKind.RETAIN.value][
        -1
    ]
    return {name: value for _, name, value in map(json.loads, json.loads(row.disclosures))}


def test_a_field_is_erased_and_old_and_new_receipts_verify(house: House) -> None:
    before = house.receipt("acc_alice", "a1")
    assert (
        house.log_service.erasure.fields(("acc_alice", "a1"), {"peer_ip", "req_c"}, "request", "alice") == 2
    )
    after = house.receipt("acc_alice", "a1")
    assert b"192.0.2.7" in before
    assert b"192.0.2.7" not in after
    assert "cg==" not in json.dumps(json.loads(after)["records"][0]["openings"])
    assert verified(house, before)
    assert verified(house, after)


def test_the_erasure_of_a_field_is_a_record_with_names_reason_and_actor(house: House) -> None:
    house.log_service.erasure.fields(("acc_alice", "a1"), {"peer_ip"}, "Law 25, section 28.1", "alice")
    fields = last_retained(house, "acc_alice")
    assert (fields["event"], fields["fields"], fields["rid"]) == ("fields", ["peer_ip"], "a1")
    assert (fields["basis"], fields["actor"]) == ("Law 25, section 28.1", "alice")


def test_an_erasure_is_no_part_of_what_happened_to_the_request(house: House) -> None:
    house.log_service.erasure.fields(("acc_alice", "a1"), {"peer_ip"}, "request", "alice")
    kinds = [entry.kind for entry in house.log_service.records.entries("acc_alice", "a1")]
    assert kinds == [RecordKind.OPEN, RecordKind.CLOSE]


def test_there_is_nothing_to_erase_of_a_field_that_is_gone_or_of_another_account(house: House) -> None:
    erase = house.log_service.erasure.fields
    assert erase(("acc_alice", "a1"), {"peer_ip"}, "request", "alice") == 2
    assert erase(("acc_alice", "a1"), {"peer_ip"}, "request", "alice") == 0
    assert erase(("acc_charlie", "a2"), {"peer_ip"}, "request", "charlie") == 0


def test_records_are_erased_after_90_days_and_not_before(house: House) -> None:
    opened = house.clock.at
    early = [
        record("old", at_ms=int(opened.timestamp() * 1000)),
        record("new", at_ms=int(opened.timestamp() * 1000) + 1),
    ]
    house.write(*early)
    house.clock.at = opened + KEPT + timedelta(milliseconds=1)
    house.log_service.forget()
    old, new = (house.log_service.records.entries("acc_alice", name)[0] for name in ("old", "new"))
    assert old.fields == {}
    assert old.erased == 7
    assert new.fields["peer_ip"] == "192.0.2.7"
    assert verified(house, house.receipt("acc_alice", "old"))
    assert last_retained(house, "acc_alice")["event"] == "retention"


def test_records_of_any_order_and_number_are_erased_when_their_time_is_over_and_none_before(
    house: House,
) -> None:
    began, hour = to_ms(house.clock.at) + 1000, 3_600_000
    for page in range(5):  # more than a page of the register, with neighbours that are hours apart
        calls = range(page * 250, page * 250 + 250)
        house.write(*(record(f"n{at}", at_ms=began + at * 60_000 + at % 3 * 2 * hour) for at in calls))
    for hours in (1, 5, 9, 13, 17, 21, 26):
        now_ms = began + hours * hour
        house.clock.at = from_ms(now_ms) + KEPT
        house.log_service.forget()
        for at in range(0, 1250, 7):
            (entry,) = house.log_service.records.entries("acc_alice", f"n{at}")
            assert bool(entry.fields) == (began + at * 60_000 + at % 3 * 2 * hour >= now_ms), (hours, at)


def test_records_of_erasures_and_keys_are_not_erased_by_time(house: House) -> None:
    house.clock.at += timedelta(days=4000)
    house.log_service.forget()
    size = house.log_service.signer.current().size
    house.clock.at += timedelta(days=4000)
    house.log_service.forget()
    assert house.log_service.signer.current().size == size


def test_an_erased_request_still_has_a_custody_record_without_fields(house: House) -> None:
    house.clock.at += timedelta(days=4000)
    house.log_service.forget()
    shown = view(house.log_service.records.entries("acc_alice", "a1"), "CA")
    assert shown["request_id"] == "a1"
    unknown = ("outcome", "credential_source", "custody_path", "pii", "hops", "route", "created_at")
    assert {name: shown[name] for name in unknown} == dict.fromkeys(unknown)
    assert [place["index"] for place in shown["log"]["records"]] == [1, 2]


CLOSED: dict[str, Value] = {
    "pii": "on; email=1",
    "byok": True,
    "hops": [
        ["NI", "CA", "", "2026-11-23T10:15:31Z", "C"],
        ["OpenAI", "US", "us", "2026-11-23T10:15:32Z", "B"],
    ],
}


@pytest.mark.parametrize(
    ("field", "names"),
    [("pii", ["pii"]), ("byok", ["credential_source"]), ("hops", ["hops", "custody_path"])],
)
def test_an_erased_field_is_not_known_instead_of_off(house: House, field: str, names: list[str]) -> None:
    house.write(
        make_record(RecordKind.CLOSE, NOW_MS, {"rid": "a4", "acct": "acc_alice", **CLOSED}, {}, os.urandom)
    )
    whole = view(house.log_service.records.entries("acc_alice", "a4"), "CA")
    assert whole["pii"] == {"on": True, "counts": {"email": 1}}
    assert (whole["credential_source"], whole["custody_path"]) == ("byok", "NI-CA -> OpenAI-US")
    house.log_service.erasure.fields(("acc_alice", "a4"), {field}, "request", "alice")
    shown = view(house.log_service.records.entries("acc_alice", "a4"), "CA")
    changed = {name for name in shown if name != "log" and shown[name] != whole[name]}
    assert changed == set(names)
    assert [shown[name] for name in names] == [None] * len(names)
    assert shown["log"]["records"][0]["erased"] == 1


def test_a_record_that_does_not_say_whether_masking_was_on_is_not_taken_for_off(house: House) -> None:
    house.write(record("a5", kind=RecordKind.DENY), record("a6", kind=RecordKind.OPEN))
    denied, open_ = (
        view(house.log_service.records.entries("acc_alice", name), "CA") for name in ("a5", "a6")
    )
    assert denied["pii"] is None
    assert (open_["pii"], open_["custody_path"]) == (None, "NI-CA")


def test_an_account_is_erased_with_its_key_and_the_others_are_untouched(house: House) -> None:
    before = house.receipt("acc_alice", "a1")
    with house.database.read() as connection:
        key = connection.execute(sa.select(custody_accounts.c.link_key).where(
            custody_accounts.c.account_id == "acc_alice")).scalar_one()  # fmt: skip
    assert house.log_service.erasure.account("acc_alice", "the account ended", "operator") == 4
    left = everything(house)
    assert "key_of_acc_alice" not in left
    assert str(bytes(key)) not in left
    assert "key_of_acc_charlie" in left
    assert verified(house, before)
    assert verified(house, house.receipt("acc_alice", "a2"))
    assert fsck(house.database).findings == []


def test_a_chain_whose_key_was_erased_goes_on_with_another(house: House) -> None:
    house.log_service.erasure.account("acc_alice", "the account ended", "operator")
    house.write(record("again"))
    assert fsck(house.database).findings == []
    export = house.log_service.receipts.export("acc_alice")
    keys = dict([ni_verify.parse_vkey(house.vkey)])
    assert "7 records" in ni_verify.account(export, keys, Memory(), None)


@pytest.mark.parametrize("names", [{"peer_ip"}, {"peer_ip", "key", "tok_in"}])
def test_rec_recomputes_after_any_erasure(house: House, names: set[str]) -> None:
    house.log_service.erasure.fields(("acc_alice", "a1"), names, "request", "alice")
    assert fsck(house.database).findings == []


@pytest.mark.parametrize("way", ["request", "time", "account"])
def test_what_is_erased_whole_leaves_nothing_that_opens_its_commitments(house: House, way: str) -> None:
    erasure, records = house.log_service.erasure, house.log_service.records
    assert {row.openings for row in records.rows("acc_alice", "a1")} == {'{"req_c":"cg=="}'}
    if way == "request":
        erasure.request(("acc_alice", "a1"), "request", "alice")
    elif way == "account":
        erasure.account("acc_alice", "the account ended", "operator")
    else:
        house.clock.at += timedelta(days=4000)
        house.log_service.forget()
    assert {row.openings for row in records.rows("acc_alice", "a1") if row.kind != "retain"} == {"{}"}
    assert {row.openings for row in records.rows("acc_charlie", "c1")} == {
        "{}" if way == "time" else '{"req_c":"cg=="}'
    }


def test_an_erased_field_takes_its_own_opening_and_no_other(house: House) -> None:
    erase, records = house.log_service.erasure.fields, house.log_service.records
    erase(("acc_alice", "a1"), {"peer_ip"}, "request", "alice")
    assert {row.openings for row in records.rows("acc_alice", "a1") if row.kind != "retain"} == {
        '{"req_c":"cg=="}'
    }
