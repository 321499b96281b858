"""The cookie of a browser that signed in before: bound to the address, signed, and without any right of its own."""

from pathlib import Path
from typing import Any

import pytest

from ni.access.accounts import Role
from ni.access.onboarding import NewUser
from ni.domain.secret import Secret
from ni.web.portal.sessions import known_device
from tests.assembled import ORIGIN, Assembled, assembled

EMAIL, PASSWORD = "owner@example.ca", "correct horse battery staple 7"


def sign_in(client: Any, password: str, remote: str) -> Any:
    """The answer to the form, from an address."""
    page = client.get("/portal/sign-in", base_url=ORIGIN, environ_overrides={"REMOTE_ADDR": remote}).text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    form = {"csrf_token": token, "email": EMAIL, "password": password}
    return client.post(
        "/portal/sign-in", data=form, base_url=ORIGIN, environ_overrides={"REMOTE_ADDR": remote}
    )


@pytest.fixture
def made(tmp_path: Path) -> Any:
    with assembled(tmp_path) as instance:
        people = instance.gateway.access.onboarding
        person = NewUser(EMAIL, "Owner", Secret(PASSWORD))
        people.create(person, "default", Role.OWNER)
        yield instance


def test_wrong_passwords_of_a_stranger_refuse_neither_another_place_nor_a_known_browser(
    made: Assembled,
) -> None:
    known = made.app.test_client()
    assert sign_in(known, PASSWORD, "203.0.113.9").status_code == 303
    cookies: Any = known._cookies
    cookie = next(value for value in cookies.values() if value.key.endswith("-device"))
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    known.post("/portal/sign-out", base_url=ORIGIN)
    known.delete_cookie(made.app.config["SESSION_COOKIE_NAME"], domain="127.0.0.1")
    stranger = made.app.test_client()
    answers = [sign_in(stranger, "wrong", "203.0.113.9").status_code for _ in range(6)]
    assert set(answers) == {403}
    assert sign_in(made.app.test_client(), PASSWORD, "203.0.113.9").status_code == 403
    assert sign_in(made.app.test_client(), PASSWORD, "198.51.100.1").status_code == 303


def test_a_known_browser_passes_where_its_whole_network_pauses(made: Assembled) -> None:
    known = made.app.test_client()
    assert sign_in(known, PASSWORD, "203.0.113.9").status_code == 303
    known.delete_cookie(made.app.config["SESSION_COOKIE_NAME"], domain="127.0.0.1")
    for _ in range(30):
        sign_in(made.app.test_client(), "wrong", "203.0.113.9")
    assert sign_in(made.app.test_client(), PASSWORD, "203.0.113.9").status_code in (403, 429)
    assert sign_in(known, PASSWORD, "203.0.113.9").status_code == 303


def test_a_cookie_that_was_made_up_or_is_of_another_address_is_none(made: Assembled) -> None:
    client = made.app.test_client()
    for value in ("", "x", "WyJhIiwiYiJd.aaaa.bbbb"):
        client.set_cookie(f"{made.app.config['SESSION_COOKIE_NAME']}-device", value, domain="127.0.0.1")
        for _ in range(5):
            sign_in(client, "wrong", "203.0.113.9")
        assert sign_in(client, PASSWORD, "203.0.113.9").status_code == 403


def test_a_cookie_counts_for_the_address_that_signed_in_with_it_alone(made: Assembled) -> None:
    known = made.app.test_client()
    assert sign_in(known, PASSWORD, "203.0.113.9").status_code == 303
    cookies: Any = known._cookies
    cookie = next(value for value in cookies.values() if value.key.endswith("-device"))
    with made.app.test_request_context("/", headers={"Cookie": f"{cookie.key}={cookie.value}"}):
        assert known_device(EMAIL) == known_device(f" {EMAIL.upper()}") != ""
        assert known_device("zoe@example.ca") == ""
