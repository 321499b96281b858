"""`ni budget`: set, changed, listed and removed; what there is not is refused in one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningGateway

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    instance = RunningGateway(tmp_path)
    instance.ni("init")
    yield instance
    instance.kill()


def test_budgets_are_set_listed_changed_and_removed(gateway: RunningGateway) -> None:
    key_id = gateway.ni("key", "create", "--name", "robot")["id"]
    gateway.ni("budget", "set", "5", "--window", "day", "--key", key_id)
    whole = gateway.ni("budget", "set", "90.50", "--window", "month", "--alerts", "75")
    gateway.ni("budget", "set", "1", "--window", "day", "--tag", "nightly")
    again = gateway.ni("budget", "set", "100", "--window", "month")
    assert again["id"] == whole["id"]
    listed = gateway.ni("budget", "list")
    assert [(row["scope"], row["window"], row["limit"]) for row in listed] == [
        ("key", "day", "5.00"), ("tag", "day", "1.00"), ("account", "month", "100.00"),
    ]  # fmt: skip
    assert listed[1]["title"] == "nightly"
    assert listed[2] == again | {"resets_at": listed[2]["resets_at"]}
    assert gateway.ni("budget", "remove", whole["id"])["removed"]
    assert len(gateway.ni("budget", "list")) == 2
