"""Who is let in: for each endpoint, no token, a wrong one, one without the scope, and one of another account."""

from datetime import timedelta

import pytest

from ni.access.admin_tokens import TokenSpec
from ni.access.key_text import checksum
from ni.access.refusals import Refused
from ni.web.admin.api import ENDPOINTS
from ni.web.admin.declared import AdminEndpoint
from tests.web.admin.cast import EVERYTHING, Admin

each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
OF_ACCOUNTS = [each for each in ENDPOINTS if "{account_id}" in each.path]


def code(admin: Admin, token: str, endpoint: AdminEndpoint, account_id: str) -> tuple[int, str]:
    answer = admin.ask(
        token, endpoint.method, admin.path(endpoint, account_id), {} if endpoint.body else None
    )
    assert answer.content_type in ("application/problem+json", "application/json"), answer.text
    problem = answer.json
    assert problem
    return answer.status_code, problem.get("code", "")


@each_endpoint
def test_without_a_good_token_nothing_is_told(shared: Admin, endpoint: AdminEndpoint) -> None:
    good = shared.token()
    body = good[:-6]
    wrong = body[:-3] + ("abc" if body[-3:] != "abc" else "xyz")
    revoked_id, revoked = shared.instance.gateway.access.admin_tokens.create(TokenSpec("t", EVERYTHING, None))
    assert shared.instance.gateway.access.admin_tokens.revoke(revoked_id, None)
    key = shared.instance.key()
    for token in ("", "ni_admin_", good[:-1], wrong + checksum(wrong), revoked.reveal(), key):
        assert code(shared, token, endpoint, shared.mine) == (401, "invalid_admin_token")


@each_endpoint
def test_without_its_scope_an_endpoint_refuses(shared: Admin, endpoint: AdminEndpoint) -> None:
    if not endpoint.scope:
        pytest.skip("every token may ask")
    others = frozenset(scope for scope in EVERYTHING if not scope.startswith(f"{endpoint.resource}:"))
    reading = others | ({f"{endpoint.resource}:read"} if endpoint.verb == "write" else frozenset())
    assert code(shared, shared.token(scopes=reading), endpoint, shared.mine) == (403, "insufficient_scope")


@each_endpoint
def test_a_token_of_an_account_does_not_run_the_instance(shared: Admin, endpoint: AdminEndpoint) -> None:
    if not endpoint.operator:
        pytest.skip("accounts may ask")
    assert code(shared, shared.token(shared.mine), endpoint, shared.mine) == (403, "insufficient_scope")


@pytest.mark.parametrize("endpoint", OF_ACCOUNTS, ids=lambda endpoint: endpoint.name)
def test_another_account_is_not_there(shared: Admin, endpoint: AdminEndpoint) -> None:
    expected = (403, "insufficient_scope") if endpoint.operator else (404, "not_found")
    assert code(shared, shared.token(shared.mine), endpoint, shared.theirs) == expected
    if not endpoint.operator:
        absent = endpoint.path.format(**{**shared.ids[shared.theirs], "account_id": "acc_none"})
        answer = shared.ask(shared.token(), endpoint.method, absent, {} if endpoint.body else None)
        assert answer.status_code == 404


@pytest.mark.parametrize("endpoint", OF_ACCOUNTS, ids=lambda endpoint: endpoint.name)
def test_the_objects_of_another_account_are_not_there_either(shared: Admin, endpoint: AdminEndpoint) -> None:
    named = [
        name for name in ("user_id", "key_id", "budget_id", "invitation_id") if f"{{{name}}}" in endpoint.path
    ]
    if not named or endpoint.operator:
        pytest.skip("names no object of an account")
    ids = shared.ids[shared.mine] | {name: shared.ids[shared.theirs][name] for name in named}
    body = {"role": "member"} if "role" in str(endpoint.body) else ({} if endpoint.body else None)
    answer = shared.ask(shared.token(), endpoint.method, endpoint.path.format(**ids), body)
    assert answer.status_code == 404, answer.text
    (key,) = shared.instance.gateway.keys_of(shared.theirs).list()
    assert key.revoked_at is None


def test_the_list_of_accounts_holds_those_that_the_token_reaches(shared: Admin) -> None:
    def names(token: str) -> list[str]:
        listed = shared.ask(token, "GET", "/accounts").json
        assert listed
        return sorted(account["name"] for account in listed["data"])

    assert names(shared.token(shared.mine)) == ["mine"]
    assert names(shared.token()) == ["default", "mine", "theirs"]


def test_a_token_expires_and_says_what_it_may_do(admin: Admin) -> None:
    tokens, clock = admin.instance.gateway.access.admin_tokens, admin.instance.gateway.clock
    spec = TokenSpec("ci", frozenset({"keys:read"}), admin.mine, clock.now() + timedelta(seconds=2))
    token_id, text = tokens.create(spec)
    answer = admin.ask(text.reveal(), "GET", "/token").json
    assert answer
    assert (answer["id"], answer["account_id"], answer["scopes"]) == (token_id, admin.mine, ["keys:read"])
    (listed,) = tokens.list(admin.mine)
    assert listed.last_used_at is not None
    assert not listed.live(clock.now() + timedelta(seconds=2))
    assert text.reveal() not in repr(listed)


@pytest.mark.parametrize(
    "spec",
    [
        TokenSpec(" ", EVERYTHING, None),
        TokenSpec("t", frozenset(), None),
        TokenSpec("t", frozenset({"keys:admin"}), None),
    ],
)
def test_a_token_that_means_nothing_is_not_made(admin: Admin, spec: TokenSpec) -> None:
    with pytest.raises(Refused):
        admin.instance.gateway.access.admin_tokens.create(spec)
    assert not admin.instance.gateway.access.admin_tokens.list(None)


def test_a_token_is_revoked_by_whose_it_is(admin: Admin) -> None:
    tokens = admin.instance.gateway.access.admin_tokens
    token_id, _ = tokens.create(TokenSpec("t", EVERYTHING, admin.mine))
    assert not tokens.revoke(token_id, admin.theirs)
    assert not tokens.revoke(token_id, None)
    assert tokens.revoke(token_id, admin.mine)
    assert not tokens.revoke(token_id, admin.mine)
