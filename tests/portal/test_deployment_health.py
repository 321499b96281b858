"""How deployments fare, as the operator sees it: from what calls met there, and by nothing else."""

from ni.alerts.receivers import OPERATOR
from ni.catalog.health import REST_MS, TRIPS, Met
from ni.domain.alerts import AlertKind
from ni.domain.clock import to_ms
from ni.factory.gateway import Gateway
from ni.store.unit import Unit
from tests.portal.conftest import Browser

PAGE = "/portal/deployments"
HEALTH = "/portal/deployments/azure-ca"


def meet(gateway: Gateway, *results: str, ago_min: int = 0) -> None:
    """Let attempts at `azure-ca` end so."""
    at_ms = to_ms(gateway.clock.now()) - ago_min * 60_000
    parts = (Met("azure-ca", at_ms, result, 400 if result == "ok" else None) for result in results)
    gateway.journal.write(Unit(tuple(parts)))


def test_the_last_five_minutes_are_shown_beside_each_deployment(alice: Browser, gateway: Gateway) -> None:
    meet(gateway, "ok", "ok", "rate_limit_exceeded", "upstream_error")
    meet(gateway, "upstream_error", ago_min=6)
    text = alice.get(PAGE).text.replace("\u00a0", " ")
    assert "50% answered" in text
    assert "1 throttled, first token after 400 ms" in text
    assert text.count("No calls") > 3


def test_a_deployment_that_rests_says_so_until_it_is_tried(alice: Browser, gateway: Gateway) -> None:
    for _ in range(TRIPS):
        gateway.breakers.failed("azure-ca")
    assert "Resting" in alice.get(PAGE).text
    assert "Resting" in alice.get(HEALTH).text
    gateway.clock.move(seconds=REST_MS / 1000 + 1)  # type: ignore[attr-defined]
    assert "On trial" in alice.get(PAGE).text


def test_operators_are_told_of_deployments_that_fail_throttle_or_are_slow_once(gateway: Gateway) -> None:
    for _ in range(TRIPS):
        gateway.breakers.failed("azure-ca")
        gateway.breakers.failed("azure-ca acc_1")  # an account's own credential
    at_ms = to_ms(gateway.clock.now())
    usual = (Met("sandbox", at_ms - 3_600_000, "ok", 500) for _ in range(100))
    late = (Met("sandbox", at_ms, "ok", 9000) for _ in range(10))
    refused = (Met("openai", at_ms, "rate_limit_exceeded") for _ in range(10))
    gateway.journal.write(Unit((*usual, *late, *refused)))
    for _ in range(2):
        gateway.look_at_instance()
    told = {(one.alert.kind, one.alert.subject) for one in gateway.alerts.book.recent(OPERATOR)}
    kinds = (AlertKind.DEPLOYMENT, AlertKind.THROTTLED, AlertKind.SLOW)
    assert {each for each in told if each[0] in kinds} == set(
        zip(kinds, ("azure-ca", "openai", "sandbox"), strict=True)
    )


def test_the_day_is_shown_by_half_hours(alice: Browser, gateway: Gateway) -> None:
    meet(gateway, "ok", "upstream_error")
    meet(gateway, *["ok"] * 7, ago_min=95)
    meet(gateway, *["upstream_error"] * 9, ago_min=25 * 60)
    text = alice.get(HEALTH).text
    assert 'data-label="Answered">7</td>' in text
    assert 'data-label="Failed">9</td>' not in text


def test_the_last_hours_are_drawn_by_five_minutes(alice: Browser, gateway: Gateway) -> None:
    meet(gateway, *["ok"] * 3, *["upstream_error"] * 2)
    meet(gateway, *["ok"] * 4, ago_min=7)
    text = alice.get(HEALTH).text
    attempts, latency = (
        text.partition(f'id="{name}')[2].partition("</figure>")[0] for name in ("recent", "first-tokens")
    )
    assert attempts
    assert "400\u00a0ms" in latency
    gateway.clock.move(hours=4)  # type: ignore[attr-defined]
    assert 'id="recent' not in alice.get(HEALTH).text


def test_what_nobody_called_has_no_history(alice: Browser) -> None:
    assert "No call was sent to this deployment" in alice.get(HEALTH).text
    assert alice.get("/portal/deployments/nothing").status_code == 404


def test_members_see_none_of_it(charlie: Browser) -> None:
    assert charlie.get(HEALTH).status_code in (403, 404)


def test_old_sums_are_forgotten(gateway: Gateway) -> None:
    meet(gateway, "ok", ago_min=31 * 24 * 60)
    meet(gateway, "ok")
    gateway.health.forget()
    spans = gateway.health.spans(60 * 24 * 60, 30)
    assert sum(one.answered for one in spans if one.deployment == "azure-ca") == 1
