"""What people come to ask, each answered within two clicks of the overview; in CI with a picture of the answer."""

import os
import re

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched
from tests.browser.test_pages import PHOTOGRAPHS
from tests.portal.scenes import Scene

MOST_CLICKS = 2
QUESTIONS = (  # the question, what is clicked, and what the page then says
    (
        "Which key spent the most this week?",
        ("main >> text=Spend of the week by key",),
        "Cursor on the build machine.*100%",
    ),
    ("Who spends the most?", ("main >> text=Spend by person",), "Split by"),
    ("What does each project cost?", ("main >> text=Spend by tag",), "Split by"),
    ("Why did requests fail today?", ("main >> text=Failures of today",), "Refused"),
    ("Which route is slow?", ("main >> text=Latency by route",), "95th percentile.*Requests measured.*-ca"),
    (
        "What did we send to the United States?",
        ("main >> text=Sent to the United States",),
        "Jurisdiction: United States",
    ),
    ("How much was protected?", (".presets >> text=Values protected",), "Values protected"),
    ("What became of the newest request?", ("#latest tbody th a >> nth=0",), "Latency.*Tokens"),
    (
        "What may a key do, and who made it?",
        ("nav.wide >> text=Keys", "#keys tbody th a >> nth=1"),
        "by Alice",
    ),
    ("What can I call, and what does it cost?", ("nav.wide >> text=Models",), "sandbox/echo-local"),
    ("How is a tool connected?", ("nav.wide >> text=Connect", "main >> text=A tool"), "With a key"),
    (
        "What does a header mean?",
        ("nav.wide >> text=Documentation", "main >> text=Response headers"),
        "X-NI-Custody-Path",
    ),
    (
        "Who belongs to the account?",
        ("nav.wide >> text=Settings", ".presets >> text=People"),
        "Alice Tremblay",
    ),
    ("Which deployments are configured?", ("nav.wide >> text=Deployments",), "How to fix it"),
)


@pytest.fixture(scope="module")
def visitor(chromium: Browser, address: str, scene: Scene) -> Watched:
    """Alice, signed in."""
    context = chromium.new_context(locale="en-CA", viewport={"width": 1280, "height": 900})
    watched = Watched(context.new_page(), address, scene)
    watched.sign_in()
    return watched


@pytest.mark.parametrize(("question", "clicks", "answer"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_a_question_is_answered_within_two_clicks(
    visitor: Watched, question: str, clicks: tuple[str, ...], answer: str
) -> None:
    assert len(clicks) <= MOST_CLICKS
    visitor.complaints.clear()
    visitor.visit("/portal/")
    for selector in clicks:
        visitor.page.locator(visitor.scene.filled(selector)).first.click()
        visitor.page.wait_for_load_state()
    if os.environ.get("CI"):
        name = re.sub(r"[^a-z]+", "-", question.lower()).strip("-")
        visitor.page.screenshot(path=PHOTOGRAPHS / "questions" / f"{name}.png", full_page=True)
    assert re.search(answer, visitor.page.inner_text("main"), re.DOTALL), visitor.page.url
    assert visitor.complaints == []


def test_the_palette_goes_to_a_page_by_its_name_and_by_keyboard_alone(visitor: Watched) -> None:
    page = visitor.page
    visitor.visit("/portal/")
    page.keyboard.press("Control+k")
    page.keyboard.type("alias")
    assert page.locator(".palette [aria-selected=true]").inner_text().startswith("Model aliases")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/mappings")
    page.keyboard.press("Control+k")
    page.keyboard.type("receipts")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/docs/?q=receipts")
    assert page.locator(".hits li").count() > 0


def test_the_palette_closes_with_escape_and_gives_the_focus_back(visitor: Watched) -> None:
    page = visitor.page
    visitor.visit("/portal/usage")
    page.locator(".palette-open").focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog.palette").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("dialog.palette").is_hidden()
    assert page.evaluate("document.activeElement.className").endswith("palette-open")


def test_the_palette_is_absent_without_scripts(chromium: Browser, address: str, scene: Scene) -> None:
    context = chromium.new_context(locale="en-CA", java_script_enabled=False)
    watched = Watched(context.new_page(), address, scene)
    watched.sign_in()
    assert watched.page.locator(".palette-open").count() == 0
    assert watched.page.locator("nav.wide a").count() > 10
