"""Overview, Models, Mappings, Settings and the pages that need no sign-in."""

from collections.abc import Callable, Mapping

import pytest

from ni.access.accounts import DEFAULT
from ni.domain.money import format_amount
from ni.domain.reply import Outcome
from ni.domain.route import Route, Tier
from ni.factory.gateway import Gateway
from ni.metering.days import day_of
from ni.metering.usage_queries import Days, Filter
from ni.store.tables.access import keys
from ni.store.tables.metering import totals
from ni.web.portal.usage_views import usage_today
from tests.portal.cast import HOSTILE, NOW
from tests.portal.conftest import Browser

KEYS = "/portal/keys/new"


def test_first_steps_tick_themselves_off(charlie: Browser, gateway: Gateway) -> None:
    austral = charlie.scene.places["austral"]
    gateway.keys_of(austral).revoke(charlie.scene.places["charlies_key"])
    with gateway.database.engine.begin() as connection:
        connection.execute(keys.delete().where(keys.c.account_id == austral))
    assert charlie.get("/portal/").text.count('<li class="done">') == 1
    assert "ni_live_" in charlie.post(KEYS, {"name": "First", "tiers": ["own_hardware"]}, page=KEYS).text
    assert charlie.get("/portal/").text.count('<li class="done">') == 2


def test_overview_shows_the_day_once_requests_have_come(alice: Browser, gateway: Gateway) -> None:
    text, day = alice.get("/portal/").text, day_of(NOW, "America/Toronto")
    (today,) = gateway.reports.totals(DEFAULT, Filter(), Days(day, day))
    assert today["requests"]
    assert "Spent" in text
    assert "Get started" not in text
    assert f"${format_amount(today['ni_charge_nanos'])}" in text


def test_a_request_that_was_refused_ran_nowhere(alice: Browser, gateway: Gateway) -> None:
    with alice.client.application.app_context():
        before = usage_today(DEFAULT)
        with gateway.database.engine.begin() as connection:
            american = totals.c.jurisdiction == "US"
            connection.execute(totals.delete().where(american, totals.c.outcome != Outcome.COMPLETED))
            connection.execute(totals.update().where(american).values(outcome=Outcome.DENIED))
        after = usage_today(DEFAULT)
    assert before.jurisdictions["US"]
    assert after.totals.requests
    assert dict(after.jurisdictions) == {
        label: count for label, count in before.jurisdictions.items() if label != "US"
    }


FITS: Mapping[str, Callable[[Route], object]] = {
    "": lambda route: True,
    "q=gemini": lambda route: "gemini" in route.id,
    "q=CLAUDE+global": lambda route: "claude" in route.id and "global" in route.id,
    "tier=own_hardware": lambda route: route.tier is Tier.OWN_HARDWARE,
    "jurisdiction=CA": lambda route: route.jurisdiction == "CA",
    "capability=vision": lambda route: route.capabilities.vision,
    "q=nothing-fits": lambda route: False,
    "capability=__class__": lambda route: True,
}


@pytest.mark.parametrize("query", FITS)
def test_models_are_found_by_search_and_filter(alice: Browser, gateway: Gateway, query: str) -> None:
    callable_here = gateway.catalog.callable_by(frozenset(Tier), frozenset({"openai"}))
    count = sum(bool(FITS[query](route)) for route in callable_here)
    assert count or query == "q=nothing-fits"
    assert alice.get(f"/portal/models?{query}").text.count('class="id-cell wide"') == count


def test_undo_forgets_a_pinned_name_whatever_its_characters(alice: Browser, gateway: Gateway) -> None:
    alice.post("/portal/mappings/undo", {"name": HOSTILE}, page="/portal/mappings")
    assert [mapping.model for mapping in gateway.mappings.of(DEFAULT)] == ["claude-sonnet-4.5"]


def test_a_profile_decides_the_language_of_the_pages(alice: Browser) -> None:
    alice.post("/portal/settings/profile", {"name": "Alice", "language": "fr"}, page="/portal/settings")
    text = alice.get("/portal/usage").text
    assert '<html lang="fr-CA"' in text
    assert "10:30:12" in text


def test_the_language_form_is_remembered_and_returns_to_its_page(nobody: Browser) -> None:
    answer = nobody.post("/language", {"language": "fr", "back": "/models?q=gemini"})
    assert answer.location == "/models?q=gemini"
    assert "Modèles" in nobody.get("/models").text


def test_the_theme_form_is_remembered(nobody: Browser) -> None:
    nobody.post("/theme", {"theme": "dark", "back": "/"})
    assert 'data-theme="dark"' in nobody.get("/").text


def test_a_missing_page_is_told_in_the_shell_and_in_the_language(alice: Browser) -> None:
    answer = alice.get("/portal/nowhere", Accept_Language="fr")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text
    assert "aria-label" in answer.text


def test_static_files_are_kept_for_a_year_under_the_name_of_their_content(nobody: Browser) -> None:
    address = nobody.get("/").text.partition('href="/static/css/portal.css')[2].partition('"')[0]
    with nobody.get(f"/static/css/portal.css{address}") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
