"""The page of one request: found by its id, says why it failed, and shows each figure of its row."""

import re
from datetime import datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ni.access.accounts import DEFAULT
from ni.domain.reply import Outcome
from ni.domain.timeline import Phase
from ni.factory.gateway import Gateway
from ni.store.tables.metering import usage
from ni.web.portal.labels import error_help, error_name
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

PAGE = "/portal/requests/{record}"
ERRORS = Path(__file__).parents[2] / "docs" / "errors.md"


def change(gateway: Gateway, scene: Scene, **values: object) -> None:
    with gateway.database.engine.begin() as connection:
        mine = usage.c.request_id == scene.places["record"]
        connection.execute(usage.update().where(mine).values(values))


def test_an_id_leads_to_its_request_from_every_page(alice: Browser, scene: Scene) -> None:
    assert 'action="/portal/requests"' in alice.get("/portal/keys").text
    answer = alice.get("/portal/requests?id=%20{record}%20")
    assert (answer.status_code, answer.location) == (303, scene.filled(PAGE))


@pytest.mark.parametrize("wanted", ["nonsense", "0" * 400, "%F0%9F"])
def test_an_unknown_id_says_where_ids_stand(alice: Browser, wanted: str) -> None:
    text = alice.get(f"/portal/requests?id={wanted}").text
    assert "This account has no request" in text
    assert "X-NI-Request-ID" in text


def test_another_account_s_request_is_not_found(charlie: Browser) -> None:
    answer = charlie.get("/portal/requests?id={record}")
    assert "This account has no request" in answer.text
    assert charlie.get(PAGE).status_code == 404


def test_a_refused_request_says_why_and_what_to_do(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    change(gateway, scene, outcome="denied", status=429, error="rate_limit_exceeded")
    text = alice.get(PAGE).text
    for words in ("Too many requests", "Retry-After", "HTTP 429", "rate_limit_exceeded"):
        assert words in text


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.COMPLETED, Outcome.LOCAL}))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_request_that_ended_badly_without_a_code_says_why_and_what_to_do(
    alice: Browser, gateway: Gateway, scene: Scene, outcome: Outcome, language: str
) -> None:
    change(gateway, scene, outcome=outcome.value, error="")
    notices = re.findall(
        r'<div class="notice (?:error|warning)".*?</div>',
        unescape(alice.get(PAGE, Accept_Language=language).text),
        re.DOTALL,
    )
    with alice.client.application.test_request_context("/", headers={"Accept-Language": language}):
        name, help_text = error_name(outcome.value), error_help(outcome.value)
    assert name != outcome.value
    assert help_text
    (notice,) = notices
    assert name in notice
    assert help_text in notice


def test_a_request_that_was_answered_has_no_notice_of_a_failure(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    for outcome in (Outcome.COMPLETED, Outcome.LOCAL):
        change(gateway, scene, outcome=outcome.value, error="")
        assert 'class="notice' not in alice.get(PAGE).text


def test_each_figure_of_the_row_is_shown(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    change(
        gateway,
        scene,
        dialect="messages",
        stream=1,
        uncached_tokens=11_003,
        cached_tokens=22_005,
        cache_write_tokens=3_307,
        output_tokens=4_409,
        reasoning_tokens=1_511,
        latency_ms=5_250,
        first_chunk_ms=613,
        tag="nightly",
        end_user="team-7",
        credential_source="byok",
        ni_charge_nanos=123_456_789,
    )
    text = alice.get(PAGE).text
    figures = ("36,315", "22,005", "3,307", "4,409", "1,511", "613 ms", "5.25 s", "$0.123456789", "$0.12<")
    words = ("Anthropic Messages, streamed", "nightly", "team-7", "The account’s own (BYOK)")
    assert [one for one in (*figures, *words) if one not in text.replace("\u00a0", " ")] == []


def test_a_request_whose_row_is_kept_no_more_leads_to_its_record(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    assert gateway.reports.row(DEFAULT, scene.places["record"])
    with gateway.database.engine.begin() as connection:
        connection.execute(usage.delete())
    assert alice.get(PAGE).location == scene.filled("/portal/custody/{record}")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_documented_error_has_a_name_and_a_next_step(alice: Browser, language: str) -> None:
    codes = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", ERRORS.read_text(), re.MULTILINE))
    with alice.client.application.test_request_context("/", headers={"Accept-Language": language}):
        assert [code for code in sorted(codes) if error_name(code) == code or not error_help(code)] == []


def test_an_answer_that_broke_off_is_told_from_a_provider_that_failed(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    change(gateway, scene, outcome=Outcome.UPSTREAM_CUT.value, error="upstream_error")
    for page in (PAGE, "/portal/usage/live?period=all"):
        text = alice.get(page).text
        assert "The provider’s answer broke off" in text
        assert "The provider failed" not in text


@pytest.mark.parametrize(
    ("language", "pages"), [("en", "Keys Budgets balance"), ("fr", "Clés Budgets solde")]
)
def test_each_limit_that_may_be_used_up_is_named_with_its_page(
    alice: Browser, gateway: Gateway, scene: Scene, language: str, pages: str
) -> None:
    change(gateway, scene, outcome=Outcome.DENIED.value, error="insufficient_quota")
    text = unescape(alice.get(PAGE, Accept_Language=language).text)
    (notice,) = re.findall(r'<div class="notice (?:error|warning)".*?</div>', text, re.DOTALL)
    assert [page for page in pages.split() if page not in notice] == []


def test_the_phases_fill_the_bar_in_their_order(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    spans = {f"{phase}_us": 1000 * at for at, phase in enumerate(Phase, start=1)}
    change(gateway, scene, **spans, latency_ms=28)
    text = alice.get(PAGE).text
    assert "Everything else" not in text
    widths = [
        (int(x), int(width)) for x, width in re.findall(r'<rect class="s\d" x="(\d+)" width="(\d+)"', text)
    ]
    assert len(widths) == len(Phase)
    assert [x for x, _ in widths] == [sum(width for _, width in widths[:at]) for at in range(len(widths))]
    assert sum(width for _, width in widths) == 1000
    assert "Masking" in text


def test_each_deployment_that_was_tried_is_named(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    change(gateway, scene, deployment="bedrock-ca-west", attempts=2)
    assert "bedrock-ca-west, 2 attempts" in alice.get(PAGE).text.replace("\u00a0", " ")


def test_time_outside_the_phases_is_a_part_of_the_bar(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    spans = dict.fromkeys((f"{phase}_us" for phase in Phase), None)
    change(gateway, scene, **{**spans, "queue_us": 2000, "masking_us": 4000}, latency_ms=12)
    text = alice.get(PAGE).text.replace("\u00a0", " ")
    bar = [int(width) for width in re.findall(r'<rect class="(?:s\d|rest)" x="\d+" width="(\d+)"', text)]
    assert "Everything else" in text
    assert bar[:2] == [166, 334]
    assert sum(bar) == 1000


@pytest.mark.parametrize(("attempts", "said"), [(1, False), (2, True)])
def test_what_came_before_the_last_attempt_is_not_called_connecting(
    alice: Browser, gateway: Gateway, scene: Scene, attempts: int, *, said: bool
) -> None:
    change(gateway, scene, attempts=attempts, connect_us=1_140_000)
    text = alice.get(PAGE).text
    assert ("Earlier attempts, the pause after them" in text) is said
    assert (">Connecting<" in text) is not said


def test_a_refused_request_says_that_nothing_was_sent(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    change(
        gateway,
        scene,
        outcome=Outcome.DENIED.value,
        error="pii_blocked",
        route="anthropic/claude-sonnet-4.5-us",
        provider="anthropic",
        jurisdiction="CA",
        credential_source="platform",
        pii="on; credit_card=1",
        uncached_tokens=0,
        output_tokens=0,
    )
    text = alice.get(PAGE).text
    facts = text.partition('<h2 id="what"')[2].partition("</section>")[0]
    assert "Not called: nothing was sent" in facts
    assert [word for word in ("Credential", "Jurisdiction", "Anthropic<") if word in facts] == []
    assert "Values found</dt><dd>1</dd>" in text
    assert "counted by" not in text
    rows = alice.get("/portal/usage/live?period=all").text
    row = rows.partition(f'id="r-{scene.places["record"]}"')[2].partition("</tr>")[0]
    assert row.count("Not sent") == 2
    assert "Replaced in what was sent" not in text


def test_the_privacy_audit_tells_what_was_blocked_and_lists_what_was_replaced(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    address = f'href="{scene.filled(PAGE)}"'
    change(gateway, scene, pii="on; credit_card=1")
    assert address in alice.get("/portal/pii-audit?pii=protected").text
    change(gateway, scene, pii="on; credit_card=1", outcome=Outcome.DENIED.value, error="pii_blocked")
    row = alice.get("/portal/pii-audit").text.partition(address)[2].partition("</tr>")[0]
    assert "credit cards: 1" in row.replace("\u00a0", " ")
    assert "1 blocked" in row
    assert re.search(r'<td class="number"[^>]*>0</td>', row)
    assert address not in alice.get("/portal/pii-audit?pii=protected").text


def test_times_of_the_path_are_those_of_the_account_and_evidence_is_explained(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    row = gateway.reports.row(DEFAULT, scene.places["record"])
    (entry, *_) = gateway.log_service.records.entries(DEFAULT, scene.places["record"])
    stored = datetime.fromisoformat(str(entry.fields["t"]))
    own = stored.astimezone(ZoneInfo("America/Toronto"))
    text = alice.get(PAGE).text.partition('class="path"')[2]
    assert row
    assert f">{own:%H:%M:%S}." in text.partition("</ol>")[0]
    assert "UTC" not in text.partition("</ol>")[0]
    assert "Times are in America/Toronto" in text
    assert "C, what the operator declares" in text
