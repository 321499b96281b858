"""Custody: the log's state, one record with its path, the receipt where there is one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ni.web.portal.services import PortalServices
from ni.web.portal.services_instance import Erasing
from tests.portal.cast import ALICE, CHARLIE, HOSTILE
from tests.portal.conftest import Browser
from tests.portal.fake_usage import FakeUsage
from tests.portal.fakes import RECORD_ID, FakeCustody
from tests.portal.scenes import make_app

RECORD = f"/portal/custody/{RECORD_ID}"


def without_log(services: PortalServices) -> Browser:
    browser = Browser(make_app(replace(services, custody=FakeCustody(receipts=False))).test_client())
    browser.sign_in(ALICE)
    return browser


def test_each_row_of_usage_leads_to_its_record(alice: Browser) -> None:
    assert f'href="{RECORD}"' in alice.get("/portal/usage").text


def test_a_record_shows_its_hops_in_order_and_names_literally(alice: Browser) -> None:
    text = alice.get(RECORD).text
    path = text.partition('<ol class="path"')[2].partition("</ol>")[0]
    assert path.index("Your tool") < path.index("NI") < path.index("Bedrock") < path.index("ca-central-1")
    assert HOSTILE not in text
    assert "people: 2" in text


def test_a_record_says_whether_it_is_intact_at_which_size_and_when_that_was_checked(
    alice: Browser, services: PortalServices
) -> None:
    assert "Intact: in the log at size 1,234,567" in alice.get(RECORD).text
    browser = Browser(make_app(replace(services, custody=FakeCustody(intact=False))).test_client())
    browser.sign_in(ALICE)
    text = browser.get(RECORD).text
    assert "does not verify: a changed field" in text
    assert "Intact" not in text
    assert "Intact" not in without_log(services).get(RECORD).text


def test_a_record_shows_what_the_request_cost_and_how_that_was_reckoned(
    alice: Browser, services: PortalServices
) -> None:
    text = alice.get(RECORD).text
    assert "(1,204 × 3.00 + 88 × 15.00) / 1,000,000 = 0.004932 USD × 1.40 = 0.0069048 CAD" in text
    assert services.usage.charge(CHARLIE.account_id, RECORD_ID) is None


def test_an_erased_instant_or_a_row_that_is_kept_no_more_leaves_the_page_whole(
    services: PortalServices,
) -> None:
    class Erased(FakeCustody):
        def record(self, account_id: str, request_id: str) -> Mapping[str, Any] | None:
            found = super().record(account_id, request_id)
            gone = dict.fromkeys(("created_at", "pii", "hops", "custody_path", "credential_source"))
            return {**found, **gone} if found else None

    browser = Browser(make_app(replace(services, custody=Erased(), usage=FakeUsage())).test_client())
    browser.sign_in(ALICE)
    text = browser.get(RECORD).text
    assert "The record" in text
    for word in ("What it cost", "Custody path", "Personal data", "No provider was called", "None"):
        assert word not in text


def test_a_request_id_is_looked_up_and_an_unknown_one_is_told(alice: Browser) -> None:
    assert alice.get(f"/portal/custody?id= {RECORD_ID} ").location == RECORD
    assert "no record of a request" in alice.get("/portal/custody?id=nonsense").text


def test_a_receipt_is_a_file(alice: Browser) -> None:
    answer = alice.get(f"{RECORD}/receipt")
    assert answer.data == b'{"receipt":1}'
    assert answer.headers["Content-Disposition"] == f'attachment; filename="receipt-{RECORD_ID}.json"'


def test_no_receipt_is_offered_where_none_is_made(alice: Browser, services: PortalServices) -> None:
    assert f"{RECORD}/receipt" in alice.get(RECORD).text
    browser = without_log(services)
    assert "/receipt" not in browser.get(RECORD).text
    assert browser.get(f"{RECORD}/receipt").status_code == 404


def test_the_log_is_shown_where_there_is_one(alice: Browser, services: PortalServices) -> None:
    assert "1,234,567" in alice.get("/portal/custody").text
    assert "1,234,567" not in without_log(services).get("/portal/custody").text


def erasures(services: PortalServices) -> list[Erasing]:
    """What was asked to be erased."""
    assert isinstance(services.custody, FakeCustody)
    return services.custody.erasures


def test_an_owner_erases_the_chosen_fields_with_a_reason(alice: Browser, services: PortalServices) -> None:
    answer = alice.post(
        f"{RECORD}/erase", {"names": "peer_ip", "reason": "asked for"}, page=f"{RECORD}/erase"
    )
    assert answer.location == RECORD
    assert erasures(services) == [Erasing(frozenset({"peer_ip"}), "asked for", ALICE.user_id)]
    assert "1 field was erased" in alice.get(RECORD).text
    assert "192.0.2.7" not in alice.get(f"{RECORD}/erase").text


def test_an_owner_erases_the_whole_record_with_the_other_button(
    alice: Browser, services: PortalServices
) -> None:
    alice.post(f"{RECORD}/erase", {"whole": "1", "reason": "asked for"}, page=f"{RECORD}/erase")
    assert erasures(services)[0].names is None
    assert "Nothing to erase" in alice.get(f"{RECORD}/erase").text


@pytest.mark.parametrize(
    "answers", [{"names": "peer_ip"}, {"reason": "r"}, {"whole": "1"}, {"names": "rec", "reason": "r"}]
)
def test_nothing_is_erased_without_a_reason_or_a_field_that_is_there(
    alice: Browser, services: PortalServices, answers: dict[str, str]
) -> None:
    assert alice.post(f"{RECORD}/erase", answers, page=f"{RECORD}/erase").status_code == 400
    assert erasures(services) == []


def test_another_account_s_record_cannot_be_erased(charlie: Browser, services: PortalServices) -> None:
    answer = charlie.post(f"{RECORD}/erase", {"whole": "1", "reason": "r"}, page="/portal/")
    assert answer.status_code == 404
    assert erasures(services) == []


def test_the_account_s_key_is_shown_after_a_question(alice: Browser, charlie: Browser) -> None:
    page = "/portal/custody/account-key"
    assert "ICEiIyQl" not in alice.get(page).text
    assert "ICEiIyQl" in alice.post(page, page=page).text
    assert "There is no key yet" in charlie.post(page, page=page).text


def test_nothing_is_offered_to_be_erased_where_there_is_no_log(services: PortalServices) -> None:
    assert without_log(services).get(f"{RECORD}/erase").status_code == 404
