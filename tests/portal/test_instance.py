"""Instance: what the operator sees of the whole, and second operators."""

from pathlib import Path

import pytest

import ni
from ni.factory.gateway import Gateway
from tests.portal.cast import ALICE, BOB, CHARLIE
from tests.portal.conftest import Browser
from tests.portal.scenes import ENVIRON, Scene
from tests.portal.test_operator import row_of

PAGE = "/portal/instance"


def test_the_page_says_what_the_instance_is_and_how_it_is(alice: Browser, gateway: Gateway) -> None:
    gateway.processes.register(0)
    text = alice.get(PAGE).text
    assert ni.__version__ in text
    assert "Works" in row_of(text, "Database")
    assert str(gateway.instance.process_id) not in text
    assert row_of(text, gateway.processes.heartbeats()[0].process.host)
    newest = max(route.price.since for route in gateway.catalog.routes() if route.price)
    assert newest in text
    assert "enforce" in row_of(text, "NI_RESIDENCY_MODE")
    assert "sqlite" in row_of(text, "NI_DATABASE_URL")


def test_a_part_that_fails_is_named_with_what_to_do(alice: Browser, gateway: Gateway) -> None:
    gateway.freeze.stop("a leaf is missing")
    tiles, _, table = alice.get(PAGE).text.partition('id="health"')
    assert "Not ready" in tiles
    assert "Fails" in row_of(table, "Custody log")
    assert "ni custody fsck" in row_of(table, "Custody log")


def test_no_secret_of_the_instance_is_on_the_page(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    text = alice.get(PAGE).text
    secret = ("AWS_SECRET_ACCESS_KEY", "AZURE_OPENAI_API_KEY", "NI_VERTEX_ACCESS_TOKEN")
    assert [name for name in secret if ENVIRON[name] in text] == []
    for path in (Path(gateway.settings.home) / "secrets").iterdir():
        assert path.read_bytes().strip().decode("latin-1") not in text


def test_a_second_operator_is_added_and_taken_away_again(
    alice: Browser, bob: Browser, gateway: Gateway, scene: Scene
) -> None:
    assert bob.get(PAGE).status_code == 403
    assert "End operatorship" not in alice.get(PAGE).text  # she is the only one
    added = alice.post(f"{PAGE}/operators", {"email": BOB.new.email.upper()}, page=PAGE)
    assert added.status_code == 303
    assert gateway.access.users.get(scene.places["bob"]).operator  # type: ignore[union-attr]
    address = f"{PAGE}/operators/{scene.places['bob']}/demote"
    assert BOB.new.email in alice.get(address).text
    assert alice.post(address, page=address).status_code == 303
    assert not gateway.access.users.get(scene.places["bob"]).operator  # type: ignore[union-attr]
    assert alice.get(address).status_code == 404


def test_the_last_operator_stays(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    address = f"{PAGE}/operators/{scene.places['alice']}/demote"
    assert alice.post(address, page=PAGE).status_code == 400
    assert gateway.access.users.get(scene.places["alice"]).operator  # type: ignore[union-attr]


@pytest.mark.parametrize("email", ["nobody@example.ca", "", "x" * 300])
def test_who_has_not_joined_cannot_run_the_instance(alice: Browser, email: str) -> None:
    answer = alice.post(f"{PAGE}/operators", {"email": email}, page=PAGE)
    assert answer.status_code == 400
    assert 'id="email-error-1"' in answer.text


def test_operators_are_listed_and_others_are_not(alice: Browser) -> None:
    table = alice.get(PAGE).text.partition('id="operators"')[2].partition("</table>")[0]
    assert ALICE.new.email in table
    assert not [other for other in (BOB, CHARLIE) if other.new.email in table]
