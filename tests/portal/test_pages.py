"""Overview, Models, Mappings, Settings and the pages that need no sign-in."""

import pytest

from ni.web.portal.services import PortalServices
from tests.portal.cast import ALICE, HOSTILE
from tests.portal.conftest import Browser
from tests.portal.scenes import empty, make_app


def test_first_steps_tick_themselves_off() -> None:
    services = empty()
    browser = Browser(make_app(services).test_client())
    browser.sign_in(ALICE)
    assert browser.get("/portal/").text.count('<li class="done">') == 1
    browser.post("/portal/keys/new", {"name": "First", "tiers": ["own_hardware"]}, page="/portal/keys/new")
    assert browser.get("/portal/").text.count('<li class="done">') == 2


def test_overview_shows_the_day_once_requests_have_come(alice: Browser) -> None:
    text = alice.get("/portal/").text
    assert "Spent" in text
    assert "First steps" not in text
    assert "$0.0190551" in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 8),
        ("q=gemini", 2),
        ("q=GEMINI+global", 1),
        ("tier=own_hardware", 2),
        ("jurisdiction=CA", 4),
        ("capability=vision", 5),
        ("q=nothing-fits", 0),
        ("capability=__class__", 8),
    ],
)
def test_models_are_found_by_search_and_filter(alice: Browser, query: str, count: int) -> None:
    assert alice.get(f"/portal/models?{query}").text.count('class="id-cell wide"') == count


def test_undo_forgets_a_pinned_name_whatever_its_characters(alice: Browser, services: PortalServices) -> None:
    alice.post("/portal/mappings/undo", {"name": HOSTILE}, page="/portal/mappings")
    assert [mapping.name for mapping in services.mappings.list(ALICE.account_id)] == ["claude-sonnet-4.5"]


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
    assert "Rien ici" in answer.text
    assert "aria-label" in answer.text


def test_static_files_are_kept_for_a_year_under_the_name_of_their_content(nobody: Browser) -> None:
    address = nobody.get("/").text.partition('href="/static/css/portal.css')[2].partition('"')[0]
    with nobody.get(f"/static/css/portal.css{address}") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
