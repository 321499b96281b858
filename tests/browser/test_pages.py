"""Every page in a real browser: accessible in both themes and languages, narrow without scrolling, silent, literal.

Each page is opened once in each variant, and everything is looked at there and then. In CI it is also photographed,
wide and narrow, into `build/screenshots`.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    "/portal/balance",
    "/portal/accounts/account_a",
    "/portal/accounts/account_a/people/user_bob/second-factor",
    "/portal/settings/members/user_bob/second-factor",
    "/portal/custody/account-key",
    f"/portal/custody/{RECORD_ID}/erase",
    f"/portal/invite/{INVITATION}",
)
VARIANTS = [("en", "light"), ("fr", "dark")]  # every page in both languages and both themes
WIDTHS = (320, 768, 1280)
HARMLESS = re.compile(r"410 \(|^\[DOM\]")  # used-up links, and the browser's advice on forms
PHOTOGRAPHED = (320, 1280)
PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


@dataclass
class Survey:
    """What was seen of all pages in one variant."""

    watched: Watched
    folder: Path
    findings: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def visit(self, path: str) -> None:
        """Open a page and look at it."""
        page, complaints = self.watched.page, self.watched.complaints
        complaints.clear()  # what axe caused on the page before
        self.watched.visit(path)
        self.texts[path] = page.inner_text("body")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                self.wide.append(f"{path} at {width}")
            if os.environ.get("CI") and width in PHOTOGRAPHED:
                name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "landing"
                page.screenshot(path=self.folder / f"{name[:60]}-{width}.png", full_page=True)
        self.complaints += [f"{path}: {text}" for text in complaints if not HARMLESS.search(text)]
        self.findings += findings(page)


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


@pytest.fixture(scope="module", params=VARIANTS, ids="-".join)
def survey(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Survey]:
    language, scheme = request.param
    made = Survey(open_page(chromium, address, language, scheme), PHOTOGRAPHS / f"{language}-{scheme}")
    for path in OPEN:
        made.visit(path)
    made.watched.sign_in()
    for path in PAGES:
        made.visit(path)
    yield made
    made.watched.page.context.close()


def test_axe_finds_nothing(survey: Survey) -> None:
    assert survey.findings == []


def test_no_page_scrolls_sideways(survey: Survey) -> None:
    assert survey.wide == []


def test_no_page_breaks_its_policy_and_hostile_names_are_shown_literally(survey: Survey) -> None:
    for path in ("/portal/keys", "/portal/mappings", f"/portal/custody/{RECORD_ID}", "/portal/settings"):
        assert HOSTILE in survey.texts[path], path
    assert HOSTILE in survey.texts[f"/portal/custody/{RECORD_ID}/erase"]
    assert survey.complaints == []


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
