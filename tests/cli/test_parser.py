"""Help under headings, suggestions for what was mistyped, completion, and questions on a terminal."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.cli import _parser, main
from ni.cli.completion import SHELLS, script_for
from ni.cli.context import Context
from ni.cli.parser import HEADINGS, help_of, subcommands, walk
from ni.settings import Settings

Run = Callable[..., Any]


def wrong(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a wrong command line is told on standard error; its status is 2."""
    with pytest.raises(SystemExit) as ended:
        main(arguments, command_parts())
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


def test_alone_it_prints_its_commands_under_headings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], command_parts()) == 0
    text = capsys.readouterr().out
    places = [text.index(f"\n{heading}\n") for heading in HEADINGS]
    assert places == sorted(places)


def test_every_command_has_a_heading_and_a_line_of_help() -> None:
    parser = _parser(command_parts())
    assert {name for names in HEADINGS.values() for name in names} <= set(subcommands(parser))
    assert [
        (each.prog, name) for each in walk(parser) for name in subcommands(each) if not help_of(each, name)
    ] == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("kye",), "`key`"),
        (("docter",), "`doctor`"),
        (("key", "lst"), "`list`"),
        (("catalog", "imprt"), "`import`"),
        (("key", "list", "--acount", "x"), "`--account`"),
        (("usage", "--by", "rout"), "`route`"),
    ],
)
def test_a_mistyped_word_is_told_what_it_may_have_meant(
    capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], meant: str
) -> None:
    told = wrong(capsys, *typed)
    assert f"Did you mean {meant}?" in told
    assert len(told.splitlines()) == 1


def test_an_option_of_another_command_is_told_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    told = wrong(capsys, "custody", "export", "--account", "x", "FILE")
    assert "That is an option of `ni " in told
    assert "Did you mean" not in told


def test_what_is_like_nothing_is_sent_to_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert "See `ni --help`." in wrong(capsys, "zzzzzz")


def test_a_group_alone_prints_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert "revoke" in wrong(capsys, "key")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_every_command_and_option(shell: str) -> None:
    parser = _parser(command_parts())
    script = script_for(shell, parser)
    assert [name for each in walk(parser) for name in subcommands(each) if name not in script] == []
    assert "max-spend-per-day" in script


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_takes_the_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    done = subprocess.run(
        [shell, "-n"],
        input=script_for(shell, _parser(command_parts())),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("k", "key"), ("key ", "create list revoke"), ("key cre", "create"), ("key create --na", "--name"),
     ("account list --js", "--json"), ("catalog imp", "import")],
)  # fmt: skip
def test_bash_completes(typed: str, offered: str) -> None:
    script = script_for("bash", _parser(command_parts()))
    words = ["ni", *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    asked = f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _ni; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert set(offered.split()) <= set(done.stdout.split())
    if not typed.endswith(" "):
        assert done.stdout.split() == [offered]


class Terminal:
    """Standard input on which a person types one line."""

    def __init__(self, line: str) -> None:
        self.line = line

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.line


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("oui\n", 0), ("\n", 1), ("n\n", 1), ("", 1)])
def test_a_key_is_revoked_on_a_terminal_after_a_yes_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, status: int
) -> None:
    run("init")
    key_id = run("key", "create", "--name", "k")["id"]
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert main(("key", "revoke", key_id), command_parts()) == status
    assert "[y/N]" in capsys.readouterr().err
    assert (run("key", "list")[0]["status"] == "revoked") is not bool(status)


def test_nothing_is_asked_where_it_was_agreed_or_nobody_types(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    first, second = (run("key", "create", "--name", "k")["id"] for _ in range(2))
    assert main(("key", "revoke", first), command_parts()) == 0
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert main(("key", "revoke", second, "--yes"), command_parts()) == 0


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Context(Settings.load(), as_json=False).painted("ok", "green") == "ok"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert Context(Settings.load(), as_json=False).painted("ok", "green") == "\x1b[32mok\x1b[0m"
    assert Context(Settings.load(), as_json=True).painted("ok", "green") == "ok"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Context(Settings.load(), as_json=False).painted("ok", "green") == "ok"


def test_doctor_ends_with_a_verdict(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("doctor",)) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("Not ready: ")
    run("init")
    assert main(("doctor",), command_parts()) == 0
    assert capsys.readouterr().err.splitlines()[-1].startswith("Ready to serve. ")


def test_an_account_made_here_comes_with_an_invitation(run: Run) -> None:
    run("init")
    assert "/portal/invite/" in run("account", "create", "Orchard")["invite_url"]
