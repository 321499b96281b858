"""Browsers of the cast, without a browser: a client for each person against one app over the real packages."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ni.factory.application import portal_services
from ni.factory.gateway import Gateway
from ni.providers.sandbox import Sandbox
from ni.web.docs import Guides
from ni.web.portal.context import EXTENSION, Portal
from tests.fakes.own_servers import without_sockets
from tests.portal.cast import ALICE, BOB, CHARLIE, PASSWORD, Person
from tests.portal.scenes import GUIDES, Scene, at_work, busy, copied, fresh, make_app

HOST = "127.0.0.1:8000"


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class Browser:
    """A client that keeps cookies and sends each form with the token of the page it was on."""

    def __init__(self, client: FlaskClient, scene: Scene | None = None) -> None:
        self.client = client
        self.scene = scene or Scene(Path())

    def get(self, path: str, **headers: str) -> TestResponse:
        """A page."""
        return self.client.get(self.scene.filled(path), base_url=f"http://{HOST}", headers=_named(headers))

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
            self.scene.filled(path),
            base_url=f"http://{HOST}",
            headers=_named(headers),
            data={"csrf_token": found[1], **(answers or {})},
        )

    def sign_in(self, person: Person, password: str = PASSWORD) -> TestResponse:
        """As the sign-in form does it."""
        return self.post("/portal/sign-in", {"email": person.email, "password": password})


@pytest.fixture(scope="session")
def busy_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return busy(tmp_path_factory.mktemp("busy") / "home")


@pytest.fixture(scope="session")
def fresh_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return fresh(tmp_path_factory.mktemp("fresh") / "home")


@pytest.fixture(scope="session")
def one_app(fresh_scene: Scene) -> Iterator[Flask]:
    """The app that the tests share: its templates are compiled once. Each test puts its own services in."""
    with at_work(fresh_scene.home) as gateway:
        yield make_app(gateway)


@pytest.fixture
def scene(busy_scene: Scene) -> Scene:
    """What the test begins with; tests of an instance that nobody has set up say `fresh_scene`."""
    return busy_scene


@pytest.fixture
def gateway(scene: Scene, tmp_path: Path) -> Iterator[Gateway]:
    """The gateway of a copy of the scene."""
    with copied(scene, tmp_path / "home") as gateway:
        yield gateway


@pytest.fixture
def app(one_app: Flask, gateway: Gateway) -> Iterator[Flask]:
    """The app with the services of the test's gateway and the guide of the tests."""
    before: Portal = one_app.extensions[EXTENSION]
    guides = Guides(GUIDES, before.options.public_url)
    one_app.extensions[EXTENSION] = replace(before, services=portal_services(gateway), guides=guides)
    yield one_app
    one_app.extensions[EXTENSION] = before


@pytest.fixture
def options(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes options of the instance for one test."""

    def change(**changes: object) -> None:
        portal: Portal = app.extensions[EXTENSION]
        changed = replace(portal.options, **changes)  # type: ignore[arg-type]
        monkeypatch.setitem(app.extensions, EXTENSION, replace(portal, options=changed))
        monkeypatch.setitem(app.jinja_env.globals, "options", changed)

    return change


@pytest.fixture
def visit(app: Flask, scene: Scene, gateway: Gateway) -> Callable[..., Browser]:
    """A browser, signed in as someone of the cast or as nobody.

    The session is a real one; only the form is left out, which has tests of its own, because most tests sign in.
    """

    def open_browser(person: Person | None = None) -> Browser:
        browser = Browser(app.test_client(), scene)
        if person:
            name = person.email.partition("@")[0]
            account = scene.places["austral" if person is CHARLIE else "boreal"]
            token = gateway.access.sessions.start(scene.places[name], account, "Werkzeug")
            with browser.client.session_transaction(base_url=f"http://{HOST}") as cookie:
                cookie["_user_id"] = token.reveal()
        return browser

    return open_browser


@pytest.fixture
def alice(visit: Callable[..., Browser]) -> Browser:
    return visit(ALICE)


@pytest.fixture
def bob(visit: Callable[..., Browser]) -> Browser:
    return visit(BOB)


@pytest.fixture
def charlie(visit: Callable[..., Browser]) -> Browser:
    return visit(CHARLIE)


@pytest.fixture
def nobody(visit: Callable[..., Browser]) -> Browser:
    return visit()


@pytest.fixture
def faked_providers(gateway: Gateway) -> None:
    """Nothing leaves: a credential is tried on a fake."""
    replaced: Any = gateway.providers
    replaced["openai"] = replaced["local"] = Sandbox()
    without_sockets(gateway)
