"""A headless Chromium and the portal on loopback."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright
from werkzeug.serving import make_server

from tests.portal.cast import ALICE, BOB, PASSWORD, FakePeople
from tests.portal.scenes import busy, make_app

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
def address() -> Iterator[str]:
    """Where the portal of a busy account is served."""
    services = busy()
    assert isinstance(services.people, FakePeople)
    services.people.with_codes.add(BOB.user_id)
    server = make_server("127.0.0.1", 0, make_app(services), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


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

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
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
        self.page.goto(self.address + path)

    def sign_in(self) -> None:
        """As Alice."""
        self.visit("/portal/sign-in")
        self.submit(email=ALICE.email, password=PASSWORD)
