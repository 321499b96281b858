"""Commands given what nobody means: one clear line, and nothing done."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ni.__main__ import command_parts
from ni.cli import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; the status, and all that it printed."""

    def one(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        try:
            status = main(list(arguments), command_parts())
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    assert one("init")[0] == 0
    return one


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("custody", "verify", "/nope"), "/nope cannot be read: No such file or directory"),
        (("custody", "verify", "/nope", "--vkey", "zz"), "/nope cannot be read: No such file or directory"),
        (("catalog", "import", "/nope"), "cannot be read: No such file or directory"),
        (("catalog", "check", "--route", "nope"), "no route 'nope'"),
        (("catalog", "check", "--route", "sandbox/echo-local", "--route", "nope"), "no route 'nope'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_named_in_one_line(run: Run, command: tuple[str, ...], says: str) -> None:
    status, printed = run(*command)
    assert status
    assert says in printed
    assert len(printed.splitlines()) == 1
    assert printed.count("/nope") <= 1


@pytest.mark.parametrize("vkey", ["zz", "", "a+b", "a+b+c", "a+00000000+AAAA", "+++", "é+0+="])
def test_what_is_no_key_of_a_log_is_said_to_be_none(run: Run, tmp_path: Path, vkey: str) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text("{}")
    status, printed = run("custody", "verify", str(receipt), "--vkey", vkey)
    assert status == 1
    assert f"{vkey!r} is no Ed25519 key" in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize("amount", ["0", "0.00", "-0"])
def test_a_grant_of_nothing_is_refused(run: Run, amount: str) -> None:
    status, printed = run("account", "credit", "default", amount)
    assert status == 2
    assert "changes nothing" in printed
    assert run("account", "statement", "default")[1].strip() == ""
