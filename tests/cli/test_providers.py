"""`ni provider` and `ni deployment`, for every provider that takes a credential of the operator's."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ni.__main__ import command_parts
from ni.access.platform_credentials import CredentialSlot
from ni.cli.context import Parts
from ni.domain.secret import Secret
from ni.factory import gateway
from ni.outbound.client import EgressClient
from ni.providers.base import Provider
from ni.providers.registry import build_providers
from tests.cli.conftest import Run
from tests.provider_forms import BAD, CANARY, SLOTS, answers, put_on_the_wire


@pytest.fixture
def parts() -> Parts:
    """All commands."""
    return command_parts()


@pytest.fixture(autouse=True)
def wires(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """An instance whose providers are asked without a network, and no variable that would win."""
    for slot in SLOTS.values():
        for name in (*slot.settings.values(), *slot.credential.others):
            monkeypatch.delenv(name, raising=False)

    def offline(egress: EgressClient, lookup: Callable[[str], Secret | None]) -> Mapping[str, Provider]:
        built = dict(build_providers(egress, lookup))
        put_on_the_wire(built, lookup)
        return built

    monkeypatch.setattr(gateway, "build_providers", offline)
    run("init")


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Puts a JSON value on standard input."""
    return lambda value: monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(value)))


@pytest.mark.parametrize("slot", SLOTS.values(), ids=SLOTS)
def test_each_credential_is_set_tried_listed_and_removed(
    slot: CredentialSlot, run: Run, type_in: Callable[[object], None], home: Path
) -> None:
    type_in(answers(slot))
    stored = run("provider", "set", slot.name)
    assert (stored["state"], stored["tried"]["ok"]) == ("stored", True)
    listed = {each["name"]: each for each in run("provider", "list")}
    assert listed[slot.name]["state"] == "stored"
    assert run("provider", "test", slot.name)["tried"]["ok"]
    assert CANARY not in str([stored, listed, run("activity", "list"), run("doctor")])
    assert not [path for path in home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert run("provider", "remove", slot.name)["removed"]


def test_a_provider_s_own_name_stands_for_its_usual_credential(
    run: Run, refused: Run, type_in: Callable[[object], None]
) -> None:
    type_in({"api_key": BAD})
    stored = run("provider", "set", "openai")
    assert stored["name"] == "OPENAI_API_KEY"
    assert not stored["tried"]["ok"]
    run("provider", "remove", "openai")
    assert "No credential is stored" in refused("provider", "remove", "openai")
    assert "no place for a credential 'HOME'" in refused("provider", "set", "HOME")
    type_in(["no", "object"])
    assert "api_key" in refused("provider", "set", "openai")


def test_a_variable_of_the_environment_wins(
    refused: Run, type_in: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    type_in({"api_key": BAD})
    assert "OPENAI_API_KEY is set in the environment" in refused("provider", "set", "openai")


def test_a_deployment_is_shown_added_placed_and_removed(run: Run, refused: Run) -> None:
    new = (
        "deployment",
        "add",
        "azure-two",
        "--provider",
        "azure",
        "--region",
        "canadaeast",
        "--jurisdiction",
        "CA",
    )
    shown = run(*new, "--dry-run")
    assert (shown["applied"], [each["what"] for each in shown["changes"]]) == (
        False,
        ["deployment azure-two"],
    )
    assert run(*new)["changes"] == shown["changes"]
    assert "azure-two" in {each["id"] for each in run("deployment", "list")}
    run("deployment", "route", "azure/gpt-4.1-mini-ca", "azure-ca", "azure-two")
    assert "named by 1 routes" in refused("deployment", "remove", "azure-two")
    run("deployment", "route", "azure/gpt-4.1-mini-ca", "azure-ca")
    assert run("deployment", "remove", "azure-two")["removed"]
    assert "no tier of azure" in refused(*new[:-1], "US")
