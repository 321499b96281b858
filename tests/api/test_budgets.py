"""Budgets seen from programs: the refusal in each dialect and language, the header, the list, the commands' figures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ni.access.key_spec import KeySpec
from ni.catalog import changes
from ni.catalog.load import load
from ni.domain.money import parse_amount
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from tests.assembled import Assembled, assembled
from tests.cast import tell
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import ANSWER_TOKENS, CALL_NANOS, PRICES, ROUTE

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
ZONE = "America/Toronto"


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


@pytest.fixture
def here(tmp_path: Path, upstream: PacedUpstream) -> Iterator[Assembled]:
    settings = {
        "NI_PRIVATE_NETWORKS": "127.0.0.0/8",
        "OPENAI_BASE_URL": upstream.base_url,
        "OPENAI_API_KEY": "sk-fake-platform",
        "NI_USD_RATE": "1.40",
    }
    with assembled(tmp_path, **settings) as made:
        (tmp_path / "prices.toml").write_text(PRICES)
        gateway = made.gateway
        changes.store(load(tmp_path / "prices.toml"), gateway.database, gateway.journal, tell)
        gateway.catalog.refresh()
        yield made
        gateway.egress.forget()


def set_budget(here: Assembled, scope: str, span: str, nanos: int, subject: str = "") -> None:
    here.gateway.budgets_of("default", ZONE).set(
        BudgetSpec(BudgetScope(scope), subject, BudgetSpan(span), nanos)
    )


def call(here: Assembled, headers: dict[str, str], path: str = "/v1/chat/completions") -> Any:
    body: dict[str, Any] = {"model": ROUTE, "max_tokens": ANSWER_TOKENS}
    body |= (
        {"input": "go", "max_output_tokens": ANSWER_TOKENS}
        if path.endswith("responses")
        else {"messages": [{"role": "user", "content": "go"}]}
    )
    return here.client.post(path, data=json.dumps(body), headers=headers)


def budgets(here: Assembled, headers: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(here.client.get(f"/api/budgets{query}", headers=headers).data)[
        "data"
    ]
    return listed


def test_the_header_says_what_is_left_of_the_tightest(here: Assembled) -> None:
    set_budget(here, "account", "month", 10 * CALL_NANOS)
    set_budget(here, "account", "day", 5 * CALL_NANOS)
    headers = here.headers(pii=False)
    first, second = call(here, headers), call(here, headers)
    left = [answer.headers["X-NI-Budget-Remaining"].partition("; ") for answer in (first, second)]
    assert [rest for _, _, rest in left] == ["scope=account; window=day"] * 2
    amounts = [parse_amount(amount.removesuffix(" CAD")) for amount, _, _ in left]
    listed = budgets(here, headers)
    assert amounts[1] == parse_amount(listed[0]["remaining"]) < amounts[0] < 5 * CALL_NANOS
    assert [row["window"] for row in listed] == ["day", "month"]
    assert listed[0]["spent"] == listed[1]["spent"]
    assert {row["held"] for row in listed} == {"0.00"}


def test_without_a_budget_there_is_no_header(here: Assembled) -> None:
    set_budget(here, "key", "day", CALL_NANOS, "key_of_somebody")
    assert "X-NI-Budget-Remaining" not in call(here, here.headers(pii=False)).headers


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages"])
@pytest.mark.parametrize("nanos", [0, CALL_NANOS // 2])
def test_a_refusal_names_the_budget_its_limit_and_its_end(here: Assembled, path: str, nanos: int) -> None:
    set_budget(here, "account", "month", nanos)
    answer = call(here, here.headers(pii=False), path)
    assert answer.status_code == 429
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["X-NI-Budget-Remaining"].endswith("CAD; scope=account; window=month")
    message = answer.json["error"]["message"]
    assert "the account's budget for the month" in message
    assert f"of {'0.00056' if nanos else '0.00'} CAD" in message
    assert "resets at" in message
    assert "-01 00:00 E" in message


def test_a_tag_has_a_budget_of_its_own(here: Assembled) -> None:
    label = here.gateway.label_policy.filter_label("default", "night build")
    set_budget(here, "tag", "day", 0, label)
    headers = here.headers(pii=False)
    assert call(here, headers).status_code == 200
    tagged = {**headers, "X-NI-Tag": "night build"}
    assert call(here, tagged).status_code == 429
    assert budgets(here, headers) == []
    listed = budgets(here, headers, "?tag=night%20build")
    assert [row["scope"] for row in listed] == ["tag"]


@pytest.mark.parametrize("sent", ["Ünïcode", "U\u0308ni\u0308code", "  Ünïcode "])
def test_a_tag_beyond_ascii_counts_however_it_is_written(here: Assembled, sent: str) -> None:
    label = here.gateway.label_policy.filter_label("default", "Ünïcode")
    set_budget(here, "tag", "day", 0, label)
    as_wsgi_has_it = sent.encode().decode("latin-1")
    tagged = {**here.headers(pii=False), "X-NI-Tag": as_wsgi_has_it}
    assert call(here, tagged).status_code == 429
    assert call(here, {**tagged, "X-NI-Tag": "Other"}).status_code == 200


def test_a_tag_of_the_key_counts_like_one_of_the_call(here: Assembled) -> None:
    label = here.gateway.label_policy.filter_label("default", "night build")
    set_budget(here, "tag", "day", CALL_NANOS * 3 // 2, label)
    headers = here.headers(pii=False, tags=frozenset({"night build", "other"}))
    assert [call(here, headers).status_code for _ in range(2)] == [200, 429]
    assert [row["scope"] for row in budgets(here, headers)] == ["tag"]


def test_a_persons_budget_counts_all_keys_that_the_person_made(here: Assembled) -> None:
    keys = here.gateway.keys_of("default")
    mine = [keys.create(KeySpec(name=name, pii=False), "user_ann").text.reveal() for name in ("one", "two")]
    set_budget(here, "person", "month", 3 * CALL_NANOS // 2, "user_ann")
    statuses = [
        call(here, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}).status_code
        for key in mine
    ]
    assert statuses == [200, 429]
    assert call(here, here.headers(pii=False)).status_code == 200


def test_the_list_needs_a_key(here: Assembled) -> None:
    assert here.client.get("/api/budgets").status_code == 401
