"""Every page in a real browser: accessible in both themes and languages, narrow without scrolling, silent, literal."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watched
from tests.portal.cast import HOSTILE, RESET_TOKEN, SET_UP_TOKEN
from tests.portal.fakes import INVITATION, RECORD_ID

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
OPEN = (
    "/",
    "/models",
    "/security",
    "/trust",
    "/docs/",
    "/docs/a-tool.html",
    "/portal/sign-in",
    f"/portal/set-up/{SET_UP_TOKEN}",
    "/portal/set-up/used",
    f"/portal/reset/{RESET_TOKEN}",
    f"/portal/invite/{INVITATION}",
    "/portal/invite/used",
)
PAGES = (
    "/portal/",
    "/portal/keys",
    "/portal/keys/new",
    "/portal/keys/key_account_a_1",
    "/portal/keys/key_account_a_1/revoke",
    "/portal/usage",
    "/portal/usage?by=route",
    "/portal/usage?route=none",
    "/portal/models",
    "/portal/models?q=none",
    "/portal/mappings",
    "/portal/byok",
    "/portal/byok/azure",
    "/portal/byok/openai/remove",
    "/portal/custody",
    f"/portal/custody/{RECORD_ID}",
    "/portal/playground",
    "/portal/connect",
    "/portal/connect/a-tool",
    "/portal/settings",
    "/portal/settings/second-factor",
    "/portal/settings/members/user_bob/remove",
    "/portal/deployments",
    "/portal/accounts",
    "/portal/prices",
    "/portal/pii-audit",
    "/portal/drift",
)
VARIANTS = [("en", "light"), ("fr", "dark")]  # every page in both languages and both themes
WIDTHS = (320, 768, 1280)


def open_page(chromium: Browser, address: str, language: str = "en", scheme: str = "light") -> Watched:
    context = chromium.new_context(
        locale=f"{language}-CA", color_scheme="dark" if scheme == "dark" else "light"
    )
    return Watched(context.new_page(), address)


def findings(page: Page) -> list[str]:
    """What axe finds, a line each; it runs outside the page's policy, as a developer's console does."""
    page.evaluate(AXE + "; void 0")
    found = page.evaluate(f"axe.run(document, {json.dumps(RULES)}).then(result => result.violations)")
    return [f"{page.url} {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("language", "scheme"), VARIANTS)
def test_axe_finds_nothing(chromium: Browser, address: str, language: str, scheme: str) -> None:
    watched = open_page(chromium, address, language, scheme)
    found: list[str] = []
    for path in OPEN:
        watched.visit(path)
        found += findings(watched.page)
    watched.sign_in()
    for path in PAGES:
        watched.visit(path)
        found += findings(watched.page)
    assert found == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_scrolls_sideways(chromium: Browser, address: str, language: str) -> None:
    watched = open_page(chromium, address, language)
    watched.sign_in()
    wide = []
    for path in (*OPEN, *PAGES):
        watched.visit(path)
        for width in WIDTHS:
            watched.page.set_viewport_size({"width": width, "height": 720})
            if watched.page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{path} at {width}")
    assert wide == []


def test_no_page_breaks_its_policy_and_hostile_names_are_shown_literally(
    chromium: Browser, address: str
) -> None:
    watched = open_page(chromium, address)
    watched.sign_in()
    for path in PAGES:
        watched.visit(path)
    watched.visit("/portal/keys")
    assert watched.page.get_by_text(HOSTILE).count() >= 1
    for path in ("/portal/mappings", f"/portal/custody/{RECORD_ID}"):
        watched.visit(path)
        assert watched.page.get_by_text(HOSTILE, exact=True).count() >= 1
    watched.visit("/portal/settings")
    assert watched.page.get_by_text(f"Browser {HOSTILE}", exact=True).count() >= 1
    assert watched.complaints == []


def test_the_playground_streams_what_was_said_and_marks_what_was_sent(
    chromium: Browser, address: str
) -> None:
    watched = open_page(chromium, address)
    watched.sign_in()
    watched.visit("/portal/playground")
    watched.page.select_option("#key", "key_account_a_1")
    watched.page.fill("#prompt", "Write to Marie Tremblay <now>")
    watched.page.click("main [type=submit]")
    watched.page.wait_for_selector("#answer:not([aria-busy]):not(:empty)")
    assert watched.page.inner_text("#answer") == "You said: Write to Marie Tremblay <now>"
    assert watched.page.inner_text("#sent") == "Write to Louise Gagnon <now>"
    assert watched.page.locator("#sent mark").all_inner_texts() == ["Louise", "Gagnon"]
    assert watched.page.url.endswith("/portal/playground")
    assert watched.complaints == []
    assert findings(watched.page) == []


def test_copying_an_id_puts_exactly_it_on_the_clipboard(chromium: Browser, address: str) -> None:
    watched = open_page(chromium, address)
    watched.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.visit("/models?q=echo")
    watched.page.click("button.copy")
    assert watched.page.evaluate("navigator.clipboard.readText()") == "sandbox/echo-local"


def test_the_theme_changes_at_once_and_stays(chromium: Browser, address: str) -> None:
    watched = open_page(chromium, address)
    watched.visit("/")
    with watched.page.expect_response("**/theme"):
        watched.page.click("button[value=dark]")
    assert watched.page.evaluate("document.documentElement.dataset.theme") == "dark"
    watched.visit("/models")
    assert watched.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 21, 20)"


def test_the_language_is_changed_by_keyboard_alone_and_without_scripts(
    chromium: Browser, address: str
) -> None:
    context = chromium.new_context(locale="en-CA", java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/models")
    page.keyboard.press("Tab")
    assert page.locator(".skip").is_visible()
    page.locator("button[value=fr]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=fr-CA]")
    assert page.locator("h1").inner_text() == "Modèles"
