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
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watched
from tests.portal.cast import HOSTILE
from tests.portal.scenes import Scene

PROMPT = "Write to marie@north.example <now>"
AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
OPEN = (
    "/",
    "/models",
    "/security",
    "/trust",
    "/docs/",
    "/docs/?q=residency",
    "/docs/?q=zzzz",
    "/docs/a-tool.html",
    "/docs/headers.html",
    "/portal/sign-in",
    "/portal/set-up/{set_up}",
    "/portal/set-up/used",
    "/portal/reset/{reset}",
    "/portal/invite/{invite}",
    "/portal/invite/used",
)
PAGES = (
    "/portal/",
    "/portal/keys",
    "/portal/keys/new",
    "/portal/keys/{key}",
    "/portal/keys/{key}/revoke",
    "/portal/keys/revoke?key={key}",
    "/portal/usage",
    "/portal/usage?by=route",
    "/portal/usage?measure=latency&by=route",
    "/portal/usage?by=tag&period=today",
    "/portal/usage?measure=protected&by=kind",
    "/portal/usage?route=none",
    "/portal/usage?since=2026-11-19&until=2026-11-19&by=key&measure=tokens",
    "/portal/usage?since=2026-11-20&until=2026-11-01&outcome=failed&measure=failed&by=outcome",
    "/portal/requests?id=none",
    "/portal/requests/{record}",
    "/portal/keys?q=none",
    "/portal/models",
    "/portal/models?q=none",
    "/portal/models?prompt=100000&answer=1000&sort=output",
    "/portal/models/compare?route=sandbox/echo-local&route=vertex_ai/gemini-2.5-pro-ca&prompt=100000",
    "/portal/mappings",
    "/portal/alerts",
    "/portal/budgets",
    "/portal/byok",
    "/portal/byok/azure",
    "/portal/byok/openai/remove",
    "/portal/custody",
    "/portal/custody/{record}",
    "/portal/playground",
    "/portal/connect",
    "/portal/connect/a-tool",
    "/portal/settings",
    "/portal/settings/security",
    "/portal/settings/account",
    "/portal/settings/people",
    "/portal/settings/second-factor",
    "/portal/settings/members/{bob}/remove",
    "/portal/providers",
    "/portal/providers/OPENAI_API_KEY",
    "/portal/providers/AZURE_OPENAI_API_KEY",
    "/portal/placing",
    "/portal/placing/new/azure",
    "/portal/placing/route/azure/gpt-4.1-mini-ca",
    "/portal/deployments",
    "/portal/deployments/azure-ca",
    "/portal/accounts",
    "/portal/prices",
    "/portal/price-sources",
    "/portal/catalog-updates",
    "/portal/instance",
    "/portal/instance/operators/{alice}/demote",
    "/portal/pii-audit",
    "/portal/drift",
    "/portal/queues",
    "/portal/balance",
    "/portal/accounts/{boreal}",
    "/portal/accounts/{boreal}/people/{bob}/second-factor",
    "/portal/settings/members/{bob}/second-factor",
    "/portal/custody/account-key",
    "/portal/custody/{record}/erase",
    "/portal/invite/{invite}",
)
VARIANTS = [("en", "light"), ("fr", "dark")]  # every page in both languages and both themes
WIDTHS = (320, 390, 768, 1280)
CUT = """() => {
  const cut = [];
  const clips = (style) => /hidden|clip/.test(style.overflowX + style.overflowY);
  const told = (element, text) => cut.push(element.tagName.toLowerCase() + ": " + text.trim().slice(0, 60));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || !holder.checkVisibility()) continue;
    if (holder.closest(".unseen, .skip, option, svg") || getComputedStyle(holder).clipPath !== "none") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    for (let box = holder; box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
      const solid = clips(style) || box.matches("button, .button, .badge, td, th, .tile, .cards a");
      const out = text.left < edge.left - 1 || text.right > edge.right + 1 ||
        (clips(style) && (text.top < edge.top - 1 || text.bottom > edge.bottom + 1));
      if (solid && out && style.display !== "inline") { told(box, node.textContent); break; }
    }
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const control of document.querySelectorAll("input[placeholder], select:not([name^=key])")) {
    if (!control.checkVisibility()) continue;
    const style = getComputedStyle(control);
    const text = control.placeholder ?? control.selectedOptions[0]?.textContent ?? "";
    pen.font = style.font;
    const cross = control.type === "search" ? 16 : 0;
    const room = control.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - cross;
    if (pen.measureText(text.trim()).width > room + 1) told(control, text);
  }
  return cut;
}"""
"""Text that is cut at the edge of what holds it, or runs out of a button, a cell or a badge; what scrolls is none.

A choice of keys shows their names, which may be of any length."""

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
    cut: list[str] = field(default_factory=list)
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
            self.cut += [f"{path} at {width}: {text}" for text in page.evaluate(CUT)]
            if os.environ.get("CI") and width in PHOTOGRAPHED:
                name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "landing"
                page.screenshot(path=self.folder / f"{name[:60]}-{width}.png", full_page=True)
        self.complaints += [f"{path}: {text}" for text in complaints if not HARMLESS.search(text)]
        self.findings += findings(page)


@dataclass(frozen=True)
class Portal:
    """The busy account's portal, to be opened in one variant or another."""

    chromium: Browser
    address: str
    scene: Scene

    def open(self, language: str = "en", scheme: str = "light") -> Watched:
        """A page of its own context."""
        color: Literal["dark", "light"] = "dark" if scheme == "dark" else "light"
        context = self.chromium.new_context(locale=f"{language}-CA", color_scheme=color)
        return Watched(context.new_page(), self.address, self.scene)


@pytest.fixture(scope="module")
def portal(chromium: Browser, address: str, scene: Scene) -> Portal:
    return Portal(chromium, address, scene)


def findings(page: Page) -> list[str]:
    """What axe finds, a line each; it runs outside the page's policy, as a developer's console does."""
    page.evaluate(AXE + "; void 0")
    found = page.evaluate(f"axe.run(document, {json.dumps(RULES)}).then(result => result.violations)")
    return [f"{page.url} {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="module", params=VARIANTS, ids="-".join)
def survey(request: pytest.FixtureRequest, portal: Portal) -> Iterator[Survey]:
    language, scheme = request.param
    made = Survey(portal.open(language, scheme), PHOTOGRAPHS / f"{language}-{scheme}")
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


def test_no_text_is_cut(survey: Survey) -> None:
    assert survey.cut == []


SEEN = """() => {
  const entry = document.querySelector(".side > nav [aria-current]").getBoundingClientRect();
  const list = document.querySelector(".side > nav").getBoundingClientRect();
  const side = document.querySelector(".side");
  const wide = [...document.querySelectorAll("main .scroll")].filter((box) => box.scrollWidth > box.clientWidth);
  return {
    current: entry.top >= list.top - 1 && entry.bottom <= list.bottom + 1,
    still: side.scrollHeight <= side.clientHeight,
    within: !wide.length,
  };
}"""


SEEN_WHOLE = (
    *("/portal/", "/portal/usage", "/portal/keys", "/portal/deployments", "/portal/prices"),
    *("/portal/models?prompt=900000", "/portal/instance"),
)
SCROLL_BAR = 15
"""What a bar at the side takes of a window; a browser without a screen has none."""


@pytest.mark.parametrize(("language", "scheme"), VARIANTS)
def test_the_operator_sees_where_they_are_and_every_column_of_the_tables(
    portal: Portal, language: str, scheme: str
) -> None:
    watched = portal.open(language, scheme)
    watched.sign_in()
    watched.page.set_viewport_size({"width": 1280 - SCROLL_BAR, "height": 900})
    for path in SEEN_WHOLE:
        watched.visit(path)
        assert watched.page.evaluate(SEEN) == {"current": True, "still": True, "within": True}, path
    watched.page.context.close()


def test_text_that_is_cut_would_be_noticed(portal: Portal) -> None:
    page = portal.open().page
    page.set_content(
        '<p style="width: 3em; overflow: hidden; white-space: nowrap">Much too long for this</p>'
        '<button style="width: 3em; white-space: nowrap; padding: 0">Much too long for this</button>'
        '<select style="width: 4em"><option>Much too long for this</option></select>'
        '<p style="width: 3em; overflow: auto; white-space: nowrap">This scrolls</p><p>This fits.</p>'
    )
    assert [text.partition(":")[0] for text in page.evaluate(CUT)] == ["p", "button", "select"]


def test_no_page_breaks_its_policy_and_hostile_names_are_shown_literally(survey: Survey) -> None:
    for path in (
        "/portal/keys",
        "/portal/mappings",
        "/portal/settings/security",
        "/portal/drift",
        "/portal/playground",
    ):
        assert HOSTILE in survey.texts[path], path
    assert survey.complaints == []


def test_the_playground_streams_what_was_said_and_marks_what_was_sent(portal: Portal) -> None:
    watched = portal.open()
    watched.sign_in()
    watched.visit("/portal/playground")
    watched.page.select_option("#key", portal.scene.places["key"])
    watched.page.fill("#prompt", PROMPT)
    watched.page.click("main [type=submit]")
    watched.page.wait_for_selector("#answer:not([aria-busy]):not(:empty)")
    assert watched.page.inner_text("#answer").endswith(PROMPT)
    sent = watched.page.inner_text("#sent")
    assert (sent != PROMPT, "marie" in sent, sent.endswith("<now>")) == (True, False, True)
    assert watched.page.locator("#sent mark").all_inner_texts()
    assert watched.page.url.endswith("/portal/playground")
    assert watched.complaints == []
    assert findings(watched.page) == []


def test_copying_an_id_puts_exactly_it_on_the_clipboard(portal: Portal) -> None:
    watched = portal.open()
    watched.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.visit("/models?q=echo")
    watched.page.click("button.copy")
    assert watched.page.evaluate("navigator.clipboard.readText()") == "sandbox/echo-local"


def test_the_theme_changes_at_once_and_stays(portal: Portal) -> None:
    watched = portal.open()
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
