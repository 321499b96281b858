"""Every page against the whole cast: owner, member, another account, nobody."""

import pytest

from ni.web.portal.services import PortalServices
from ni.web.security import undeclared
from tests.portal.cast import ALICE, BOB, FakePeople
from tests.portal.conftest import Browser
from tests.portal.fakes import RECORD_ID
from tests.portal.scenes import busy, make_app

KEY = "/portal/keys/key_account_a_1"
RULES = {
    "key_account_a_1": "<key_id>",
    RECORD_ID: "<request_id>",
    "a-tool": "<name>",
    "user_bob": "<user_id>",
    "account_a": "<account_id>",
    "/byok/openai": "/byok/<provider>",
}
PAGES = {  # path: what the owner, a member, another account's owner and nobody get
    "/portal/": (200, 200, 200, 303),
    "/portal/keys": (200, 200, 200, 303),
    "/portal/keys/new": (200, 403, 200, 303),
    KEY: (200, 403, 404, 303),
    f"{KEY}/revoke": (200, 403, 404, 303),
    "/portal/usage": (200, 200, 200, 303),
    "/portal/usage/live": (200, 200, 200, 303),
    "/portal/usage/export.csv": (200, 200, 200, 303),
    "/portal/usage/export.json": (200, 200, 200, 303),
    "/portal/overview/live": (200, 200, 200, 303),
    "/portal/models": (200, 200, 200, 303),
    "/portal/mappings": (200, 200, 200, 303),
    "/portal/byok": (200, 200, 200, 303),
    "/portal/byok/openai": (200, 403, 200, 303),
    "/portal/byok/openai/remove": (200, 403, 404, 303),
    "/portal/settings": (200, 200, 200, 303),
    "/portal/custody": (200, 200, 200, 303),
    f"/portal/custody/{RECORD_ID}": (200, 200, 404, 303),
    "/portal/custody/account-key": (200, 403, 200, 303),
    f"/portal/custody/{RECORD_ID}/erase": (200, 403, 404, 303),
    f"/portal/custody/{RECORD_ID}/receipt": (200, 200, 404, 303),
    "/portal/playground": (200, 200, 200, 303),
    "/portal/connect": (200, 200, 200, 303),
    "/portal/connect/live": (200, 200, 200, 303),
    "/portal/connect/a-tool": (200, 200, 200, 303),
    "/portal/settings/second-factor": (200, 200, 200, 303),
    "/portal/settings/members/user_bob/remove": (200, 403, 404, 303),
    "/portal/settings/members/user_bob/second-factor": (200, 403, 404, 303),
    "/portal/balance": (200, 403, 200, 303),
    "/portal/balance/statement.csv": (200, 403, 200, 303),
    "/portal/accounts/account_a": (200, 403, 403, 303),
    "/portal/accounts/account_a/statement.csv": (200, 403, 403, 303),
    "/portal/accounts/account_a/people/user_bob/second-factor": (200, 403, 403, 303),
    "/portal/deployments": (200, 403, 403, 303),
    "/portal/accounts": (200, 403, 403, 303),
    "/portal/prices": (200, 403, 403, 303),
    "/portal/pii-audit": (200, 403, 403, 303),
    "/portal/drift": (200, 403, 403, 303),
    "/security": (200, 200, 200, 200),
    "/trust": (200, 200, 200, 200),
    "/docs/": (200, 200, 200, 200),
    "/docs/a-tool.html": (200, 200, 200, 200),
    "/": (200, 200, 200, 200),
    "/models": (200, 200, 200, 200),
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_lets_in_exactly_those_it_is_for(
    path: str, alice: Browser, bob: Browser, charlie: Browser, nobody: Browser, services: PortalServices
) -> None:
    assert isinstance(services.people, FakePeople)
    services.people.with_codes.add(BOB.user_id)
    assert tuple(who.get(path).status_code for who in (alice, bob, charlie, nobody)) == PAGES[path]


@pytest.mark.parametrize("path", [path for path, (_, _, charlie, _) in PAGES.items() if charlie == 200])
def test_another_account_sees_nothing_of_alice(path: str, charlie: Browser) -> None:
    text = charlie.get(path).text
    assert [
        trace for trace in ("Boreal", "x7Qa", "key_account_a", "Cursor on the build") if trace in text
    ] == []


@pytest.mark.parametrize(
    ("path", "member"),
    [
        (f"{KEY}/revoke", 403),
        (KEY, 403),
        ("/portal/keys/new", 403),
        ("/portal/mappings/undo", 403),
        ("/portal/settings/account", 403),
        ("/portal/settings/invite", 403),
        ("/portal/settings/members/user_alice/role", 403),
        ("/portal/settings/members/user_alice/remove", 403),
        ("/portal/settings/members/user_alice/second-factor", 403),
        ("/portal/custody/account-key", 403),
        (f"/portal/custody/{RECORD_ID}/erase", 403),
        ("/portal/accounts", 403),
        ("/portal/accounts/account_a/credit", 403),
        ("/portal/accounts/account_a/people/user_alice/second-factor", 403),
        ("/portal/byok/openai", 403),
        ("/portal/byok/openai/test", 403),
        ("/portal/byok/openai/remove", 403),
    ],
)
def test_only_an_owner_changes_the_account(
    path: str, member: int, bob: Browser, services: PortalServices
) -> None:
    before = list(services.keys.list(ALICE.account_id)), list(services.mappings.list(ALICE.account_id))
    assert bob.post(path, {"name": "claude-sonnet-4.5"}, page="/portal/").status_code == member
    assert before == (
        list(services.keys.list(ALICE.account_id)),
        list(services.mappings.list(ALICE.account_id)),
    )


def test_another_owner_cannot_revoke_the_key(charlie: Browser, services: PortalServices) -> None:
    assert charlie.post(f"{KEY}/revoke", page="/portal/").status_code == 404
    found = services.keys.find(ALICE.account_id, "key_account_a_1")
    assert found is not None
    assert found.active


def test_every_route_declares_its_authorisation_and_every_page_is_in_the_matrix() -> None:
    app = make_app(busy())
    assert undeclared(app) == []
    pages = {str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    apart = {"/static/<path:filename>", "/portal", "/portal/sign-in", "/portal/sign-in/code"}
    apart |= {f"/portal/{kind}/<token>" for kind in ("set-up", "reset", "invite")}
    assert pages - apart == {_as_rule(path) for path in PAGES}


def _as_rule(path: str) -> str:
    for value, rule in RULES.items():
        path = path.replace(value, rule)
    return path
