"""Browsers of the cast, without a browser: a client for each person against one app."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ni.web.portal.context import EXTENSION
from ni.web.portal.services import Person, PortalServices
from tests.portal.cast import ALICE, BOB, CHARLIE, PASSWORD
from tests.portal.scenes import busy, make_app

HOST = "127.0.0.1:8000"


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class Browser:
    """A client that keeps cookies and sends each form with the token of the page it was on."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> TestResponse:
        """A page."""
        return self.client.get(path, base_url=f"http://{HOST}", headers=_named(headers))

    def post(
        self,
        path: str,
        answers: Mapping[str, object] | None = None,
        page: str = "/portal/sign-in",
        **headers: str,
    ) -> TestResponse:
        """A form of `page`, sent to `path`."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page, **headers).text or "")
        if found is None and page != "/":
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/", **headers).text)
        assert found
        return self.client.post(
            path,
            base_url=f"http://{HOST}",
            headers=_named(headers),
            data={"csrf_token": found[1], **(answers or {})},
        )

    def sign_in(self, person: Person, password: str = PASSWORD) -> TestResponse:
        """As the sign-in form does it."""
        return self.post("/portal/sign-in", {"email": person.email, "password": password})


@pytest.fixture
def services() -> PortalServices:
    return busy()


@pytest.fixture(scope="session")
def one_app() -> Flask:
    """The app that the cast shares: its templates are compiled once."""
    return make_app(busy())


@pytest.fixture
def visit(one_app: Flask, services: PortalServices) -> Callable[[Person | None], Browser]:
    """A browser, signed in as someone of the cast or as nobody; the services are the test's own."""
    app = one_app
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], services=services)

    def open_browser(person: Person | None = None) -> Browser:
        browser = Browser(app.test_client())
        if person:
            assert browser.sign_in(person).status_code == 303
        return browser

    return open_browser


@pytest.fixture
def alice(visit: Callable[[Person | None], Browser]) -> Browser:
    return visit(ALICE)


@pytest.fixture
def bob(visit: Callable[[Person | None], Browser]) -> Browser:
    return visit(BOB)


@pytest.fixture
def charlie(visit: Callable[[Person | None], Browser]) -> Browser:
    return visit(CHARLIE)


@pytest.fixture
def nobody(visit: Callable[[Person | None], Browser]) -> Browser:
    return visit(None)
