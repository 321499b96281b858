"""Every command that changes something leaves a record of who ran it, and `ni activity list` shows it."""

import argparse
import getpass
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.catalog.load import SHIPPED
from ni.cli import _parser, main
from tests.cli.conftest import Run
from tests.cli.test_custody import started

ALICE = "alice@example.ca"
PASSWORD = "an orchard in September"
CASES: dict[str, tuple[list[str], list[str]]] = {
    "user create": (["bob@example.ca"], ["person.created", "link.issued"]),
    "user promote": ([ALICE], ["operator.changed"]),
    "user demote": (["{second}"], ["operator.changed"]),
    "user remove": (["{second}"], ["person.removed"]),
    "user reset-password": ([ALICE], ["link.issued"]),
    "user reset-second-factor": ([ALICE], ["second_factor.changed"]),
    "account create": (["Austral"], ["account.created", "link.issued"]),
    "account require": (["default", "--min-evidence", "B"], ["account.changed"]),
    "account block": (["default", "--label", "SIN"], ["account.changed"]),
    "account credit": (["default", "25.00"], ["credit.granted"]),
    "key create": (["--name", "Mine"], ["key.created"]),
    "key edit": (["{key}", "--name", "Other"], ["key.changed"]),
    "key rotate": (["{key}"], ["key.rotated"]),
    "key revoke": (["{key}"], ["key.revoked"]),
    "budget set": (["25.00", "--window", "month"], ["budget.set"]),
    "budget remove": (["{budget}"], ["budget.removed"]),
    "alert add": (["mail", "ops@example.ca"], ["receiver.added"]),
    "alert remove": (["{receiver}"], ["receiver.removed"]),
    "sso allow": (["staff"], ["group.allowed"]),
    "sso disallow": (["{group}"], ["group.removed"]),
    "catalog import": (["{catalog}"], ["catalog.changed"]),
    "catalog diff": (["--shipped", "{offered}"], ["catalog.changed"]),
    "custody rotate": ([], ["log.changed"]),
    "custody new-log": (["gw.example/custody/2027"], ["log.changed"]),
    "custody erase": (["a1"], ["record.erased"]),
    "custody erase-account": (["default", "the account ended"], ["record.erased"]),
}
"""Arguments, and what is on record afterwards, in this order."""
UNCHANGING = {
    "init": "a second run; the first is in test_what_init_makes_is_on_record",
    "upgrade": "as init",
    "serve": "serves; what people change there is on record of the portal",
    "restore": "puts files in place, of an instance that is not there yet",
    "catalog check": "compares; with --import-from see test_imported_prices_are_on_record",
    **dict.fromkeys(
        [
            *(
                "doctor",
                "backup",
                "usage",
                "completion",
                "catalog diff",
                "activity list",
                "user list",
                "account list",
                "account statement",
            ),
            *("key list", "budget list", "alert list", "alert receivers", "alert test", "sso check"),
            *("sso list", "catalog export", "catalog discover", "custody verify", "custody fsck"),
            *("custody checkpoint", "custody export", "residency refresh", "residency show", "pii scan"),
        ],
        "reads, or writes files alone",
    ),
}


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """All commands by their words."""
    groups = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(words)
    for group in groups:
        for word, below in group.choices.items():
            yield from commands(below, (*words, word))


def test_every_command_is_in_these_cases() -> None:
    assert set(commands(_parser(command_parts()))) == {*CASES, *UNCHANGING}


@pytest.fixture
def ni(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs any command of an instance with a started log."""
    monkeypatch.setenv("HOME", str(home.parent))

    def one(*arguments: str) -> Any:
        import json

        capsys.readouterr()
        assert main([*arguments, "--json"], command_parts()) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    one("init")
    started(home)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    one("user", "create", ALICE, "--password-stdin")
    return one


def filled(ni: Run, word: str, home: Path) -> str:
    """What stands for a place in braces, made for the test."""
    match word:
        case "{second}":
            ni("user", "create", "dana@example.ca")
            ni("user", "promote", "dana@example.ca")
            return "dana@example.ca"
        case "{key}":
            return str(ni("key", "create", "--name", "Laptop")["id"])
        case "{budget}":
            return str(ni("budget", "set", "9.00", "--window", "day")["id"])
        case "{receiver}":
            return str(ni("alert", "add", "mail", "ops@example.ca")["id"])
        case "{group}":
            ni("sso", "allow", "staff")
            return "staff"
        case "{catalog}":
            path = home / "catalog.toml"
            path.write_text(SHIPPED.read_text().replace('input = "', 'input = "1', 1))
            return str(path)
        case "{offered}":
            ni("catalog", "import", filled(ni, "{catalog}", home))
            return "--take-all"
    return word


@pytest.mark.parametrize("command", CASES)
def test_each_command_that_changes_something_is_on_record(command: str, ni: Run, home: Path) -> None:
    arguments, kinds = CASES[command]
    words = [filled(ni, word, home) for word in arguments]
    before = {act["record"] for act in ni("activity", "list")}
    ni(*command.split(), *words)
    made = [act for act in ni("activity", "list") if act["record"] not in before][::-1]
    assert [act["kind"] for act in made] == kinds
    assert {(act["who"], act["how"]) for act in made} == {(getpass.getuser(), "command")}
    assert ni("custody", "fsck")["findings"] == []


def test_what_init_makes_is_on_record(ni: Run) -> None:
    kinds = [act["kind"] for act in ni("activity", "list")][::-1]
    assert kinds[:3] == ["account.created", "catalog.changed", "link.issued"]
    again = len(kinds)
    ni("init")
    assert len(ni("activity", "list")) == again


def test_the_list_is_narrowed_by_account_kind_text_and_day(ni: Run) -> None:
    ni("key", "create", "--name", "Laptop")
    ni("account", "create", "Austral")

    def listed(*words: str) -> list[str]:
        return [act["kind"] for act in ni("activity", "list", *words)]

    assert listed("--kind", "key") == ["key.created"]
    assert listed("--text", "laptop") == ["key.created"]
    assert listed("--account", "Austral")[-1] == "account.created"
    assert "catalog.changed" in listed("--instance")
    assert listed("--since", "2999-01-01") == []
    assert len(listed("--limit", "1")) == 1
