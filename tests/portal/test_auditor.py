"""The auditor: reads usage, custody and activity, and neither keys nor content, and changes nothing."""

import pytest

from ni.access.accounts import DEFAULT, Role
from ni.factory.gateway import Gateway
from tests.portal.cast import BOB
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene
from tests.portal.test_activity import CASES, Visit

AUDITOR = {  # path: what an auditor gets
    "/portal/": 200,
    "/portal/usage": 200,
    "/portal/usage/export.csv": 200,
    "/portal/requests/{record}": 200,
    "/portal/custody": 200,
    "/portal/custody/{record}": 200,
    "/portal/activity": 200,
    "/portal/activity/{act}": 200,
    "/portal/settings": 200,
    "/portal/playground": 403,
    "/portal/keys": 403,
    "/portal/keys/{key}": 403,
    "/portal/byok": 403,
    "/portal/connect": 403,
    "/portal/settings/account": 403,
    "/portal/accounts": 403,
}


@pytest.fixture
def auditor(gateway: Gateway, visit: Visit, scene: Scene) -> Browser:
    """Bob, as an auditor."""
    gateway.access.members_of(DEFAULT).set_role(scene.places["bob"], Role.AUDITOR)
    return visit(BOB)


@pytest.mark.parametrize("path", AUDITOR)
def test_an_auditor_reads_what_was_done_and_neither_keys_nor_content(path: str, auditor: Browser) -> None:
    assert auditor.get(path).status_code == AUDITOR[path]


OWN = {"/portal/sign-out"}
"""What everybody may do for themselves."""


@pytest.mark.parametrize(
    "path", sorted({case.path for case in CASES.values() if case.who} - OWN | {"/portal/playground"})
)
def test_an_auditor_changes_nothing_of_the_account(path: str, auditor: Browser, gateway: Gateway) -> None:
    own = ("/portal/settings/profile", "/portal/settings/password", "/portal/settings/sess", "/portal/switch")
    if path.startswith((*own, "/portal/settings/second-factor")):
        pytest.skip("one's own")
    assert auditor.post(path, page="/portal/").status_code == 403


def test_the_navigation_offers_an_auditor_nothing_that_is_refused(auditor: Browser) -> None:
    page = auditor.get("/portal/").text
    assert 'href="/portal/activity"' in page
    for path in ("/portal/keys", "/portal/playground", "/portal/byok", "/portal/connect"):
        assert f'href="{path}"' not in page
