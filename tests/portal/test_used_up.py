"""A request that a limit refused: its page says which limit, with the sentence that its caller was told."""

from html import unescape
from pathlib import Path
from typing import Any

import pytest

from ni.access.accounts import DEFAULT
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from tests.assembled import ORIGIN, Assembled, assembled
from tests.portal.conftest import Browser
from tests.portal.test_request_page import PAGE, change
from tests.web.test_page_cost import first_person

REFUSALS: dict[str, tuple[dict[str, object], dict[str, str], str]] = {
    "cap": ({"cap_nanos": 1}, {}, "Over the key’s cap for the day"),
    "budget": ({}, {}, "Over a budget: Whole account, month"),
    "balance": ({}, {"NI_PREPAID": "on"}, "Over the prepaid balance"),
}


def limited(instance: Assembled, kind: str) -> None:
    """A budget that leaves nothing, where one is to refuse."""
    if kind == "budget":
        spec = BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, 1)
        instance.gateway.budgets_of(DEFAULT, "America/Toronto").set(spec)


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refused_request_says_which_limit_and_what_its_caller_was_told(tmp_path: Path, kind: str) -> None:
    spec, environ, name = REFUSALS[kind]
    body: dict[str, Any] = {"model": "openai/gpt-4.1-us", "messages": [{"role": "user", "content": "hello"}]}
    with assembled(tmp_path, OPENAI_API_KEY="sk-made-up", **environ) as instance:
        instance.gateway.log_service.start("ni.example/custody/2026")
        limited(instance, kind)
        answer = instance.client.post("/v1/chat/completions", json=body, headers=instance.headers(**spec))
        browser = first_person(instance)
        request_id = answer.headers["X-NI-Request-ID"]
        page = unescape(browser.get(f"/portal/requests/{request_id}", base_url=ORIGIN).text)
        rows = unescape(browser.get("/portal/usage/live", base_url=ORIGIN).text)
    assert answer.status_code == 429
    assert answer.get_json()["error"]["message"] in page
    assert f"<strong>{name}</strong>" in page.replace("\u00a0", " ")
    assert name.partition(":")[0] in rows
    assert '{"limit"' not in page + rows


@pytest.mark.parametrize("prepaid", [True, False])
def test_a_row_that_does_not_say_which_names_the_balance_only_where_there_is_one(
    alice: Browser, gateway: Any, scene: Any, options: Any, *, prepaid: bool
) -> None:
    change(gateway, scene, outcome="denied", error="insufficient_quota", working="")
    options(prepaid=prepaid)
    page = alice.get(PAGE).text
    assert ("balance" in page.partition('class="notice')[2].partition("</div>")[0]) is prepaid
