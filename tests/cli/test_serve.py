"""`doctor` and `serve`: a start that cannot be good is refused, in words that say how to mend it."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ni.cli import main
from ni.cli.context import Check, CliError, Context, Parts
from ni.cli.listener import bound
from ni.cli.self_signed import require_pair, self_signed
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
        connection.execute("UPDATE instance SET value = '9999' WHERE name = 'schema_compatible_since'")
        connection.commit()
    assert "newer" in refused("serve")


@pytest.mark.parametrize("users", [0, 1])
def test_serve_becomes_gunicorn_and_prints_the_link_while_there_is_no_user(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, users: int
) -> None:
    run("init")
    monkeypatch.setenv("NI_BIND", f"unix:{home / 'socket'}")
    monkeypatch.setenv("NI_PUBLIC_URL", "https://gateway.example.ca")
    if users:
        run("user", "create", "alice@example.ca")
    became: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: became.append(arguments))
    assert main(["serve"]) == 0
    (arguments,) = became
    listener = int(arguments[arguments.index("--bind") + 1].removeprefix("fd://"))
    assert arguments == [*command(Settings.load(), listener), "app:application"]
    assert arguments[1:3] == ["-m", "gunicorn"]
    assert stat.S_IMODE((home / "socket").stat().st_mode) == 0o660
    os.close(listener)
    assert arguments[-1] == "app:application"
    output = capsys.readouterr().err
    assert "https://gateway.example.ca" in output
    assert ("/portal/set-up/" in output) is (users == 0)


def test_serve_makes_an_instance_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    monkeypatch.setenv("NI_BIND", f"unix:{home.parent / 'socket'}")
    monkeypatch.setenv("NI_PUBLIC_URL", "https://gateway.example.ca")
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: None)
    assert main(["serve"]) == 0
    output = capsys.readouterr().err
    assert f"Making a new instance in {home}." in output
    assert "/portal/set-up/" in output
    assert (home / "secrets" / "pepper").exists()
    assert (home / "ni.db").exists()


def test_the_server_reads_a_secret_from_the_file_that_it_stands_in(
    run: Run, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    run("init")
    (home.parent / "token").write_text("made-up-token\n")
    monkeypatch.setenv("NI_BIND", f"unix:{home.parent / 'socket'}")
    monkeypatch.setenv("NI_PUBLIC_URL", "https://gateway.example.ca")
    monkeypatch.setenv("NI_METRICS_TOKEN_FILE", str(home.parent / "token"))
    given: dict[str, str] = {}
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: given.update(environ))
    assert main(["serve"]) == 0
    assert "made-up-token" not in given.values()
    token = Settings.from_environ(given).metrics_token
    assert token is not None
    assert token.reveal() == "made-up-token"


@pytest.mark.parametrize("lost", ["ni.db", "secrets"])
def test_serve_makes_nothing_where_half_an_instance_is(run: Run, refused: Run, home: Path, lost: str) -> None:
    run("init")
    (home / lost).rename(home / "lost")
    assert "run `python -m ni init` first" in refused("serve")
    assert not (home / lost).exists()


PUBLIC = "https://127.0.0.1:18443"


def test_a_self_signed_certificate_is_made_once_for_the_public_name(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, PUBLIC)
    require_pair(certificate, key)
    assert key.stat().st_mode & 0o777 == 0o600
    before = certificate.read_bytes()
    assert self_signed(tmp_path, PUBLIC)[0].read_bytes() == before
    assert self_signed(tmp_path, "https://gateway.example.ca")[0].read_bytes() != before


def test_a_certificate_that_does_not_fit_its_key_is_one_line(
    refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NI_BIND", "127.0.0.1:18443")
    certificate, _ = self_signed(tmp_path / "one", PUBLIC)
    _, key = self_signed(tmp_path / "two", PUBLIC)
    main(["init"])
    assert "no certificate and key that fit" in refused(
        "serve", "--tls-cert", str(certificate), "--tls-key", str(key)
    )
    assert "There is no file" in refused("serve", "--tls-cert", "/nowhere.pem", "--tls-key", str(key))
    assert "NI_TLS_KEY is missing" in refused("serve", "--tls-cert", str(certificate))


@pytest.mark.parametrize(
    ("display", "terminal", "options", "opened"),
    [(":0", True, [], 1), (":0", True, ["--no-browser"], 0), ("", True, [], 0), (":0", False, [], 0)],
)
def test_a_browser_is_opened_where_a_person_sits(
    monkeypatch: pytest.MonkeyPatch, home: Path, display: str, terminal: bool, options: list[str], opened: int
) -> None:
    monkeypatch.setenv("NI_BIND", f"unix:{home.parent / 'socket'}")
    monkeypatch.setenv("NI_PUBLIC_URL", "https://gateway.example.ca")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    monkeypatch.setattr("os.execve", lambda path, arguments, environ: None)
    links: list[str] = []
    monkeypatch.setattr("webbrowser.open", links.append)
    assert main(["serve", *options]) == 0
    assert len(links) == opened


def test_the_link_is_left_to_serve_where_both_run_at_once(run: Run) -> None:
    assert run("init", "--no-link")["set_up_url"] is None
    assert run("init")["set_up_url"]


def test_an_address_that_is_taken_is_one_line_and_makes_no_link(
    run: Run, refused: Run, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    run("init")
    path = home / "taken"
    monkeypatch.setenv("NI_BIND", f"unix:{path}")
    monkeypatch.setenv("NI_PUBLIC_URL", "https://gateway.example.ca")
    with bound(f"unix:{path}") as listener:
        listener.listen()
        output = refused("serve")
    assert output.count("\n") == 1
    assert f"Cannot listen on unix:{path}: it is in use." in output
    with closing(sqlite3.connect(home / "ni.db")) as connection:
        assert connection.execute("SELECT count(*) FROM links").fetchone() == (1,)  # that of `init`


def test_a_socket_that_nobody_listens_on_any_more_is_replaced(tmp_path: Path) -> None:
    for _ in range(2):
        bound(f"unix:{tmp_path / 'socket'}").close()


def test_a_file_in_the_place_of_the_socket_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(CliError, match="in use"):
        bound(f"unix:{tmp_path / 'file'}")
    assert (tmp_path / "file").read_text() == "kept"


def test_another_currency_is_refused_while_amounts_are_kept(
    run: Run, refused: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    run("key", "create", "--name", "k", "--max-spend-per-day", "5.00")
    monkeypatch.setenv("NI_CURRENCY", "USD")
    for command_line in (("serve",), ("key", "list")):
        assert "NI_CURRENCY=CAD" in refused(*command_line)
