"""The activity log in the portal: every form that changes something leaves a record of who, what and from where."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

import ni_verify
from ni.access.accounts import DEFAULT, Role
from ni.access.onboarding import Link, Purpose
from ni.custody.activity import ActivityFilter
from ni.custody.fsck import fsck
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Actor, Way
from ni.domain.errors import StoreUnavailable
from ni.factory.gateway import Gateway
from ni.providers.sandbox import Sandbox
from ni.store.tables.custody import custody_records
from ni.web.portal.activity import KIND_WORDS, WAY_WORDS
from ni.web.portal.navigation import PAGES as BLUEPRINTS
from tests.portal.cast import ALICE, BOB, PASSWORD, Person
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, code_of, give_second_factor

Visit = Callable[..., Browser]
NEW = "another orchard in September"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Case:
    """A form that is filled in right, by whom, and what is on record of it afterwards, in this order."""

    path: str
    kinds: tuple[ActivityKind, ...]
    answers: Mapping[str, object] = field(default_factory=dict)
    who: Person | None = ALICE
    account: str = DEFAULT
    before: Callable[[Gateway, Browser, dict[str, Any]], None] = lambda gateway, browser, answers: None


def bob_has_a_factor(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    give_second_factor(gateway, browser.scene.places["bob"])


def alice_has_a_factor(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    give_second_factor(gateway, browser.scene.places["alice"])


def a_code_that_fits(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    secret = gateway.access.second_factor.fresh()
    answers |= {"secret": secret.reveal(), "code": code_of(gateway, secret)}


def the_password_was_right(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    secret = give_second_factor(gateway, browser.scene.places["bob"])
    assert browser.sign_in(BOB).status_code == 303
    answers["code"] = code_of(gateway, secret)


def the_key_is_selected(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    answers["key"] = browser.scene.places["key"]


def alice_is_in_austral(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    places = browser.scene.places
    gateway.access.onboarding.join(invited(gateway, places["austral"]), places["alice"])
    answers["account"] = places["austral"]


def invited(gateway: Gateway, account_id: str, role: Role = Role.MEMBER) -> str:
    """The token of a new invitation."""
    return gateway.access.links.issue(Link(Purpose.INVITE, account_id=account_id, role=role)).reveal()


@pytest.fixture(autouse=True)
def providers(gateway: Gateway) -> None:
    """Nothing leaves: a credential is tried on a fake."""
    replaced: Any = gateway.providers
    replaced["openai"] = Sandbox()


PERSON = {"email": "new@example.ca", "name": "New", "password": NEW, "again": NEW, "new": NEW}
CASES = {
    "/portal/sign-in": Case(
        "/portal/sign-in", (ActivityKind.SIGNED_IN,), {"email": BOB.email, "password": PASSWORD}, None
    ),
    "/portal/sign-in/code": Case(
        "/portal/sign-in/code", (ActivityKind.SIGNED_IN,), {}, None, before=the_password_was_right
    ),
    "/portal/reset/<token>": Case(
        "/portal/reset/{reset}", (ActivityKind.PASSWORD_CHANGED,), {"new": NEW, "again": NEW}, None
    ),
    "/portal/invite/<token>": Case("/portal/invite/{invite}", (ActivityKind.PERSON_CREATED,), PERSON, None),
    "/portal/keys/new": Case(
        "/portal/keys/new", (ActivityKind.KEY_CREATED,), {"name": "Mine", "tiers": "own_hardware"}
    ),
    "/portal/keys/<key_id>": Case(
        "/portal/keys/{key}", (ActivityKind.KEY_CHANGED,), {"name": "Other", "tiers": "own_hardware"}
    ),
    "/portal/keys/<key_id>/revoke": Case("/portal/keys/{key}/revoke", (ActivityKind.KEY_REVOKED,)),
    "/portal/keys/revoke": Case(
        "/portal/keys/revoke", (ActivityKind.KEY_REVOKED,), before=the_key_is_selected
    ),
    "/portal/custody/account-key": Case("/portal/custody/account-key", (ActivityKind.LOG_KEY_SHOWN,)),
    "/portal/custody/<request_id>/erase": Case(
        "/portal/custody/{record}/erase", (ActivityKind.RECORD_ERASED,), {"whole": "1", "reason": "asked"}
    ),
    "/portal/byok/<provider>": Case(
        "/portal/byok/openai",
        (ActivityKind.CREDENTIAL_STORED,),
        {"api_key": "sk-other-0123456789abcdef-y8Rb"},
    ),
    "/portal/byok/<provider>/remove": Case("/portal/byok/openai/remove", (ActivityKind.CREDENTIAL_REMOVED,)),
    "/portal/mappings/undo": Case(
        "/portal/mappings/undo", (ActivityKind.MAPPING_UNDONE,), {"name": "claude-sonnet-4.5"}
    ),
    "/portal/settings/profile": Case(
        "/portal/settings/profile", (ActivityKind.PERSON_CHANGED,), {"name": "Alix", "language": "en"}
    ),
    "/portal/settings/password": Case(
        "/portal/settings/password",
        (ActivityKind.PASSWORD_CHANGED, ActivityKind.SIGNED_IN),
        {"current": PASSWORD, "new": NEW, "again": NEW},
    ),
    "/portal/settings/sessions/<mark>/end": Case(
        "/portal/settings/sessions/{mark}/end", (ActivityKind.SESSION_ENDED,)
    ),
    "/portal/settings/account": Case(
        "/portal/settings/account",
        (ActivityKind.ACCOUNT_CHANGED,),
        {"account_name": "Boreal", "time_zone": "America/Vancouver", "min_evidence": "B"},
    ),
    "/portal/settings/invite": Case(
        "/portal/settings/invite", (ActivityKind.LINK_ISSUED,), {"role": "auditor"}
    ),
    "/portal/settings/members/<user_id>/role": Case(
        "/portal/settings/members/{bob}/role", (ActivityKind.ROLE_CHANGED,), {"role": "auditor"}
    ),
    "/portal/settings/members/<user_id>/remove": Case(
        "/portal/settings/members/{bob}/remove", (ActivityKind.PERSON_REMOVED,)
    ),
    "/portal/settings/members/<user_id>/second-factor": Case(
        "/portal/settings/members/{bob}/second-factor",
        (ActivityKind.FACTOR_CHANGED,),
        before=bob_has_a_factor,
    ),
    "/portal/settings/second-factor": Case(
        "/portal/settings/second-factor",
        (ActivityKind.FACTOR_CHANGED,),
        {"current": PASSWORD},
        before=a_code_that_fits,
    ),
    "/portal/settings/second-factor/off": Case(
        "/portal/settings/second-factor/off",
        (ActivityKind.FACTOR_CHANGED,),
        {"current": PASSWORD},
        before=alice_has_a_factor,
    ),
    "/portal/switch-account": Case(
        "/portal/switch-account", (ActivityKind.SESSION_MOVED,), account="austral", before=alice_is_in_austral
    ),
    "/portal/accounts": Case(
        "/portal/accounts",
        (ActivityKind.ACCOUNT_CREATED, ActivityKind.LINK_ISSUED),
        {"name": "Zephyr"},
        account="",
    ),
    "/portal/accounts/<account_id>/credit": Case(
        "/portal/accounts/{boreal}/credit",
        (ActivityKind.CREDIT_GRANTED,),
        {"amount": "5.00", "note": "invoice 7", "once": "grant_1"},
    ),
    "/portal/accounts/<account_id>/people/<user_id>/second-factor": Case(
        "/portal/accounts/{boreal}/people/{bob}/second-factor",
        (ActivityKind.FACTOR_CHANGED,),
        before=bob_has_a_factor,
    ),
}
UNCHANGING = {
    "/portal/sign-out": "ends the browser's own session",
    "/language": "a preference of the person",
    "/theme": "a preference of the person",
    "/portal/byok/<provider>/test": "asks the provider, stores nothing",
    "/portal/playground": "a call, which has its own records",
    "/portal/playground/stream": "a call, which has its own records",
}
ELSEWHERE = {
    "/portal/set-up/<token>": "test_the_first_user_is_on_record",
    "/portal/invite/<token>/join": "test_who_joins_a_second_account_is_on_record_there",
}


def acts(gateway: Gateway, account: str | None = None, **wanted: Any) -> list[Activity]:
    """What is on record, newest first."""
    entries = gateway.activity_log.entries(account, ActivityFilter(**wanted))
    return [entry.activity for entry in entries if entry.activity]


def test_every_form_of_the_portal_is_in_these_cases(app: Flask) -> None:
    ours = {blueprint.name for blueprint in BLUEPRINTS}
    forms = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in ours
    }
    assert forms == {*CASES, *UNCHANGING, *ELSEWHERE}


@pytest.mark.parametrize("rule", CASES)
def test_each_form_that_changes_something_is_on_record(rule: str, visit: Visit, gateway: Gateway) -> None:
    case = CASES[rule]
    browser, answers = visit(case.who), dict(case.answers)
    places = browser.scene.places
    if "{mark}" in case.path:
        places["mark"] = gateway.access.sessions.list(places["alice"])[-1].mark
    case.before(gateway, browser, answers)
    known = len(acts(gateway))
    answer = browser.post(case.path, answers, page="/portal/" if case.who else "/portal/sign-in")
    assert answer.status_code in (200, 303), answer.text
    made = acts(gateway)[: len(acts(gateway)) - known][::-1]
    assert tuple(act.kind for act in made) == case.kinds
    assert {act.actor.address for act in made} == {ADDRESS}
    assert {act.actor.way for act in made} == {Way.PORTAL}
    if case.who:
        assert {act.actor.who for act in made} <= {case.who.email}
    if case.account:
        assert {act.account_id for act in made} == {places.get(case.account, case.account)}


@pytest.mark.parametrize("rule", UNCHANGING)
def test_a_form_that_changes_nothing_leaves_no_record(rule: str, alice: Browser, gateway: Gateway) -> None:
    known = len(acts(gateway))
    answers = {"language": "fr", "theme": "dark", "model": "sandbox/echo-local", "prompt": "Hello"}
    answers["key"] = alice.scene.places["key"]
    answer = alice.post(rule.replace("<provider>", "openai"), answers, page="/portal/")
    assert answer.status_code in (200, 303)
    assert len(acts(gateway)) == known


def test_the_first_user_is_on_record(fresh_scene: Scene, app: Flask, gateway: Gateway) -> None:
    with gateway.database.engine.begin() as connection:
        for name in ("sessions", "members", "users"):
            connection.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608 - names of tables
    token = gateway.access.links.issue(Link(Purpose.SET_UP)).reveal()
    browser = Browser(app.test_client())
    person = {"email": "first@example.ca", "name": "First", "password": NEW, "again": NEW}
    assert browser.post(f"/portal/set-up/{token}", person, page=f"/portal/set-up/{token}").status_code == 303
    signed_in, created = acts(gateway)[:2]
    assert (signed_in.kind, created.kind) == (ActivityKind.SIGNED_IN, ActivityKind.PERSON_CREATED)
    assert {act.actor for act in (signed_in, created)} == {Actor("first@example.ca", Way.PORTAL, ADDRESS)}


def test_who_joins_a_second_account_is_on_record_there(alice: Browser, gateway: Gateway) -> None:
    austral = alice.scene.places["austral"]
    token = invited(gateway, austral)
    assert alice.post(f"/portal/invite/{token}/join", page="/portal/").status_code == 303
    moved, joined = acts(gateway, austral)[:2]
    assert (moved.kind, joined.kind) == (ActivityKind.SESSION_MOVED, ActivityKind.PERSON_JOINED)
    assert joined.actor.who == ALICE.email
    assert joined.changes == (("role", None, "member"),)


def test_a_wrong_password_is_on_record_of_the_account_with_where_it_came_from(
    nobody: Browser, gateway: Gateway
) -> None:
    assert nobody.sign_in(BOB, "wrong").status_code == 403
    failed = acts(gateway, DEFAULT)[0]
    assert failed.kind is ActivityKind.SIGN_IN_FAILED
    assert failed.actor == Actor("", Way.PORTAL, ADDRESS)
    assert failed.subject.name == BOB.email


def test_of_an_address_that_nobody_has_no_text_is_kept(nobody: Browser, gateway: Gateway) -> None:
    assert nobody.sign_in(Person("", "my-password@example.ca"), "wrong").status_code == 403
    failed = acts(gateway, OPERATOR)[0]
    assert (failed.kind, failed.subject.id, failed.subject.name) == (ActivityKind.SIGN_IN_FAILED, "", "")
    with gateway.database.read() as connection:
        texts = connection.scalars(sa.select(custody_records.c.disclosures)).all()
    assert not any("my-password" in text for text in texts)


def test_a_wrong_code_is_on_record(nobody: Browser, gateway: Gateway) -> None:
    give_second_factor(gateway, nobody.scene.places["bob"])
    nobody.sign_in(BOB)
    assert nobody.post("/portal/sign-in/code", {"code": "000000"}).status_code == 403
    assert acts(gateway, DEFAULT)[0].kind is ActivityKind.SIGN_IN_FAILED


def test_what_changed_is_told_with_what_was_before(alice: Browser, gateway: Gateway) -> None:
    alice.post("/portal/settings/members/{bob}/role", {"role": "auditor"}, page="/portal/")
    alice.post("/portal/settings/account", {"account_name": "Boreal", "time_zone": "UTC"}, page="/portal/")
    account, role = acts(gateway, DEFAULT)[:2]
    assert role.changes == (("role", "member", "auditor"),)
    assert ("time_zone", "America/Toronto", "UTC") in account.changes


def test_no_secret_is_in_any_record(alice: Browser, gateway: Gateway) -> None:
    secret = "sk-other-0123456789abcdef-y8Rb"
    alice.post("/portal/byok/openai", {"api_key": secret}, page="/portal/")
    made = alice.post("/portal/keys/new", {"name": "Mine", "tiers": "own_hardware"}, page="/portal/").text
    text = made.partition("ni_live_")[2][:20]
    with gateway.database.read() as connection:
        records = "".join(connection.scalars(sa.select(custody_records.c.disclosures)))
    assert text
    for word in (secret, secret[:12], text, PASSWORD):
        assert word not in records


def test_nothing_is_done_that_cannot_be_recorded(alice: Browser, gateway: Gateway) -> None:
    gateway.freeze.stop("the log was forked")
    key = alice.scene.places["key"]
    before = gateway.keys_of(DEFAULT).get(key)
    with pytest.raises(StoreUnavailable):
        gateway.keys_of(DEFAULT).revoke(key)
    assert alice.post("/portal/keys/{key}/revoke", page="/portal/").status_code == 503
    assert gateway.keys_of(DEFAULT).get(key) == before


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


AUDITOR = {  # path: what an auditor gets
    "/portal/": 200,
    "/portal/usage": 200,
    "/portal/usage/export.csv": 200,
    "/portal/requests/{record}": 200,
    "/portal/custody": 200,
    "/portal/custody/{record}": 200,
    "/portal/activity": 200,
    "/portal/activity/{act}": 200,
    "/portal/settings": 200,
    "/portal/playground": 403,
    "/portal/keys": 403,
    "/portal/keys/{key}": 403,
    "/portal/byok": 403,
    "/portal/connect": 403,
    "/portal/settings/account": 403,
    "/portal/accounts": 403,
}


@pytest.fixture
def auditor(gateway: Gateway, visit: Visit, scene: Scene) -> Browser:
    """Bob, as an auditor."""
    gateway.access.members_of(DEFAULT).set_role(scene.places["bob"], Role.AUDITOR)
    return visit(BOB)


@pytest.mark.parametrize("path", AUDITOR)
def test_an_auditor_reads_what_was_done_and_neither_keys_nor_content(path: str, auditor: Browser) -> None:
    assert auditor.get(path).status_code == AUDITOR[path]


@pytest.mark.parametrize("path", [case.path for case in CASES.values() if case.who] + ["/portal/playground"])
def test_an_auditor_changes_nothing_of_the_account(path: str, auditor: Browser, gateway: Gateway) -> None:
    own = ("/portal/settings/profile", "/portal/settings/password", "/portal/settings/sess", "/portal/switch")
    if path.startswith((*own, "/portal/settings/second-factor")):
        pytest.skip("one's own")
    assert auditor.post(path, page="/portal/").status_code == 403


def test_the_navigation_offers_an_auditor_nothing_that_is_refused(auditor: Browser) -> None:
    page = auditor.get("/portal/").text
    assert 'href="/portal/activity"' in page
    for path in ("/portal/keys", "/portal/playground", "/portal/byok", "/portal/connect"):
        assert f'href="{path}"' not in page
