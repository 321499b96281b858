"""API tokens: made by owners, shown once, listed, revoked; those of the instance by its operator alone."""

import re

import pytest

from ni.access.accounts import DEFAULT
from ni.factory.gateway import Gateway
from tests.portal.conftest import Browser

PAGE = "/portal/tokens"
FILLED = {"name": "Terraform", "scopes": ["keys:write", "accounts:read"], "expires_on": "2099-01-31"}


def test_a_token_is_shown_once_and_lets_a_program_in(alice: Browser, gateway: Gateway) -> None:
    shown = alice.post(PAGE, FILLED, page=PAGE)
    (text,) = set(re.findall(r"ni_admin_[0-9A-Za-z]{54}", shown.text))
    assert shown.headers["Cache-Control"] == "no-store"
    token = gateway.access.admin_tokens.authenticate(f"Bearer {text}")
    assert (token.account_id, token.scopes) == (DEFAULT, frozenset(FILLED["scopes"]))
    listed = alice.get(PAGE).text
    assert text not in listed
    assert f"ni_admin_…{text[-4:]}" in listed


def test_a_token_of_the_instance_is_the_operators_to_make(
    alice: Browser, charlie: Browser, gateway: Gateway
) -> None:
    assert alice.post(PAGE, FILLED | {"operator": "y"}, page=PAGE).status_code == 200
    (token,) = gateway.access.admin_tokens.list(None)
    assert charlie.post(PAGE, FILLED | {"operator": "y"}, page=PAGE).status_code == 403
    assert charlie.get(f"{PAGE}/{token.id}/revoke").status_code == 404
    assert charlie.post(f"{PAGE}/{token.id}/revoke", page=PAGE).status_code == 404
    assert token.name not in charlie.get(PAGE).text


def test_revoking_asks_first_and_then_is_final(alice: Browser, gateway: Gateway) -> None:
    alice.post(PAGE, FILLED, page=PAGE)
    (token,) = gateway.access.admin_tokens.list(DEFAULT)
    page = f"{PAGE}/{token.id}/revoke"
    assert token.last4 in alice.get(page).text
    assert alice.post(page, page=page).location == PAGE
    assert alice.get(page).status_code == 404


@pytest.mark.parametrize(
    "answer",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["keys:admin"]},
        {"expires_on": "2020-01-01"},
        {"expires_on": "soon"},
    ],
)
def test_an_answer_that_makes_no_sense_makes_nothing(
    alice: Browser, gateway: Gateway, answer: dict[str, object]
) -> None:
    refused = alice.post(PAGE, FILLED | answer, page=PAGE)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert not gateway.access.admin_tokens.list(DEFAULT)


def test_members_neither_see_tokens_nor_the_way_to_them(bob: Browser) -> None:
    assert bob.get(PAGE).status_code == 403
    assert PAGE not in bob.get("/portal/keys").text


def test_no_token_may_write_what_was_done(alice: Browser) -> None:
    page = alice.get(PAGE).text
    assert "activity:read" in page
    assert "activity:write" not in page
    assert alice.post(PAGE, FILLED | {"scopes": ["activity:write"]}, page=PAGE).status_code == 400
