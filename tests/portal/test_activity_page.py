"""The page Activity: filters, CSV, receipts that verify, and that what is altered shows."""

import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
import sqlalchemy as sa

import ni_verify
from ni.access.accounts import DEFAULT
from ni.custody.activity import ActivityFilter, within
from ni.custody.fsck import fsck
from ni.domain.activity import ActivityKind, Way
from ni.factory.gateway import Gateway
from ni.store.tables.custody import custody_records
from ni.web.portal.activity import KIND_GROUPS, KIND_WORDS, WAY_WORDS
from tests.portal.acts import acts
from tests.portal.cast import ALICE
from tests.portal.conftest import Browser

ADDRESS = "127.0.0.1"


def test_who_revoked_the_key_is_seen_in_two_clicks(alice: Browser) -> None:
    alice.post("/portal/keys/{key}/revoke", page="/portal/")
    assert 'href="/portal/activity"' in alice.get("/portal/").text
    page = alice.get("/portal/activity?kind=key.revoked").text
    row = page.partition("<tbody>")[2].partition("</tr>")[0]
    assert "Cursor on the build machine" in row
    assert ALICE.email in row
    assert ADDRESS in row


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("kind=key.revoked", "Key revoked</td>", "Key created"),
        ("kind=key.created,key.revoked", "Key revoked</td>", "Person added"),
        ("kind=key", "Key revoked</td>", "Person added"),
        ("kind=person,role,operator,link,group", "Person added", "Key created"),
        ("text=ALICE%40", "Person added", "Charlie"),
        ("text=nothing-of-the-kind", "Nothing is on record", "<tbody>"),
        ("since=2026-11-20&until=2026-11-20", "Activity, newest first", "Old laptop"),
        ("since=soon", "This is no date", "Traceback"),
        ("kind=nonsense&cursor=x", "Activity, newest first", "Traceback"),
        ("account=all", "Austral", "Traceback"),
        ("account=operator", "Models or prices changed", "Old laptop"),
    ],
)
def test_the_filters_leave_what_fits(query: str, shown: str, hidden: str, alice: Browser) -> None:
    page = alice.get(f"/portal/activity?{query}").text
    main = page.partition("</form>\n")[2]
    assert shown.replace("</td>", "") in page
    assert hidden not in main.partition("<tbody>")[2] or hidden == "<tbody>"


def test_who_created_or_revoked_a_key_is_one_choice(alice: Browser) -> None:
    page = alice.get("/portal/activity?kind=key.created,key.revoked").text
    assert '<option value="key.created,key.revoked" selected>Keys: created or revoked</option>' in page
    told = set(re.findall(r'<td class="name-cell"[^>]*>([^<]+)<span', page))
    assert {"Key created", "Key revoked"} <= told
    assert not {"Key changed", "Person added", "Signed in"} & told


def test_every_kind_is_in_one_group_and_every_choice_lets_acts_through() -> None:
    for kind in ActivityKind:
        assert len([group for group in KIND_GROUPS if group.holds(kind)]) == 1, kind
    for group in KIND_GROUPS:
        for names in (group.names, *(value.split(",") for value, _ in group.together)):
            assert all(any(within(kind, name) for kind in ActivityKind) for name in names)


def test_an_owner_who_does_not_run_the_instance_sees_their_account_alone(charlie: Browser) -> None:
    for account in ("all", "operator", DEFAULT):
        text = charlie.get(f"/portal/activity?account={account}").text
        assert "Boreal" not in text
        assert "alice@" not in text
        assert "Models or prices changed</td>" not in text


def test_pages_follow_one_another_without_a_gap(alice: Browser, gateway: Gateway) -> None:
    users = gateway.access.users
    for number in range(120):
        users.edit(alice.scene.places["bob"], name=f"Bob {number}", locale="", theme="")
    log, seen, before = gateway.activity_log, [], 0
    while True:
        page = log.page(DEFAULT, ActivityFilter(), before)
        seen += [entry.id for entry in page.entries]
        before = page.next_before
        if not before:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == len(acts(gateway, DEFAULT))
    assert 'rel="next"' in alice.get("/portal/activity").text


def test_the_csv_holds_what_the_page_shows(alice: Browser, gateway: Gateway) -> None:
    lines = list(csv.DictReader(io.StringIO(alice.get("/portal/activity/export.csv?kind=key.revoked").text)))
    assert [(line["kind"], line["name"], line["changes"]) for line in lines] == [
        ("key.revoked", "Old laptop", "[]")
    ]
    assert lines[0]["record"] == alice.scene.places["act"]


def test_the_offline_verifier_checks_a_receipt_of_an_act(alice: Browser, gateway: Gateway) -> None:
    octets = alice.get("/portal/activity/{act}/receipt").data
    vkeys = [row.vkey for row in gateway.log_service.signer.logs.keys(1)]
    keys = dict(map(ni_verify.parse_vkey, vkeys))
    assert "(activity)" in ni_verify.verify(octets, keys, ni_verify.Memory())
    with pytest.raises(ni_verify.Refused):
        ni_verify.verify(octets.replace(b"Old laptop", b"New laptop"), keys, ni_verify.Memory())


def test_an_act_that_was_altered_or_removed_is_found(alice: Browser, gateway: Gateway) -> None:
    act = custody_records.c.request_id == alice.scene.places["act"]
    assert fsck(gateway.database).findings == []
    with gateway.database.engine.begin() as connection:
        text = connection.execute(sa.select(custody_records.c.disclosures).where(act)).scalar_one()
        connection.execute(
            custody_records.update().where(act).values(disclosures=text.replace("Old laptop", "New laptop"))
        )
    assert len(fsck(gateway.database).findings) == 1
    assert "does not verify" in alice.get("/portal/activity/{act}").text
    with gateway.database.engine.begin() as connection:
        connection.execute(custody_records.delete().where(act))
    assert any("is missing" in finding for finding in fsck(gateway.database).findings)


def test_records_of_acts_are_no_records_of_requests(alice: Browser) -> None:
    assert alice.get("/portal/custody/{act}").status_code == 404
    assert alice.get("/portal/custody/{act}/receipt").status_code == 404


def test_what_was_erased_is_shown_as_erased(alice: Browser, gateway: Gateway) -> None:
    gateway.log_service.erasure.account(DEFAULT, "the account ended", "operator")
    assert "Erased" in alice.get("/portal/activity").text
    assert "was erased" in alice.get("/portal/activity/{act}").text
    assert fsck(gateway.database).findings == []


def test_every_kind_and_every_way_has_its_words() -> None:
    assert set(KIND_WORDS) == set(ActivityKind)
    assert set(WAY_WORDS) == set(Way)


def words_of(page: str) -> list[str]:
    """The cells of what changed, without markup."""
    return [
        unescape(cell) for cell in re.findall(r"<t[hd][^>]*>([^<]*)</t", page.partition('id="changes"')[2])
    ]


def newest(alice: Browser, gateway: Gateway) -> str:
    (entry, *_) = gateway.activity_log.page(DEFAULT, ActivityFilter()).entries
    return alice.get(f"/portal/activity/{entry.rid}").text


def test_a_budget_is_told_as_its_form_says_it(alice: Browser, gateway: Gateway) -> None:
    alice.post("/portal/budgets", {"whose": "account:", "span": "month", "limit": "40", "alerts": "80"})
    shown = newest(alice, gateway)
    assert "Whole account, Month" in shown
    assert {"Limit", "$40.00", "Alerts at (percent)"} <= set(words_of(shown))
    assert "nanos" not in shown
    assert "account::month" not in alice.get("/portal/activity").text


def test_a_key_is_told_as_its_form_says_it(alice: Browser, gateway: Gateway) -> None:
    keys = gateway.keys_of(DEFAULT)
    key, bob = alice.scene.places["key"], alice.scene.places["bob"]
    found = keys.get(key)
    assert found
    spec = replace(found.spec, cap_nanos=350_000_000, owner_id=bob, pii=False)
    keys.edit(key, spec)
    told = set(words_of(newest(alice, gateway)))
    assert {"Max spend per day", "$0.35", "Owner", "Off"} <= told
    assert bob not in told
    assert not [word for word in told if "_" in word]
