"""The operator's credentials by the administration API, for every provider that takes one."""

import pytest

from ni.access.platform_credentials import CredentialSlot
from tests.provider_forms import BAD, CANARY, SLOTS, answers, put_on_the_wire
from tests.web.admin.cast import Admin
from tests.web.admin.test_changes import done


@pytest.fixture(autouse=True)
def wires(admin: Admin) -> None:
    """Nothing leaves."""
    gateway = admin.instance.gateway
    put_on_the_wire(gateway.providers, gateway.access.platform_credentials.lookup)


@pytest.mark.parametrize("slot", SLOTS.values(), ids=SLOTS)
def test_each_credential_is_stored_tried_read_and_removed(slot: CredentialSlot, admin: Admin) -> None:
    path = f"/providers/{slot.name}"
    tried = done(admin, "PUT", path, answers(slot))
    assert tried["ok"], tried
    assert tried["route"].startswith(f"{slot.provider}/")
    read = done(admin, "GET", path)
    assert (read["state"], read["provider"]) == ("stored", slot.provider)
    assert read["fields"] == [each.field.name for each in slot.fields]
    listed = {each["name"]: each for each in done(admin, "GET", "/providers?limit=200")["data"]}
    assert listed[slot.name] == read
    assert done(admin, "POST", f"{path}/test") == tried
    assert CANARY not in str([tried, read, done(admin, "GET", "/activity?limit=200")])
    done(admin, "DELETE", path)
    assert done(admin, "GET", path)["state"] == "none"
    assert admin.ask(admin.token(), "DELETE", path).status_code == 404


def test_what_a_provider_refuses_is_said_and_a_wrong_form_is_refused(admin: Admin) -> None:
    tried = done(admin, "PUT", "/providers/OPENAI_API_KEY", {"api_key": BAD})
    assert (tried["ok"], tried["route"]) == (False, None)
    assert "refused" in tried["error"]
    for body in ({"api_key": "short"}, {"colour": "red"}, {}):
        answer = admin.ask(admin.token(), "PUT", "/providers/OPENAI_API_KEY", body)
        assert answer.status_code == 400
    assert admin.ask(admin.token(), "PUT", "/providers/HOME", {"api_key": BAD}).status_code == 404


def test_a_deployment_is_added_to_a_route_and_removed_after(admin: Admin) -> None:
    new = {"id": "azure-west", "provider": "azure", "region": "canadacentral", "jurisdiction": "CA"}
    made = done(admin, "POST", "/deployments", {**new, "credential": "api_key"})
    assert {name: made[name] for name in new} == new
    assert "PROVIDER_AZURE_WEST_" in made["missing"]
    route = "/routes/azure/gpt-4.1-mini-ca"
    done(admin, "PUT", f"{route}/deployments", {"deployments": ["azure-west", "azure-ca"]})
    assert done(admin, "GET", route)["deployment"] == "azure-west"
    refused = admin.ask(admin.token(), "DELETE", "/deployments/azure-west")
    assert (refused.status_code, "named by" in refused.text) == (400, True)
    done(admin, "PUT", f"{route}/deployments", {"deployments": ["azure-ca"]})
    done(admin, "DELETE", "/deployments/azure-west")
