"""How the gateway is let in by AWS: bearer, keys, an account's own, and botocore's chain through the egress."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ni.domain import errors
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.providers.base import SettingLookup
from ni.providers.bedrock import Bedrock
from tests.fakes.bedrock_wire import ACCESS, BEARER, SECRET, BedrockWire
from tests.fakes.doors import make_door
from tests.fakes.orders import order, settings
from tests.fakes.raw_server import RawServer
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire

UPSTREAM = UPSTREAMS["bedrock"]
KEYS = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}
ASSUMED = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{ACCESS}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>tok</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


@pytest.fixture
def wire() -> Iterator[FakeWire]:
    with FakeWire(BedrockWire()) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, as the chain sees it."""
    for name in ("AWS_PROFILE", *KEYS, "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


def ask(wire: FakeWire, lookup: SettingLookup, byok: dict[str, Secret] | None = None, **options: str) -> str:
    """Send, and give the `Authorization` that was sent."""
    to = UPSTREAM.route(wire)
    to = replace(to, deployment=replace(to.deployment, options=options))
    Bedrock(make_door(), lookup).send(replace(order(to), byok=byok or {})).reply()
    return wire.seen[-1].headers["authorization"]


def test_an_api_key_goes_as_bearer_and_before_keys(wire: FakeWire) -> None:
    assert ask(wire, settings(AWS_BEARER_TOKEN_BEDROCK=BEARER, **KEYS)) == f"Bearer {BEARER}"


def test_keys_from_settings_sign(wire: FakeWire) -> None:
    assert f"Credential={ACCESS}/" in ask(wire, settings(**KEYS))
    assert "/ca-central-1/bedrock/aws4_request" in wire.seen[-1].headers["authorization"]


def test_a_session_token_is_signed_and_sent(wire: FakeWire) -> None:
    assert "x-amz-security-token" in ask(wire, settings(**KEYS, AWS_SESSION_TOKEN="t"))
    assert wire.seen[-1].headers["x-amz-security-token"] == "t"


def test_a_second_accounts_keys_are_named_by_the_deployment(wire: FakeWire) -> None:
    lookup = settings(TEAM_ID=ACCESS, TEAM_SECRET=SECRET, AWS_BEARER_TOKEN_BEDROCK="x", AWS_SESSION_TOKEN="x")
    ask(wire, lookup, access_key_setting="TEAM_ID", secret_key_setting="TEAM_SECRET")
    assert "x-amz-security-token" not in wire.seen[-1].headers


@pytest.mark.parametrize(
    "byok", [{"api_key": BEARER}, {"access_key_id": ACCESS, "secret_access_key": SECRET}]
)
def test_an_accounts_own_credential_is_used_instead_of_ours(wire: FakeWire, byok: dict[str, str]) -> None:
    ask(wire, settings(AWS_BEARER_TOKEN_BEDROCK="ours"), {name: Secret(text) for name, text in byok.items()})


def test_a_profile_is_read_by_botocore(wire: FakeWire, home: Path) -> None:
    (home / "credentials").write_text(f"[team]\naws_access_key_id={ACCESS}\naws_secret_access_key={SECRET}\n")
    assert ACCESS in ask(wire, settings(), profile="team")


def test_a_role_is_assumed_through_the_door(
    wire: FakeWire, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"
    body = ASSUMED.encode()
    (home / "credentials").write_text("[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=s\n")
    (home / "config").write_text(
        "[profile role]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=base\nregion=ca-central-1\n"
    )
    with RawServer([answer % (len(body), body)]) as sts:
        monkeypatch.setenv(
            "AWS_ENDPOINT_URL_STS", f"http://sts.test:{sts.port}"
        )  # a name that only our egress knows
        assert ACCESS in ask(wire, settings(), profile="role")
    assert b"Action=AssumeRole" in sts.seen[0]
    assert wire.seen[-1].headers["x-amz-security-token"] == "tok"


def test_what_the_door_refuses_botocore_does_not_reach_either(
    wire: FakeWire, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "credentials").write_text("[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=s\n")
    (home / "config").write_text(
        "[profile role]\nrole_arn=arn:aws:iam::1:role/x\nsource_profile=base\nregion=ca-central-1\n"
    )
    with RawServer() as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{sts.port}")
        egress = make_door(private="10.0.0.0/8")
        to = UPSTREAM.route(wire)
        to = replace(to, deployment=replace(to.deployment, options={"profile": "role"}))
        with pytest.raises(errors.Problem):
            Bedrock(egress, settings()).send(order(to))
    assert sts.connections == 0


@pytest.mark.parametrize("options", [{"profile": "absent"}, {"credentials": "chain"}])
def test_credentials_that_cannot_be_had_are_ours_to_mend(
    wire: FakeWire, home: Path, options: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(errors.UpstreamAuth):
        ask(wire, settings(), None, **options)
    assert any(entry.levelno == logging.ERROR for entry in caplog.records)
    assert wire.seen == []


@pytest.mark.parametrize(
    ("named", "options", "expected"),
    [
        ({}, {}, False),
        ({"AWS_BEARER_TOKEN_BEDROCK": "x"}, {}, True),
        (KEYS, {}, True),
        ({"AWS_ACCESS_KEY_ID": "x"}, {}, False),
        ({"AWS_PROFILE": "absent"}, {}, False),
        ({"AWS_PROFILE": "there"}, {}, True),
        ({"AWS_PROFILE": "absent"}, {"profile": "there"}, True),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "x"}, {}, True),
        ({}, {"credentials": "chain"}, True),
    ],
)
def test_whether_credentials_can_be_expected_is_told_without_asking_anybody(
    home: Path, named: dict[str, Any], options: dict[str, str], *, expected: bool
) -> None:
    deployment = Deployment("b", "bedrock", "ca-central-1", "CA", options=options)
    files = {name: str(home / name) for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")}
    if "AWS_PROFILE" in named:
        (home / "AWS_CONFIG_FILE").write_text("[profile there]\nregion = ca-central-1\n")
    lookup = settings(**files, **named)
    assert (Bedrock(make_door(), lookup).missing(deployment) is None) is expected
