"""`ni alert`: receivers are added, tested and removed; drift's webhook of the settings is one of them, signed."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from ni.alerts.conditions import drifted
from ni.domain.route import Drift
from tests.assembled import opened
from tests.fakes.raw_server import RawServer
from tests.running import RunningGateway

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
DRIFT = Drift("bedrock", "bedrock-ca", "bedrock/x-ca", "address", "ca-central-1", "eu-west-1", refused=True)


def test_receivers_are_added_listed_tested_and_removed(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path, NI_PRIVATE_NETWORKS="127.0.0.0/8")
    gateway.ni("init")
    with RawServer([OK]) as server:
        made = gateway.ni("alert", "add", "webhook", f"http://127.0.0.1:{server.port}/ni")
        assert gateway.ni("alert", "test", made["id"])["arrived"]
    (listed,) = gateway.ni("alert", "receivers")
    assert listed == made
    body = server.seen[0].partition(b"\r\n\r\n")[2]
    assert json.loads(body)["type"] == "test"
    assert [alert["type"] for alert in gateway.ni("alert", "list")] == ["test"]
    gateway.ni("alert", "remove", made["id"])
    assert gateway.ni("alert", "receivers") == []


@pytest.mark.parametrize("secret", ["", "s3cret"])
def test_the_webhook_for_drift_is_signed_with_and_without_a_secret_of_its_own(
    tmp_path: Path, secret: str
) -> None:
    with RawServer([OK]) as server:
        settings = {
            "NI_PRIVATE_NETWORKS": "127.0.0.0/8",
            "NI_DRIFT_WEBHOOK": f"http://127.0.0.1:{server.port}/ni",
            "NI_DRIFT_WEBHOOK_SECRET": secret,
        }
        cli = RunningGateway(tmp_path, **settings)
        cli.ni("init")
        (receiver,) = cli.ni("alert", "receivers", "--instance")
        with opened(tmp_path, settings) as gateway:
            gateway.alerts.book.raise_all(drifted([(DRIFT, 3)], gateway.clock.now()))
            assert gateway.alerts.deliveries.send_due() == 1
            assert gateway.alerts.deliveries.send_due() == 0
            gateway.alerts.egress.forget()
    head, _, body = server.seen[0].partition(b"\r\n\r\n")
    event = json.loads(body)
    assert (event["type"], event["events"][0]["count"]) == ("residency_drift", 3)
    (line,) = (line for line in head.decode().split("\r\n") if line.lower().startswith("x-ni-signature: "))
    told = dict(part.split("=", 1) for part in line.partition(": ")[2].split(","))
    key = (secret or receiver["secret"]).encode()
    assert told["v1"] == hmac.new(key, f"{told['t']}.".encode() + body, hashlib.sha256).hexdigest()
