"""The command line: one JSON value or sentences for people, one clear line on an error, nothing by halves."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ni.access.key_format import Peppers
from ni.access.keys import KeyGate
from ni.cli import main
from ni.cli.context import Context
from ni.cli.parts import Check, Parts
from ni.cli.serve import command
from ni.domain.clock import SystemClock
from ni.settings import Settings
from ni.store.backup import BackupError, pack
from ni.store.database import Database

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("NI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json that must succeed; its value."""

    def one(*arguments: str) -> Any:
        capsys.readouterr()
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return one


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command that must fail with one line; the line."""

    def one(*arguments: str) -> str:
        capsys.readouterr()
        assert main(arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("ni: ")
        assert said.err.count("\n") == 1
        return said.err

    return one


def test_init_makes_an_instance_and_prints_a_link_good_for_the_first_user(run: Run, home: Path) -> None:
    made = run("init")
    assert made["set_up_url"].startswith("http://127.0.0.1:8000/portal/set-up/")
    assert len(made["set_up_url"].rpartition("/")[2]) >= 32
    assert (home / "ni.db").stat().st_mode & 0o777 == 0o600
    assert [account["name"] for account in run("account", "list")] == ["default"]


def test_init_again_changes_nothing_and_gives_no_link_once_there_is_a_user(run: Run, home: Path) -> None:
    run("init")
    secrets = {path.name: path.read_bytes() for path in (home / "secrets").iterdir()}
    run("user", "create", "alice@example.ca")
    again = run("init")
    assert (again["upgraded"], again["set_up_url"]) == (False, None)
    assert {path.name: path.read_bytes() for path in (home / "secrets").iterdir()} == secrets


def test_init_never_makes_new_secrets_beside_an_old_database(run: Run, refused: Run, home: Path) -> None:
    run("init")
    (home / "secrets" / "pepper").unlink()
    assert "pepper" in refused("init")
    assert not (home / "secrets" / "pepper").exists()


def test_init_runs_the_steps_of_other_packages(capsys: pytest.CaptureFixture[str]) -> None:
    def step(context: Context) -> str:
        return f"Step saw {len(context.accounts.list())} account."

    assert main(["init"], Parts(after_init=(step,))) == 0
    assert "Step saw 1 account." in capsys.readouterr().err


def test_a_key_made_here_lets_in(run: Run, home: Path) -> None:
    run("init")
    made = run(
        "key",
        "create",
        "--name",
        "ci",
        "--tier",
        "own_hardware",
        "--tier",
        "provider_api",
        "--max-spend-per-day",
        "5.00",
        "--rpm",
        "60",
        "--byok",
        "--pii",
        "off",
        "--expires",
        "2099-06-30",
    )
    assert set(made) == {"key", "id"}
    (listed,) = run("key", "list")
    assert (listed["id"], listed["tiers"]) == (made["id"], ["own_hardware", "provider_api"])
    assert (listed["max_spend_per_day"], listed["rpm"], listed["byok"], listed["pii"]) == (
        "5.00",
        60,
        True,
        False,
    )
    assert listed["expires_at"] == "2099-07-01T04:00:00.000Z"
    context = Context(Settings.load(), Parts(), as_json=True)
    gate = KeyGate(context.database, SystemClock(), Peppers(context.secrets.peppers))
    assert gate.authenticate(made["key"]).key_id == made["id"]
    context.close()


def test_a_key_is_revoked_once(run: Run, refused: Run) -> None:
    run("init")
    made = run("key", "create", "--name", "k")
    assert run("key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    assert "no live key" in refused("key", "revoke", made["id"])


def test_a_key_goes_to_the_account_named(run: Run, refused: Run) -> None:
    run("init")
    run("account", "create", "other")
    made = run("key", "create", "--name", "k", "--account", "other")
    assert [key["id"] for key in run("key", "list", "--account", "other")] == [made["id"]]
    assert run("key", "list") == []
    assert "nowhere" in refused("key", "create", "--name", "k", "--account", "nowhere")


def test_the_first_user_made_here_is_operator_and_chooses_a_password_by_link(run: Run, refused: Run) -> None:
    run("init")
    first = run("user", "create", "alice@example.ca")
    assert first["operator"] is True
    assert "/portal/reset/" in first["password_url"]
    assert run("user", "create", "bob@example.ca", "--role", "member")["operator"] is False
    assert run("user", "reset-password", "bob@example.ca")["password_url"] != first["password_url"]
    assert "already" in refused("user", "create", "bob@example.ca")
    assert "no user" in refused("user", "reset-password", "nobody@example.ca")


@pytest.mark.parametrize(
    "arguments",
    [
        ["key", "list"],
        ["key", "create", "--name", "k"],
        ["user", "create", "a@example.ca"],
        ["account", "list"],
        ["serve"],
        ["backup", "x.tar"],
    ],
)
def test_before_init_every_command_says_so_and_makes_nothing(
    refused: Run, home: Path, arguments: list[str]
) -> None:
    assert "ni init" in refused(*arguments)
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["key"],
        ["key", "create"],
        ["key", "create", "--name", "k", "--tier", "any"],
        ["key", "create", "--name", "k", "--max-spend-per-day", "-1"],
        ["key", "create", "--name", "k", "--expires", "tomorrow"],
        ["user", "create"],
    ],
)
def test_wrong_usage_exits_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2


def test_a_bad_setting_is_one_line_that_names_it(refused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NI_WORKERS", "many")
    assert "NI_WORKERS" in refused("doctor")


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


def test_a_backup_is_private_and_comes_back_whole(
    run: Run, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    made = run("key", "create", "--name", "k")
    file = tmp_path / "backup.tar"
    run("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "exists" in refused("backup", str(file))
    assert "never overwrites" in refused("restore", str(file))
    monkeypatch.setenv("NI_HOME", str(tmp_path / "elsewhere"))
    run("restore", str(file))
    assert [key["id"] for key in run("key", "list")] == [made["id"]]
    assert all(check["ok"] for check in run("doctor"))


def test_a_file_that_is_no_backup_is_refused_and_restores_nothing(
    refused: Run, tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "backup.tar"
    file.write_bytes(b"not a tar")
    refused("restore", str(file))
    assert not home.exists()


def test_backups_of_postgresql_are_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump"):
        pack(Database("postgresql+psycopg://nobody@/none"), {}, tmp_path / "b.tar")
