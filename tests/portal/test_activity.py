"""The activity log in the portal: every form that changes something leaves a record of who, what and from where."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from ni.access.accounts import DEFAULT, Role
from ni.access.encryption import Cipher
from ni.access.identity import AuthorizationRequest, Identity, ProviderLogout, Registration, SignOnRefused
from ni.access.onboarding import Link, Purpose
from ni.access.sessions import Sessions
from ni.access.single_sign_on import GroupRole, GroupRoles, SingleSignOn
from ni.access.throttle import NetworkThrottle
from ni.domain.activity import OPERATOR, ActivityKind, Actor, Way
from ni.domain.errors import StoreUnavailable
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.store.tables.custody import custody_records
from ni.web.portal.activity_words import is_worded
from ni.web.portal.navigation import PAGES as BLUEPRINTS
from tests.portal.acts import (
    a_deployment_is_unused,
    acts,
    the_change_was_shown,
    the_deployment_was_shown,
    the_operator_has_a_credential,
)
from tests.portal.before_acts import (
    ELSEWHERE,
    PERSON,
    a_budget,
    a_code_that_fits,
    a_receiver,
    a_token_is_there,
    alice_has_a_factor,
    alice_is_in_austral,
    an_invitation_is_open,
    an_offer,
    bob_has_a_factor,
    bob_runs_the_instance,
    invited,
    the_key_is_selected,
    the_password_was_right,
)
from tests.portal.cast import ALICE, BOB, PASSWORD, Person
from tests.portal.catalog_cases import CATALOG_CASES, ECHO, LATER, STORING_NOTHING, Case, a_local_server
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, give_second_factor

pytestmark = pytest.mark.usefixtures("faked_providers")
Visit = Callable[..., Browser]
NEW = "another orchard in September"
ADDRESS = "127.0.0.1"
HOOK = "https://hooks.example.ca/ni"


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
    "/portal/tokens": Case(
        "/portal/tokens", (ActivityKind.TOKEN_CREATED,), {"name": "T", "scopes": "keys:read"}
    ),
    "/portal/tokens/<token_id>/revoke": Case(
        "/portal/tokens/{token}/revoke", (ActivityKind.TOKEN_REVOKED,), before=a_token_is_there
    ),
    "/portal/keys/<key_id>/revoke": Case("/portal/keys/{key}/revoke", (ActivityKind.KEY_REVOKED,)),
    "/portal/keys/<key_id>/rotate": Case(
        "/portal/keys/{key}/rotate", (ActivityKind.KEY_ROTATED,), {"overlap": "24"}
    ),
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
    "/portal/providers/<name>": Case(
        "/portal/providers/OPENAI_API_KEY",
        (ActivityKind.CREDENTIAL_STORED,),
        {"api_key": "sk-other-0123456789abcdef-y8Rb"},
        account=OPERATOR,
    ),
    "/portal/providers/<name>/remove": Case(
        "/portal/providers/OPENAI_API_KEY/remove",
        (ActivityKind.CREDENTIAL_REMOVED,),
        before=the_operator_has_a_credential,
        account=OPERATOR,
    ),
    "/portal/placing/new/<provider>": Case(
        "/portal/placing/new/azure",
        (ActivityKind.CATALOG_CHANGED,),
        {"id": "azure-two", "place": "canadaeast CA", "credential": "shared"},
        before=the_deployment_was_shown,
        account=OPERATOR,
    ),
    "/portal/placing/route/<path:route_id>": Case(
        "/portal/placing/route/azure/gpt-4.1-mini-ca",
        (ActivityKind.CATALOG_CHANGED,),
        {"deployment": "azure-ca"},
        before=the_change_was_shown,
        account=OPERATOR,
    ),
    "/portal/placing/remove/<name>": Case(
        "/portal/placing/remove/azure-two",
        (ActivityKind.CATALOG_CHANGED,),
        before=a_deployment_is_unused,
        account=OPERATOR,
    ),
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
    "/portal/settings/invitations/<invitation_id>/withdraw": Case(
        "/portal/settings/invitations/{invitation}/withdraw",
        (ActivityKind.LINK_WITHDRAWN,),
        before=an_invitation_is_open,
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
    "/portal/budgets": Case(
        "/portal/budgets",
        (ActivityKind.BUDGET_SET,),
        {"whose": "account:", "span": "month", "limit": "25.00", "alerts": "50"},
    ),
    "/portal/budgets/remove": Case("/portal/budgets/remove", (ActivityKind.BUDGET_REMOVED,), before=a_budget),
    "/portal/alerts": Case(
        "/portal/alerts", (ActivityKind.RECEIVER_ADDED,), {"channel": "webhook", "address": HOOK}
    ),
    "/portal/alerts/remove": Case(
        "/portal/alerts/remove", (ActivityKind.RECEIVER_REMOVED,), before=a_receiver
    ),
    "/portal/instance/operators": Case(
        "/portal/instance/operators",
        (ActivityKind.OPERATOR_CHANGED,),
        {"email": BOB.email},
        account=OPERATOR,
    ),
    "/portal/instance/operators/<user_id>/demote": Case(
        "/portal/instance/operators/{bob}/demote",
        (ActivityKind.OPERATOR_CHANGED,),
        account=OPERATOR,
        before=bob_runs_the_instance,
    ),
    "/portal/catalog-updates": Case(
        "/portal/catalog-updates",
        (ActivityKind.CATALOG_CHANGED,),
        account=OPERATOR,
        before=an_offer,
    ),
    **CATALOG_CASES,
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
    "/portal/sign-out": Case("/portal/sign-out", (ActivityKind.SESSION_ENDED,)),
}
UNCHANGING = {
    **STORING_NOTHING,
    "/language": "a preference of the person",
    "/theme": "a preference of the person",
    "/portal/byok/<provider>/test": "asks the provider, stores nothing",
    "/portal/providers/<name>/test": "asks the provider, stores nothing",
    "/portal/alerts/test": "sends a test to who is told already",
    "/portal/connect": "fills a key in, which is not kept",
    "/portal/connect/<name>": "fills a key in, which is not kept",
    "/portal/playground": "a call, which has its own records",
    "/portal/playground/stream": "a call, which has its own records",
}


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
    assert [name for act in made for name, *_ in act.changes if not is_worded(name)] == []
    if case.who:
        assert {act.actor.who for act in made} <= {case.who.email}
    if case.account:
        assert {act.account_id for act in made} == {places.get(case.account, case.account)}


@pytest.mark.parametrize("rule", UNCHANGING)
def test_a_form_that_changes_nothing_leaves_no_record(rule: str, alice: Browser, gateway: Gateway) -> None:
    a_local_server(gateway, alice, {})
    known = len(acts(gateway))
    answers = {"since": LATER, "input": "0", "output": "0"}
    answers |= {"language": "fr", "theme": "dark", "model": "sandbox/echo-local", "prompt": "Hello"}
    answers |= {name: alice.scene.places[name] for name in ("key", "key_text")}
    places = {
        "providers/<name>": "providers/OPENAI_API_KEY",
        "<provider>": "openai",
        "<name>": "a-tool",
        "<server_id>": "local-desk",
        "<path:route_id>": ECHO,
    }
    for name, place in places.items():
        rule = rule.replace(name, place)
    answer = alice.post(rule, answers, page="/portal/")
    nothing_sent = rule.startswith("/portal/price-sources")
    assert answer.status_code in ((400,) if nothing_sent else (200, 303))
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


@pytest.mark.parametrize("rule", ELSEWHERE)
def test_the_tests_that_stand_elsewhere_are_there(rule: str) -> None:
    assert ELSEWHERE[rule] in globals()


def test_who_lets_a_group_in_is_on_record(gateway: Gateway) -> None:
    groups = GroupRoles(gateway.base)
    groups.add(GroupRole("staff", DEFAULT, Role.MEMBER))
    groups.add(GroupRole("staff", DEFAULT, Role.AUDITOR))
    assert groups.remove("staff", DEFAULT)
    assert [act.changes for act in acts(gateway, DEFAULT, kind="group.allowed")] == [
        (("role", "member", "auditor"),),
        (("role", None, "member"),),
    ]
    assert acts(gateway, DEFAULT)[0].changes == (("role", "auditor", None),)


class Provider:
    """Says of everybody that they are Dana, in the groups that the test names."""

    registration = Registration(
        "https://id.example.ca", "ni", Secret(""), "https://ni.example.ca/", "", "groups"
    )

    def __init__(self, *groups: str) -> None:
        self.groups = groups

    def finish(self, asked: object, answer: object) -> Identity:
        return Identity("dana", "dana@example.ca", True, "Dana", self.groups)

    def logout(self, token: str) -> ProviderLogout:
        return ProviderLogout("dana", "", token)


def test_what_the_provider_says_is_on_record(gateway: Gateway) -> None:
    base, provider = gateway.base, Provider("staff")
    cipher = Cipher(lambda version: bytes(32), base.random)
    one: Any = provider
    sign_on = SingleSignOn(base, lambda: one, Sessions(base), cipher, NetworkThrottle(base.clock))
    sign_on.groups.add(GroupRole("staff", DEFAULT, Role.MEMBER))
    asked = AuthorizationRequest("", "", "", "")
    sign_on.finish(asked, {})
    provider.groups = ()
    with pytest.raises(SignOnRefused):
        sign_on.finish(asked, {})
    provider.groups = ("staff",)
    sign_on.finish(asked, {})
    sign_on.log_out("token")
    told = [(act.kind, act.actor.way) for act in acts(gateway, text="dana@example.ca")][::-1]
    kinds = [kind for kind, _ in told]
    assert kinds[:3] == [
        ActivityKind.PERSON_CREATED,
        ActivityKind.PERSON_JOINED,
        ActivityKind.SIGNED_IN,
    ]
    assert {ActivityKind.PERSON_REMOVED, ActivityKind.SIGN_IN_FAILED} <= {*kinds[3:5]}
    assert kinds[-1] is ActivityKind.SESSION_ENDED
    assert {way for _, way in told} == {Way.SSO}


def test_signing_out_twice_is_one_act_and_a_made_up_session_none(alice: Browser, gateway: Gateway) -> None:
    cookie = alice.client.get_cookie("ni", domain=ADDRESS)
    assert cookie is not None
    for _ in range(2):
        alice.client.set_cookie("ni", cookie.value, domain=ADDRESS)
        alice.post("/portal/sign-out", page="/portal/sign-in")
    gateway.access.sessions.end("made up")
    ended = acts(gateway, kind="session.ended")
    assert [(act.account_id, act.actor.who, act.subject.name) for act in ended] == [
        (DEFAULT, ALICE.email, ALICE.email)
    ]
