"""What the operator sees: deployments, accounts, prices, the audit of personal data, drift."""

import re

from ni.factory.gateway import Gateway
from ni.residency.rules import MENDS, ResidencyRule
from tests.portal.cast import HOSTILE
from tests.portal.conftest import Browser


def row_of(text: str, name: str) -> str:
    """The row of a table that begins with a name."""
    return text.partition(f">{name}<")[2].partition("</tr>")[0]


def test_what_is_missing_is_told_with_how_to_mend_it(alice: Browser) -> None:
    text = alice.get("/portal/deployments").text
    openai, sandbox = row_of(text, "openai"), row_of(text, "sandbox")
    assert "Not configured" in openai
    assert "Set OPENAI_API_KEY" in openai
    assert "Configured" in sandbox


def test_a_deployment_that_is_refused_shows_why_and_how_to_mend_it(alice: Browser) -> None:
    azure = row_of(alice.get("/portal/deployments").text, "azure-ca")
    assert "Residency refused" in azure
    assert "Expected: a regional SKU. Found: GlobalStandard." in azure
    assert MENDS[ResidencyRule.SKU].partition("`")[0] in azure


def test_every_deployment_of_the_catalog_has_its_row(alice: Browser, gateway: Gateway) -> None:
    text = alice.get("/portal/deployments").text
    for deployment in gateway.catalog.deployments():
        assert row_of(text, deployment.id)


def test_a_new_account_comes_with_an_invitation_for_its_owner(alice: Browser) -> None:
    answer = alice.post("/portal/accounts", {"name": "Orchard"}, page="/portal/accounts")
    assert "/portal/invite/" in answer.text
    assert "Orchard" in alice.get("/portal/accounts").text


def test_a_name_that_is_taken_is_told_beside_its_field(alice: Browser) -> None:
    answer = alice.post("/portal/accounts", {"name": "Austral"}, page="/portal/accounts")
    assert answer.status_code == 400
    assert 'id="name-error-1"' in answer.text


def test_every_route_is_priced_or_says_why_it_cannot_be_called(alice: Browser, gateway: Gateway) -> None:
    text = alice.get("/portal/prices").text
    routes = gateway.catalog.routes()
    assert text.count('class="id-cell wide"') == len(routes)
    azure, openai, sandbox = (
        next(route for route in routes if route.deployment.id == name)
        for name in ("azure-ca", "openai", "sandbox")
    )
    for route, state in ((azure, "Residency refused"), (openai, "Not configured"), (sandbox, "Callable")):
        assert state in text.partition(f">{route.id}<")[2].partition("</tr>")[0]


def test_the_audit_shows_kinds_and_counts_of_one_account(alice: Browser) -> None:
    text = alice.get("/portal/pii-audit").text
    assert "e-mail addresses: 2, people: 2" in text
    assert "No requests" in alice.get("/portal/pii-audit?account={austral}").text
    assert "people: 2" in alice.get("/portal/pii-audit?account=nonsense").text


def test_the_drift_page_shows_what_was_expected_and_found_and_how_often(
    alice: Browser, gateway: Gateway
) -> None:
    text = alice.get("/portal/drift").text
    events = gateway.residency.drifts.recent()
    assert f"<dd>{sum(event.met for event in events)}</dd>" in re.sub(r"\s*\n\s*", "", text)
    assert "GlobalStandard" in text
    assert HOSTILE not in text
    refused = sum(event.drift.refused for event in events)
    assert (text.count("Refused"), text.count("Recorded")) == (refused, len(events) - refused)


def test_the_drift_page_shows_how_old_each_address_list_is(alice: Browser, gateway: Gateway) -> None:
    text = alice.get("/portal/drift").text
    stored = gateway.monitor.range_index.lists["aws"]
    assert stored.sha256[:16] in text
    assert "Too old" in text


def test_the_navigation_offers_the_operator_s_pages_to_the_operator_alone(
    alice: Browser, bob: Browser
) -> None:
    assert 'href="/portal/deployments"' in alice.get("/portal/").text
    assert 'href="/portal/deployments"' not in bob.get("/portal/").text
