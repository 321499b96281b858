"""Custody: the log's state, one record with its path, the receipt, and erasing what a record discloses."""

import json
import re

import pytest
import sqlalchemy as sa

import ni_verify
from ni.access.accounts import DEFAULT
from ni.factory.gateway import Gateway
from ni.store.tables.custody import custody_records
from ni.store.tables.metering import usage
from tests.portal.cast import ALICE
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

RECORD = "/portal/custody/{record}"
ERASE = f"{RECORD}/erase"


def disclosed(gateway: Gateway, scene: Scene) -> set[str]:
    """The fields that the records of the call still hold."""
    entries = gateway.records.entries(DEFAULT, scene.places["record"])
    return {name for entry in entries for name in entry.fields}


def test_a_request_leads_to_its_record_and_back(alice: Browser, scene: Scene) -> None:
    page = "/portal/requests/{record}"
    assert scene.filled(f'href="{RECORD}"') in alice.get(page).text
    assert scene.filled(f'href="{page}"') in alice.get(RECORD).text


def test_a_record_shows_its_hops_in_order(alice: Browser) -> None:
    text = alice.get(RECORD).text
    path = text.partition('<ol class="path"')[2].partition("</ol>")[0]
    assert path.index("Your tool") < path.index("NI") < path.index("Sandbox")
    assert "e-mail addresses: 2" in text


def test_a_record_says_whether_it_is_intact_at_which_size_and_when_that_was_checked(
    alice: Browser, gateway: Gateway
) -> None:
    size = gateway.log_service.signer.newest().head.size
    entries = f"among the {size} entries of the custody log, unchanged since it was written"
    assert f"Intact: it is {entries}. Checked 2026-11-20 10:30." in alice.get(RECORD).text


def test_a_record_that_was_changed_in_the_database_does_not_verify(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    with gateway.database.engine.begin() as connection:
        mine = custody_records.c.request_id == scene.places["record"]
        rows = connection.execute(sa.select(custody_records).where(mine)).mappings().all()
        for row in rows:
            changed = json.dumps(json.loads(row["disclosures"])[:-1])
            connection.execute(
                custody_records.update().where(custody_records.c.id == row["id"]).values(disclosures=changed)
            )
    text = alice.get(RECORD).text
    assert "does not verify" in text
    assert "Intact" not in text


def test_a_record_shows_what_the_request_cost_and_how_that_was_reckoned(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    row = gateway.reports.row(DEFAULT, scene.places["record"])
    assert row
    assert "What it cost" in alice.get(RECORD).text
    assert not row["working"] or row["working"] in alice.get(RECORD).text
    assert gateway.reports.row(scene.places["austral"], scene.places["record"]) is None


def test_a_row_that_is_kept_no_more_leaves_the_page_whole(alice: Browser, gateway: Gateway) -> None:
    with gateway.database.engine.begin() as connection:
        connection.execute(usage.delete())
    text = alice.get(RECORD).text
    assert "The record" in text
    assert "What it cost" not in text


def test_a_record_of_which_everything_was_erased_leaves_the_page_whole(alice: Browser) -> None:
    alice.post(ERASE, {"whole": "1", "reason": "asked for"}, page=ERASE)
    text = alice.get(RECORD).text
    assert "The record" in text
    for word in ("Custody path", "Personal data", "No provider was called", ">None<"):
        assert word not in text


def test_a_request_id_is_looked_up_and_an_unknown_one_is_told(alice: Browser, scene: Scene) -> None:
    assert alice.get("/portal/custody?id= {record} ").location == scene.filled(RECORD)
    assert "no record of a request" in alice.get("/portal/custody?id=nonsense").text


def test_a_receipt_is_a_file_that_the_verifier_takes(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    answer = alice.get(f"{RECORD}/receipt")
    name = f"receipt-{scene.places['record']}.json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    keys = dict(ni_verify.parse_vkey(one["vkey"]) for one in gateway.log_service.described()["vkeys"])
    assert ni_verify.verify(answer.data, keys, ni_verify.Memory()).startswith("intact")


def test_the_log_is_shown_with_its_checkpoint_and_key(alice: Browser, gateway: Gateway) -> None:
    text = alice.get("/portal/custody").text
    signed = gateway.log_service.signer.newest()
    assert f"{signed.head.size} entries" in text
    assert signed.note.splitlines()[0] in text
    assert 'id="public-key-1"' in text


def test_an_owner_erases_the_chosen_fields_with_a_reason(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    before = disclosed(gateway, scene)
    assert "peer_ip" in before
    answer = alice.post(ERASE, {"names": "peer_ip", "reason": "asked for"}, page=ERASE)
    assert answer.location == scene.filled(RECORD)
    assert re.search(r"\d fields? w(as|ere) erased", alice.get(RECORD).text)
    assert before - disclosed(gateway, scene) == {"peer_ip"}
    assert "peer_ip" not in alice.get(ERASE).text


def test_who_erased_and_why_is_on_record(gateway: Gateway, alice: Browser, scene: Scene) -> None:
    alice.post(ERASE, {"names": "peer_ip", "reason": "asked for"}, page=ERASE)
    rows = gateway.records.rows(DEFAULT, scene.places["record"])
    kept = " ".join(row.disclosures for row in rows if row.kind == "retain")
    assert "asked for" in kept
    assert scene.places["alice"] in kept


def test_an_owner_erases_the_whole_record_with_the_other_button(alice: Browser) -> None:
    alice.post(ERASE, {"whole": "1", "reason": "asked for"}, page=ERASE)
    assert "Nothing to erase" in alice.get(ERASE).text


@pytest.mark.parametrize(
    "answers", [{"names": "peer_ip"}, {"reason": "r"}, {"whole": "1"}, {"names": "rec", "reason": "r"}]
)
def test_nothing_is_erased_without_a_reason_or_a_field_that_is_there(
    alice: Browser, gateway: Gateway, scene: Scene, answers: dict[str, str]
) -> None:
    before = disclosed(gateway, scene)
    assert alice.post(ERASE, answers, page=ERASE).status_code == 400
    assert disclosed(gateway, scene) == before


def test_another_account_s_record_cannot_be_erased(charlie: Browser, gateway: Gateway, scene: Scene) -> None:
    before = disclosed(gateway, scene)
    answer = charlie.post(ERASE, {"whole": "1", "reason": "r"}, page="/portal/")
    assert answer.status_code == 404
    assert disclosed(gateway, scene) == before


def test_the_account_s_key_is_shown_after_a_question(
    alice: Browser, charlie: Browser, gateway: Gateway
) -> None:
    page = "/portal/custody/account-key"
    key = gateway.records.account_key(DEFAULT)
    assert key
    assert key.reveal() not in alice.get(page).text
    assert key.reveal() in alice.post(page, page=page).text
    assert key.reveal() not in charlie.post(page, page=page).text


def test_members_read_records_and_erase_nothing(bob: Browser) -> None:
    assert bob.get(RECORD).status_code == 200
    assert "/erase" not in bob.get(RECORD).text
    assert bob.get(ERASE).status_code == 403
    assert ALICE.email not in bob.get(RECORD).text
