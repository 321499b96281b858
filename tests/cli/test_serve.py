"""`doctor` and `serve`: a start that cannot be good is refused, in words that say how to mend it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ni.cli import main
from ni.cli.context import Context
from ni.cli.parts import Check, Parts
from ni.cli.serve import command
from ni.settings import Settings

Run = Callable[..., Any]


def test_doctor_is_content_after_init(run: Run) -> None:
    run("init")
    assert all(check["ok"] for check in run("doctor"))


def test_doctor_says_what_is_broken_and_how_to_mend_it(
    run: Run, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    run("init")
    (home / "secrets" / "master").chmod(0o644)
    assert main(["doctor"]) == 1
    assert "chmod 600" in capsys.readouterr().out


@pytest.mark.parametrize(("needed", "status"), [(False, 0), (True, 1)])
def test_doctor_shows_what_other_packages_check(
    capsys: pytest.CaptureFixture[str], run: Run, needed: bool, status: int
) -> None:
    def look(context: Context) -> list[Check]:
        return [Check("OpenAI", False, "not configured", "Set OPENAI_API_KEY.", needed)]

    run("init")
    assert main(["doctor"], Parts(checks=(look,))) == status
    assert "OpenAI: not configured. Set OPENAI_API_KEY." in capsys.readouterr().out


def test_a_newer_schema_refuses_to_serve(run: Run, refused: Run, home: Path) -> None:
    run("init")
    with closing(sqlite3.connect(home / "ni.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert "newer" in refused("serve")


@pytest.mark.parametrize("users", [0, 1])
def test_serve_becomes_gunicorn_and_prints_the_link_while_there_is_no_user(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], users: int
) -> None:
    run("init")
    if users:
        run("user", "create", "alice@example.ca")
    became: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda path, arguments: became.append(arguments))
    assert main(["serve"]) == 0
    (arguments,) = became
    assert arguments == command(Settings.load())
    assert arguments[1:3] == ["-m", "gunicorn"]
    assert arguments[-1] == "app:application"
    said = capsys.readouterr().err
    assert "http://127.0.0.1:8000" in said
    assert ("/portal/set-up/" in said) is (users == 0)
