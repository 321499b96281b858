"""Every endpoint of the administration API that changes something leaves a record of the token that asked."""

from typing import Any

import pytest

from ni.web.admin.api import ENDPOINTS
from tests.web.admin.cast import GOOGLE_KEY, SPARE, Admin
from tests.web.admin.test_changes import done

CASES: dict[str, tuple[Any, str]] = {
    "createAccount": ({"name": "team"}, "account.created"),
    "changeAccount": ({"time_zone": "UTC"}, "account.changed"),
    "deleteAccount": (None, "account.deleted"),
    "addPerson": ({"email": "owner@theirs.example.ca", "role": "auditor"}, "person.joined"),
    "changePerson": ({"role": "auditor"}, "role.changed"),
    "removePerson": (None, "person.removed"),
    "invitePerson": ({"role": "member"}, "link.issued"),
    "withdrawInvitation": (None, "link.withdrawn"),
    "changeUser": ({"operator": True}, "operator.changed"),
    "storeCredential": ({"api_key": "sk-" + "b" * 40}, "credential.stored"),
    "removeCredential": (None, "credential.removed"),
    "grantCredit": ({"amount": "25.00"}, "credit.granted"),
    "setBudget": ({"scope": "account", "window": "day", "limit": "50"}, "budget.set"),
    "removeBudget": (None, "budget.removed"),
    "storeProvider": ({"service_account": GOOGLE_KEY}, "credential.stored"),
    "removeProvider": (None, "credential.removed"),
    "addDeployment": ({**SPARE, "id": "azure-third"}, "catalog.changed"),
    "removeDeployment": (None, "catalog.changed"),
    "placeRoute": ({"deployments": ["azure-ca", SPARE["id"]]}, "catalog.changed"),
    "changeRoute": ({"enabled": False}, "catalog.changed"),
    "addPrice": ({"since": "2099-01-01", "input": "3.00", "output": "9.00"}, "catalog.changed"),
    "withdrawPrice": (None, "catalog.changed"),
    "deleteRoute": (None, "catalog.changed"),
    "addLocalServer": ({"name": "attic", "address": "127.0.0.1:2", "jurisdiction": "CA"}, "catalog.changed"),
    "changeLocalServer": ({"models": [{"model": "qwen", "context_window": 4096}]}, "catalog.changed"),
    "removeLocalServer": (None, "catalog.changed"),
    "createKey": ({"name": "k"}, "key.created"),
    "changeKey": ({"rpm": 7}, "key.changed"),
    "revokeKey": (None, "key.revoked"),
    "rotateKey": ({}, "key.rotated"),
}
"""The body, and what is on record afterwards."""
ASKING = "testProvider"
"""Asks a provider, and changes nothing."""
CHANGING = {
    endpoint.name: endpoint for endpoint in ENDPOINTS if endpoint.method != "GET" and endpoint.name != ASKING
}


def test_every_endpoint_that_changes_something_is_in_these_cases() -> None:
    assert set(CHANGING) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_each_change_is_on_record_as_the_tokens(name: str, admin: Admin) -> None:
    endpoint, (body, kind) = CHANGING[name], CASES[name]
    if name == "deleteRoute":
        done(admin, "PATCH", "/routes/sandbox/echo-local", {"enabled": False})
    known = {act["record"] for act in acts(admin)}
    path = admin.path(endpoint, admin.mine)
    if name == "placeRoute":
        path = "/routes/azure/gpt-4.1-mini-ca/deployments"
    if name == "deleteAccount":
        path = f"/accounts/{admin.instance.gateway.accounts.create('empty').id}"
        known = {act["record"] for act in acts(admin)}
    done(admin, endpoint.method, path, body)
    made = [act for act in acts(admin) if act["record"] not in known and act["kind"] != "token.created"]
    expected = [(kind, "api")] * (2 if name == "addLocalServer" else 1)
    assert [(act["kind"], act["how"]) for act in made] == expected
    assert made[0]["who"].startswith("adm_")


def acts(admin: Admin) -> Any:
    """What is on record everywhere, newest first."""
    return done(admin, "GET", "/activity?limit=200")["data"]
