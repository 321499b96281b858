"""What the pages say is so, over the real packages."""

from collections.abc import Iterator

import pytest

from ni.access.credential_forms import FORMS
from ni.access.links import Link, Links, Purpose
from tests.assembled import Assembled, assembled
from tests.portal.conftest import Browser

ALICE = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home")) as made:
        made.gateway.custodian.start("gw.example/custody/2026")
        yield made


@pytest.fixture(scope="module")
def alice(instance: Assembled) -> Browser:
    """The first person: operator, and owner of account `default`."""
    browser = Browser(instance.client)
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    assert browser.post(path, ALICE, page=path).status_code == 303
    return browser


def test_an_owner_can_add_a_credential_of_every_provider(alice: Browser) -> None:
    page = alice.get("/portal/byok").text
    for provider in FORMS:
        assert f'href="/portal/byok/{provider}"' in page
