"""A headless Chromium and the portal on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from tests.portal.cast import ALICE, PASSWORD
from tests.portal.scenes import Scene, busy
from tests.portal.serving import served

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and let them open sockets: the server and the browser are on loopback."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A busy account, whose ids stand in the paths of the tests in braces."""
    return busy(tmp_path_factory.mktemp("busy") / "home")


@pytest.fixture(scope="session")
def address(scene: Scene) -> Iterator[str]:
    """Where its portal is served."""
    with served(scene, factor_of="bob") as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the distribution; skipped where there is none."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page that keeps what its console, its dialogs and its policy complained about."""

    def __init__(self, page: Page, address: str, scene: Scene | None = None) -> None:
        self.page = page
        self.address = address
        self.scene = scene or Scene(Path())
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("dialog", self._refuse)
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', "
            "event => console.error('CSP', event.violatedDirective, event.blockedURI))"
        )

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def submit(self, **answers: str) -> None:
        """Fill the fields of the page by their ids and press the form's button."""
        for name, value in answers.items():
            self.page.fill(f"#{name}", value)
        self.page.click("main form.panel [type=submit]")

    def visit(self, path: str) -> None:
        """Load a page."""
        self.page.goto(self.address + self.scene.filled(path))

    def sign_in(self) -> None:
        """As Alice."""
        self.visit("/portal/sign-in")
        self.submit(email=ALICE.email, password=PASSWORD)
