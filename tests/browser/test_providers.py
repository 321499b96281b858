"""A stranger with one key of a provider and no shell: from the set-up link to the provider's answer, in the portal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched
from tests.browser.test_journeys import ALICE
from tests.fakes.openai_server import KEY as UPSTREAM_KEY
from tests.fakes.openai_server import FakeOpenAI
from tests.running import RunningGateway


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    """An instance that nobody has set up; the provider is at its address, and no key is known."""
    with FakeOpenAI() as upstream:
        gateway = RunningGateway(tmp_path / "home", OPENAI_BASE_URL=upstream.base_url)
        yield gateway
        if gateway.running:
            gateway.stop()


def test_a_stranger_with_one_key_and_no_shell_gets_an_answer(
    gateway: RunningGateway, chromium: Browser
) -> None:
    link = gateway.ni("init")["set_up_url"]
    gateway.start()
    watched = Watched(chromium.new_context(locale="en-CA").new_page(), gateway.url)
    page = watched.page
    watched.visit(link.removeprefix(gateway.url))
    watched.submit(**ALICE)
    page.click("text=Add a provider")
    page.click("main .cards a:has-text('OpenAI')")
    watched.submit(api_key="sk-of-somebody-else-0123456789")
    assert "refused" in page.inner_text("main .notice.error")
    page.click("a[href$='/OPENAI_API_KEY']")
    watched.submit(api_key=UPSTREAM_KEY)
    assert "answered on openai/" in page.inner_text("main")
    assert UPSTREAM_KEY not in page.content()
    page.click("text=Try it in the playground")
    watched.visit("/portal/keys/new")
    page.uncheck("#pii")
    watched.submit(name="First")
    watched.visit("/portal/playground")
    route = page.locator("#model option[value^='openai/']").first.get_attribute("value")
    page.select_option("#model", route)
    page.fill("#prompt", "Say hello.")
    page.click("main form.panel [type=submit]")
    page.wait_for_selector("#answer:not([aria-busy]):not(:empty)")
    assert page.inner_text("#answer").strip()
    watched.visit("/portal/")
    assert "No provider is configured" not in page.inner_text("main")
    assert watched.complaints == []
    stored = [each.read_bytes() for each in gateway.home.rglob("*") if each.is_file()]
    assert not any(UPSTREAM_KEY.encode() in octets for octets in stored)
