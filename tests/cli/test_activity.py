"""Every command that changes something leaves a record of who ran it, and `ni activity list` shows it."""

import argparse
import getpass
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.catalog.load import SHIPPED
from ni.cli import _parser, main
from tests.cli.conftest import Run
from tests.cli.test_custody import started
from tests.web.admin.cast import GOOGLE_KEY as WITHOUT_PROJECT

ALICE = "alice@example.ca"
PASSWORD = "an orchard in September"
GOOGLE_KEY = json.dumps({"service_account": WITHOUT_PROJECT})
SECRET = '{"api_key": "sk-canary-0123456789abcdef-x7Qa"}'
CASES: dict[str, tuple[list[str], list[str]]] = {
    "user create": (["bob@example.ca"], ["person.created", "link.issued"]),
    "user promote": ([ALICE], ["operator.changed"]),
    "user demote": (["{second}"], ["operator.changed"]),
    "user remove": (["{second}"], ["person.removed"]),
    "user uninvite": (["{invitation}", "--account", "Prairie"], ["link.withdrawn"]),
    "user reset-password": ([ALICE], ["link.issued"]),
    "user reset-second-factor": ([ALICE], ["second_factor.changed"]),
    "account create": (["Austral"], ["account.created", "link.issued"]),
    "account require": (["default", "--min-evidence", "B"], ["account.changed"]),
    "account block": (["default", "--label", "SIN"], ["account.changed"]),
    "account credit": (["default", "25.00"], ["credit.granted"]),
    "user move": (
        ["{second}", "--from", "default", "--to", "{austral}"],
        ["person.joined", "person.removed"],
    ),
    "account edit": (["default", "--time-zone", "UTC"], ["account.changed"]),
    "account delete": (["{austral}"], ["account.deleted"]),
    "token create": (["--name", "ci", "--scope", "keys:read"], ["token.created"]),
    "token revoke": (["{token}"], ["token.revoked"]),
    "credential set": (["openai"], ["credential.stored"]),
    "credential remove": (["{stored}"], ["credential.removed"]),
    "provider set": (["vertex_ai"], ["credential.stored"]),
    "provider remove": (["{vertex}"], ["credential.removed"]),
    "deployment add": (
        ["azure-two", "--provider", "azure", "--region", "canadaeast", "--jurisdiction", "CA"],
        ["catalog.changed"],
    ),
    "deployment route": (["azure/gpt-4.1-mini-ca", "azure-ca", "{spare}"], ["catalog.changed"]),
    "deployment remove": (["{spare}"], ["catalog.changed"]),
    "apply": (["{wanted}", "--yes"], ["account.created", "account.changed"]),
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
        ["local add", "local serve", "local edit", "local remove"],
        "on record in test_local.py, where a server runs",
    ),
    **dict.fromkeys(
        [
            *("local list", "local models", "local test"),
            *(
                "doctor",
                "backup",
                "usage",
                "completion",
                "catalog diff",
                "activity list",
                "user list",
                "user invitations",
                "account list",
                "account statement",
            ),
            *("key list", "budget list", "alert list", "alert receivers", "alert test", "sso check"),
            *(
                "token list",
                "credential list",
                "provider list",
                "provider test",
                "deployment list",
                "sso list",
                "catalog export",
                "catalog discover",
                "custody verify",
                "custody fsck",
            ),
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
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a text on standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture
def ni(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    type_in: Callable[[str], None],
) -> Run:
    """Runs any command of an instance with a started log."""
    monkeypatch.setenv("HOME", str(home.parent))

    def one(*arguments: str) -> Any:

        capsys.readouterr()
        assert main([*arguments, "--json"], command_parts()) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    one("init")
    started(home)
    type_in(f"{PASSWORD}\n")
    one("user", "create", ALICE, "--password-stdin")
    return one


MADE: dict[str, tuple[str, ...]] = {
    "{key}": ("key create --name Laptop", "id"),
    "{budget}": ("budget set 9.00 --window day", "id"),
    "{receiver}": ("alert add mail ops@example.ca", "id"),
    "{austral}": ("account create Austral", "id"),
    "{token}": ("token create --name ci --scope keys:read", "id"),
    "{group}": ("sso allow staff", "group"),
    "{second}": ("user create dana@example.ca", "email"),
    "{vertex}": ("provider set vertex_ai", "name"),
    "{spare}": ("deployment add azure-spare --provider azure --region canadaeast --jurisdiction CA", "id"),
    "{stored}": ("credential set openai", "provider"),
}
"""Commands that make what a place in braces stands for, and what of their answer takes its place."""
FILES = {
    "{catalog}": SHIPPED.read_text("utf-8").replace('output = "', 'output = "9', 1),
    "{wanted}": '[[accounts]]\nname = "team"\n',
}


def filled(ni: Run, word: str, home: Path) -> str:
    """The word, or what its place stands for, made for the test."""
    if word in FILES:
        (home / "file.toml").write_text(FILES[word], "utf-8")
        return str(home / "file.toml")
    if word == "{offered}":
        ni("catalog", "import", filled(ni, "{catalog}", home))
        return "--take-all"
    if word == "{invitation}":
        ni("account", "create", "Prairie")
        (made,) = ni("user", "invitations", "--account", "Prairie")
        return str(made["id"])
    if word not in MADE:
        return word
    command, name = MADE[word]
    return str(ni(*command.split())[name])


@pytest.mark.parametrize("command", CASES)
def test_each_command_that_changes_something_is_on_record(
    command: str, ni: Run, home: Path, type_in: Callable[[str], None]
) -> None:
    arguments, kinds = CASES[command]
    typed = GOOGLE_KEY if command.startswith("provider") else SECRET
    type_in(typed)
    words = [filled(ni, word, home) for word in arguments]
    if command == "user demote":
        ni("user", "promote", words[0])
    type_in(typed)
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
