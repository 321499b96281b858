"""Every page against the whole cast: owner, member, another account, nobody."""

import pytest
from flask import Flask

from ni.access.accounts import DEFAULT
from ni.access.keys import KeyStatus
from ni.factory.gateway import Gateway
from ni.web.portal.navigation import PAGES as BLUEPRINTS
from ni.web.security import undeclared
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, give_second_factor

KEY = "/portal/keys/{key}"
RULES = {
    "tok_none": "<token_id>",
    "{alice}": "<user_id>",
    "{key}": "<key_id>",
    "{record}": "<request_id>",
    "{act}": "<rid>",
    "a-tool": "<name>",
    "{bob}": "<user_id>",
    "{boreal}": "<account_id>",
    "/byok/openai": "/byok/<provider>",
    "local-desk": "<server_id>",
    "sandbox/echo-local": "<path:route_id>",
    "/providers/OPENAI_API_KEY": "/providers/<name>",
    "/placing/new/azure": "/placing/new/<provider>",
    "azure/gpt-4.1-mini-ca": "<path:route_id>",
    "deployments/azure-ca": "deployments/<path:deployment_id>",
}
PAGES = {  # path: what the owner, a member, another account's owner and nobody get
    "/portal/": (200, 200, 200, 303),
    "/portal/keys": (200, 200, 200, 303),
    "/portal/keys/new": (200, 403, 200, 303),
    KEY: (200, 403, 404, 303),
    f"{KEY}/revoke": (200, 403, 404, 303),
    f"{KEY}/rotate": (200, 403, 404, 303),
    "/portal/tokens": (200, 403, 200, 303),
    "/portal/tokens/tok_none/revoke": (404, 403, 404, 303),
    "/portal/keys/revoke?key={key}": (200, 403, 303, 303),
    "/portal/usage": (200, 200, 200, 303),
    "/portal/usage/timing": (200, 200, 200, 303),
    "/portal/usage/live": (200, 200, 200, 303),
    "/portal/usage/export.csv": (200, 200, 200, 303),
    "/portal/usage/export.json": (200, 200, 200, 303),
    "/portal/overview/live": (200, 200, 200, 303),
    "/portal/requests": (200, 200, 200, 303),
    "/portal/requests/{record}": (200, 200, 404, 303),
    "/portal/models": (200, 200, 200, 303),
    "/portal/models/compare": (200, 200, 200, 303),
    "/portal/mappings": (200, 200, 200, 303),
    "/portal/budgets": (200, 200, 200, 303),
    "/portal/alerts": (200, 200, 200, 303),
    "/portal/byok": (200, 200, 200, 303),
    "/portal/byok/openai": (200, 403, 200, 303),
    "/portal/byok/openai/remove": (200, 403, 404, 303),
    "/portal/settings": (200, 200, 200, 303),
    "/portal/settings/profile": (200, 200, 200, 303),
    "/portal/settings/security": (200, 200, 200, 303),
    "/portal/settings/password": (200, 200, 200, 303),
    "/portal/settings/account": (200, 403, 200, 303),
    "/portal/settings/people": (200, 200, 200, 303),
    "/portal/settings/invite": (200, 403, 200, 303),
    "/portal/custody": (200, 200, 200, 303),
    "/portal/custody/{record}": (200, 200, 404, 303),
    "/portal/custody/account-key": (200, 403, 200, 303),
    "/portal/custody/{record}/erase": (200, 403, 404, 303),
    "/portal/custody/{record}/receipt": (200, 200, 404, 303),
    "/portal/reports": (200, 403, 200, 303),
    "/portal/reports/month.csv": (200, 403, 200, 303),
    "/portal/reports/privacy": (200, 403, 200, 303),
    "/portal/reports/privacy.json": (200, 403, 200, 303),
    "/portal/activity": (200, 403, 200, 303),
    "/portal/activity/export.csv": (200, 403, 200, 303),
    "/portal/activity/{act}": (200, 403, 404, 303),
    "/portal/activity/{act}/receipt": (200, 403, 404, 303),
    "/portal/playground": (200, 200, 200, 303),
    "/portal/connect": (200, 200, 200, 303),
    "/portal/connect/live": (200, 200, 200, 303),
    "/portal/connect/a-tool": (200, 200, 200, 303),
    "/portal/settings/second-factor": (200, 200, 200, 303),
    "/portal/settings/members/{bob}/remove": (200, 403, 404, 303),
    "/portal/settings/members/{bob}/second-factor": (200, 403, 404, 303),
    "/portal/balance": (200, 403, 200, 303),
    "/portal/balance/statement.csv": (200, 403, 200, 303),
    "/portal/accounts/{boreal}": (200, 403, 403, 303),
    "/portal/accounts/{boreal}/statement.csv": (200, 403, 403, 303),
    "/portal/accounts/{boreal}/people/{bob}/second-factor": (200, 403, 403, 303),
    "/portal/deployments": (200, 403, 403, 303),
    "/portal/deployments/azure-ca": (200, 403, 403, 303),
    "/portal/providers": (200, 403, 403, 303),
    "/portal/providers/OPENAI_API_KEY": (200, 403, 403, 303),
    "/portal/providers/OPENAI_API_KEY/remove": (404, 403, 403, 303),
    "/portal/placing": (200, 403, 403, 303),
    "/portal/placing/new/azure": (200, 403, 403, 303),
    "/portal/placing/route/azure/gpt-4.1-mini-ca": (200, 403, 403, 303),
    "/portal/accounts": (200, 403, 403, 303),
    "/portal/catalog-updates": (200, 403, 403, 303),
    "/portal/prices": (200, 403, 403, 303),
    "/portal/prices/sandbox/echo-local": (200, 403, 403, 303),
    "/portal/prices/sandbox/echo-local/delete": (200, 403, 403, 303),
    "/portal/price-sources": (200, 403, 403, 303),
    "/portal/local-models": (200, 403, 403, 303),
    "/portal/local-models/new": (200, 403, 403, 303),
    "/portal/local-models/local-desk": (404, 403, 403, 303),
    "/portal/local-models/local-desk/address": (404, 403, 403, 303),
    "/portal/local-models/local-desk/remove": (404, 403, 403, 303),
    "/portal/instance": (200, 403, 403, 303),
    "/portal/instance/operators/{alice}/demote": (200, 403, 403, 303),
    "/portal/pii-audit": (200, 403, 403, 303),
    "/portal/drift": (200, 403, 403, 303),
    "/portal/queues": (200, 403, 403, 303),
    "/portal/sso": (
        404,
        404,
        404,
        404,
    ),  # no provider is set up here; tests/clients/test_single_sign_on.py has one
    "/portal/sso/callback": (404, 404, 404, 404),
    "/portal/sso/groups": (404, 403, 403, 303),
    "/security": (200, 200, 200, 200),
    "/trust": (200, 200, 200, 200),
    "/docs/": (200, 200, 200, 200),
    "/docs/a-tool.html": (200, 200, 200, 200),
    "/": (200, 200, 200, 200),
    "/models": (200, 200, 200, 200),
}


@pytest.fixture
def people(alice: Browser, bob: Browser, charlie: Browser, nobody: Browser) -> tuple[Browser, ...]:
    return alice, bob, charlie, nobody


@pytest.mark.parametrize("path", PAGES)
def test_each_page_lets_in_exactly_those_it_is_for(
    path: str, people: tuple[Browser, ...], gateway: Gateway, scene: Scene
) -> None:
    give_second_factor(gateway, scene.places["bob"])
    assert tuple(who.get(path).status_code for who in people) == PAGES[path]


@pytest.mark.parametrize("path", [path for path, (_, _, charlie, _) in PAGES.items() if charlie == 200])
def test_another_account_sees_nothing_of_alice(path: str, charlie: Browser) -> None:
    text = charlie.get(path).text
    assert [
        trace
        for trace in ("Boreal", "x7Qa", charlie.scene.places["key"], "Cursor on the build")
        if trace in text
    ] == []


@pytest.mark.parametrize(
    ("path", "member"),
    [
        (f"{KEY}/revoke", 403),
        ("/portal/keys/revoke", 403),
        (KEY, 403),
        ("/portal/keys/new", 403),
        ("/portal/mappings/undo", 403),
        ("/portal/alerts", 403),
        ("/portal/alerts/remove", 403),
        ("/portal/alerts/test", 403),
        ("/portal/budgets", 403),
        ("/portal/budgets/remove", 403),
        ("/portal/settings/account", 403),
        ("/portal/settings/invite", 403),
        ("/portal/settings/invitations/inv_none/withdraw", 403),
        ("/portal/settings/members/{alice}/role", 403),
        ("/portal/settings/members/{alice}/remove", 403),
        ("/portal/settings/members/{alice}/second-factor", 403),
        ("/portal/custody/account-key", 403),
        ("/portal/custody/{record}/erase", 403),
        ("/portal/accounts", 403),
        ("/portal/instance/operators", 403),
        ("/portal/instance/operators/{alice}/demote", 403),
        ("/portal/accounts/{boreal}/credit", 403),
        ("/portal/accounts/{boreal}/people/{alice}/second-factor", 403),
        ("/portal/byok/openai", 403),
        ("/portal/byok/openai/test", 403),
        ("/portal/byok/openai/remove", 403),
        ("/portal/providers/OPENAI_API_KEY", 403),
        ("/portal/providers/OPENAI_API_KEY/test", 403),
        ("/portal/providers/OPENAI_API_KEY/remove", 403),
        ("/portal/placing/new/azure", 403),
        ("/portal/placing/route/azure/gpt-4.1-mini-ca", 403),
        ("/portal/placing/remove/azure-ca", 403),
    ],
)
def test_only_an_owner_changes_the_account(path: str, member: int, bob: Browser, gateway: Gateway) -> None:
    before = _decided(gateway)
    assert bob.post(path, {"name": "claude-sonnet-4.5"}, page="/portal/").status_code == member
    assert _decided(gateway) == before


def _decided(gateway: Gateway) -> tuple[object, ...]:
    """What the account has decided: keys, pinned names, credentials, its own settings and people."""
    access = gateway.access
    return (
        access.keys_of(DEFAULT).list(),
        gateway.mappings.of(DEFAULT),
        gateway.budgets_of(DEFAULT, "UTC").list(),
        gateway.alerts.receivers_of(DEFAULT).list(),
        access.credentials.list(DEFAULT),
        access.platform_credentials.list(),
        gateway.catalog.deployments(),
        access.accounts.list(),
        access.members_of(DEFAULT).list(),
    )


def test_another_owner_cannot_revoke_the_key(charlie: Browser, gateway: Gateway, scene: Scene) -> None:
    assert charlie.post(f"{KEY}/revoke", page="/portal/").status_code == 404
    key = gateway.keys_of(DEFAULT).get(scene.places["key"])
    assert key is not None
    assert key.status(gateway.clock.now()) is KeyStatus.LIVE


def test_every_route_declares_its_authorisation_and_every_page_is_in_the_matrix(app: Flask) -> None:
    assert undeclared(app) == []
    ours = {blueprint.name for blueprint in BLUEPRINTS}
    pages = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in ours
    }
    apart = {"/portal", "/portal/sign-in", "/portal/sign-in/code"}
    apart |= {f"/portal/{kind}/<token>" for kind in ("set-up", "reset", "invite")}
    assert pages - apart == {_as_rule(path) for path in PAGES}


def _as_rule(path: str) -> str:
    path = path.partition("?")[0]
    for value, rule in RULES.items():
        path = path.replace(value, rule)
    return path
