"""Behind the operator's proxies, people are told apart by the address that the outermost proxy saw."""

from pathlib import Path

import pytest

from ni.domain.caller import network_of
from ni.domain.clock import SystemClock
from tests.assembled import Assembled, assembled
from tests.portal.conftest import Browser

HOST = {"Host": "127.0.0.1:8000"}
BURST = 20
"""Tries that one network has before it must wait."""


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still: a try takes a good part of a second, in which a slow machine would give some back."""
    now_s = SystemClock().monotonic()
    monkeypatch.setattr(SystemClock, "monotonic", lambda _: now_s)


def try_from(instance: Assembled, chain: str, times: int = 1) -> list[int]:
    """What so many wrong sign-ins are answered that came with this `X-Forwarded-For`."""
    browser = Browser(instance.app.test_client())
    tried = [
        {"email": f"{chain.split(',', maxsplit=1)[0]}.{at}@example.ca", "password": "not the password"}
        for at in range(times)
    ]
    return [browser.post("/portal/sign-in", answers, X_Forwarded_For=chain).status_code for answers in tried]


def test_one_who_tries_too_often_does_not_lock_out_the_others(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_TRUSTED_PROXIES="1") as instance:
        assert try_from(instance, "198.51.100.7", BURST + 1)[-1] == 429
        assert try_from(instance, "203.0.113.9") == [403]


def test_an_address_that_a_client_wrote_itself_counts_for_nothing(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_TRUSTED_PROXIES="1") as instance:
        assert try_from(instance, "198.51.100.7", BURST + 1)[-1] == 429
        assert try_from(instance, "203.0.113.9, 198.51.100.7") == [429]


def test_without_trusted_proxies_the_header_is_ignored(tmp_path: Path) -> None:
    with assembled(tmp_path) as instance:
        assert try_from(instance, "198.51.100.7", BURST + 1)[-1] == 429
        assert try_from(instance, "203.0.113.9") == [429]
        loopback = {"REMOTE_ADDR": "127.0.0.1"}
        assert instance.client.get("/metrics", environ_base=loopback).status_code == 200


def test_numbers_are_not_for_who_comes_through_a_proxy(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_TRUSTED_PROXIES="1") as instance:
        for chain in ("198.51.100.7", "127.0.0.1"):
            assert instance.client.get("/metrics", headers={"X-Forwarded-For": chain}).status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"NI_PUBLIC_URL": "https://gateway.example.ca"},
        {"NI_BIND": "unix:/run/ni.sock", "NI_PUBLIC_URL": "http://127.0.0.1:8000"},
        {"NI_TRUSTED_PROXIES": "1"},
    ],
)
def test_behind_a_proxy_that_says_nothing_numbers_need_a_token(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with assembled(tmp_path / "without", **settings) as instance:
        for address in ("127.0.0.1", ""):
            loopback = {"REMOTE_ADDR": address}
            assert instance.client.get("/metrics", environ_base=loopback, headers=HOST).status_code == 404
    with assembled(tmp_path / "with", NI_METRICS_TOKEN="of-the-tests", **settings) as instance:
        for token, status in (("of-the-tests", 200), ("another", 404)):
            headers = {**HOST, "Authorization": f"Bearer {token}"}
            assert instance.client.get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize("proxies", [1, 2, 3])
def test_of_several_proxies_the_outermost_one_is_believed(tmp_path: Path, proxies: int) -> None:
    """Each proxy adds the address that it saw: those of our own inner ones are nobody's."""
    inner = "".join(f", 10.0.0.{at}" for at in range(1, proxies))
    with assembled(tmp_path, NI_TRUSTED_PROXIES=str(proxies)) as instance:
        assert try_from(instance, f"198.51.100.7{inner}", 2 * BURST)[-1] == 429
        assert try_from(instance, f"203.0.113.9{inner}") == [403]
        assert try_from(instance, f"203.0.113.9, 198.51.100.7{inner}") == [429]


def test_a_key_s_list_of_addresses_is_asked_about_the_client_and_not_about_the_proxy(tmp_path: Path) -> None:
    with assembled(tmp_path, NI_TRUSTED_PROXIES="1") as instance:
        headers = instance.headers(networks=frozenset({network_of("203.0.113.0/24")}))
        for chain, status in (
            ("203.0.113.9", 200),
            ("198.51.100.7", 403),
            ("203.0.113.9, 198.51.100.7", 403),
            ("198.51.100.7, 203.0.113.9", 200),
        ):
            sent = {**headers, **HOST, "X-Forwarded-For": chain}
            assert instance.client.get("/v1/models", headers=sent).status_code == status
