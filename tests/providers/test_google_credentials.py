"""How the gateway is let in by Google: a static token, a service account through the egress, an account's own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ni.domain import errors
from ni.domain.secret import Secret
from ni.providers.base import SettingLookup
from ni.providers.vertex import Vertex
from tests.fakes.doors import make_door
from tests.fakes.orders import order, route, settings
from tests.fakes.raw_server import RawServer
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.vertex_wire import PROJECT, TOKEN, VertexWire
from tests.fakes.wire_server import FakeWire

UPSTREAM = UPSTREAMS["vertex_ai"]


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(VertexWire()) as server:
        yield server


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(65537, 2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def account(key: str, port: int) -> str:
    """The key file of a service account whose tokens are granted at a loopback port."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": key,
            "client_email": "ni@project-1.iam.gserviceaccount.com",
            "token_uri": f"http://oauth.test:{port}/token",
        }
    )


def granted(body: Any, status: int = 200) -> bytes:
    wire = json.dumps(body).encode()
    head = "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return (head % (status, len(wire))).encode() + wire


GRANT = granted({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})


def ask(wire: FakeWire, lookup: SettingLookup, byok: dict[str, Secret] | None = None, times: int = 1) -> None:
    vertex = Vertex(make_door(), lookup)
    for _ in range(times):
        given = replace(order(UPSTREAM.route(wire)), byok=byok or {})
        assert vertex.send(given).reply()["choices"][0]["finish_reason"] == "stop"


def test_a_service_accounts_token_comes_through_the_door_once(
    wire: FakeWire, key: str, tmp_path: Path
) -> None:
    with RawServer([GRANT]) as oauth:  # at a name that only our egress knows
        file = tmp_path / "key.json"
        file.write_text(account(key, oauth.port))
        ask(wire, settings(GOOGLE_APPLICATION_CREDENTIALS=str(file)), times=2)
    assert len(oauth.seen) == 1
    assert b"assertion=" in oauth.seen[0]


def test_an_accounts_own_key_brings_its_own_project(wire: FakeWire, key: str) -> None:
    with RawServer([GRANT]) as oauth:
        own = {"service_account": Secret(account(key, oauth.port))}
        ask(wire, settings(NI_VERTEX_ACCESS_TOKEN="ours", GOOGLE_CLOUD_PROJECT="ours"), own, times=2)
    assert len(oauth.seen) == 1


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        json.dumps({"type": "external_account", "credential_source": {"executable": {"command": "/bin/id"}}}),
        json.dumps({"type": "service_account", "project_id": PROJECT, "private_key": "x"}),
    ],
)
def test_what_is_no_service_account_is_refused_and_nothing_of_it_is_run(wire: FakeWire, content: str) -> None:
    own = {"service_account": Secret(content), "project": Secret(PROJECT)}
    with pytest.raises(errors.CredentialRefused):
        ask(wire, settings(), own)
    assert wire.seen == []


def test_a_refused_service_account_is_ours_to_mend(wire: FakeWire, key: str, tmp_path: Path) -> None:
    with RawServer([granted({"error": "invalid_grant"}, 400)]) as oauth:
        file = tmp_path / "key.json"
        file.write_text(account(key, oauth.port))
        with pytest.raises(errors.UpstreamAuth):
            ask(wire, settings(GOOGLE_APPLICATION_CREDENTIALS=str(file)))


def test_where_tokens_come_from_may_be_down(wire: FakeWire, key: str, tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(account(key, 1))
    with pytest.raises(errors.UpstreamBusy):
        ask(wire, settings(GOOGLE_APPLICATION_CREDENTIALS=str(file)))


def test_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    bare = route("vertex_ai").deployment
    assert "GOOGLE_APPLICATION_CREDENTIALS" in str(Vertex(make_door(), settings()).missing(bare))
    token = settings(NI_VERTEX_ACCESS_TOKEN="t")
    assert "GOOGLE_CLOUD_PROJECT" in str(Vertex(make_door(), token).missing(bare))
    assert Vertex(make_door(), UPSTREAM.lookup()).missing(bare) is None
