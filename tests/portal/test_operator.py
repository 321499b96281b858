"""What the operator sees: deployments, accounts, prices, the audit of personal data, drift."""

from tests.portal.conftest import Browser


def test_what_is_missing_is_told_with_how_to_mend_it(alice: Browser) -> None:
    text = alice.get("/portal/deployments").text
    assert "Set AZURE_OPENAI_ENDPOINT" in text
    assert (text.count("Residency refused"), text.count("Configured")) == (1, 1)


def test_a_deployment_that_is_refused_shows_why_and_how_to_mend_it(alice: Browser) -> None:
    text = alice.get("/portal/deployments").text
    assert "sku: expected a regional SKU, found GlobalStandard" in text
    assert "Deploy it anew." in text


def test_a_new_account_comes_with_an_invitation_for_its_owner(alice: Browser) -> None:
    answer = alice.post("/portal/accounts", {"name": "Orchard"}, page="/portal/accounts")
    assert "/portal/invite/" in answer.text
    assert "Orchard" in alice.get("/portal/accounts").text


def test_a_name_that_is_taken_is_told_beside_its_field(alice: Browser) -> None:
    answer = alice.post("/portal/accounts", {"name": "Austral"}, page="/portal/accounts")
    assert answer.status_code == 400
    assert 'id="name-error-1"' in answer.text


def test_every_route_is_priced_or_says_why_it_cannot_be_called(alice: Browser) -> None:
    text = alice.get("/portal/prices").text
    assert text.count('class="id-cell wide"') == 7
    assert "Residency refused" in text


def test_the_audit_shows_kinds_and_counts_of_one_account(alice: Browser) -> None:
    text = alice.get("/portal/pii-audit").text
    assert "people: 2, e-mail addresses: 2" in text
    assert "No requests" in alice.get("/portal/pii-audit?account=account_c").text
    assert "people: 2" in alice.get("/portal/pii-audit?account=nonsense").text


def test_the_drift_page_counts_events_and_shows_what_was_expected_and_found(alice: Browser) -> None:
    text = alice.get("/portal/drift").text
    assert "1,235" in text
    assert "GlobalStandard" in text
    assert (text.count("Refused"), text.count("Recorded")) == (1, 1)


def test_the_drift_page_shows_how_old_each_address_list_is(alice: Browser) -> None:
    text = alice.get("/portal/drift").text
    assert "17,688" in text
    assert "Too old" in text
    assert "abababababababab" in text


def test_the_navigation_offers_the_operator_s_pages_to_the_operator_alone(
    alice: Browser, bob: Browser
) -> None:
    assert 'href="/portal/deployments"' in alice.get("/portal/").text
    assert 'href="/portal/deployments"' not in bob.get("/portal/").text
