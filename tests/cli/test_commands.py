"""The command line: one JSON value or sentences for people, one clear line on an error, nothing by halves."""

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ni
from ni.access.accounts import AccountSettings
from ni.access.encryption import Cipher
from ni.access.key_text import Peppers
from ni.access.keys import KeyGate
from ni.access.second_factor import SecondFactor
from ni.access.sign_in import Attempt, SignIn
from ni.access.throttle import NetworkThrottle
from ni.cli import main
from ni.cli.context import Context, Parts
from ni.domain.clock import SystemClock
from ni.domain.secret import Secret
from ni.settings import Settings

Run = Callable[..., Any]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Northern Inference {ni.__version__}\n"


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
    context = Context(Settings.load(), as_json=True)
    gate = KeyGate(context.database, SystemClock(), Peppers(context.secrets.peppers))
    assert gate.authenticate(made["key"]).key_id == made["id"]
    context.close()


def test_a_key_is_revoked_once(run: Run, refused: Run) -> None:
    run("init")
    made = run("key", "create", "--name", "k")
    assert run("key", "revoke", made["id"]) == {"id": made["id"], "revoked": True}
    assert "no live key" in refused("key", "revoke", made["id"])


def test_a_key_and_an_account_block_kinds_of_personal_data(run: Run) -> None:
    run("init")
    made = run("key", "create", "--name", "k", "--block", "credit_card", "--block", "SIN")
    (listed,) = run("key", "list")
    assert (listed["id"], listed["block_labels"]) == (made["id"], ["CREDIT_CARD", "SIN"])
    assert run("account", "block", "default", "--label", "email")["block_labels"] == ["EMAIL"]
    assert run("account", "block", "default")["block_labels"] == []


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
    for command in ("reset-password", "reset-second-factor"):
        assert "no user" in refused("user", command, "nobody@example.ca")
    assert run("user", "reset-second-factor", "bob@example.ca")["id"]


def test_the_operator_is_the_first_owner_of_the_first_account_whoever_was_made_before(run: Run) -> None:
    run("init")
    run("account", "create", "other")
    assert run("user", "create", "m@example.ca", "--role", "member")["operator"] is False
    assert run("user", "create", "o@example.ca", "--account", "other")["operator"] is False
    assert run("user", "create", "alice@example.ca")["operator"] is True
    assert run("user", "create", "bob@example.ca")["operator"] is False


def test_operators_are_made_and_unmade_and_one_always_stays(run: Run, refused: Run) -> None:
    run("init")
    run("user", "create", "alice@example.ca")
    run("user", "create", "bob@example.ca", "--role", "member")
    assert "only operator" in refused("user", "demote", "alice@example.ca")
    assert run("user", "promote", "bob@example.ca")["operator"] is True
    assert run("user", "demote", "alice@example.ca")["operator"] is False
    assert "only operator" in refused("user", "demote", "bob@example.ca")
    shown = {one["email"]: (one["operator"], one["accounts"]) for one in run("user", "list")}
    assert shown == {
        "alice@example.ca": (False, {"default": "owner"}),
        "bob@example.ca": (True, {"default": "member"}),
    }
    for verb in ("promote", "demote", "remove"):
        assert "no user" in refused("user", verb, "nobody@example.ca")


def test_a_user_leaves_an_account_unless_it_would_have_no_owner(run: Run, refused: Run) -> None:
    run("init")
    run("user", "create", "alice@example.ca")
    run("user", "create", "bob@example.ca", "--role", "member")
    assert run("user", "remove", "bob@example.ca")["account"] == "default"
    assert "not in the account" in refused("user", "remove", "bob@example.ca")
    assert "needs an owner" in refused("user", "remove", "alice@example.ca")


def test_a_renamed_account_is_found_by_its_new_name_its_id_and_as_the_default(run: Run, refused: Run) -> None:
    run("init")
    context = Context(Settings.load(), as_json=True)
    context.accounts.change("default", AccountSettings("Orchard", "America/Toronto", commands=True))
    context.close()
    for named in ([], ["--account", "Orchard"], ["--account", "default"]):
        assert run("key", "create", "--name", "k", *named)["id"]
    assert "already" in refused("account", "create", "default")  # it is the id of one
    assert len(run("key", "list")) == 3
    assert "no account" in refused("key", "list", "--account", "nowhere")


def test_a_key_that_expired_is_not_called_live(run: Run) -> None:
    run("init")
    run("key", "create", "--name", "k", "--expires", "2999-01-01")
    assert run("key", "list")[0]["status"] == "live"
    with closing(sqlite3.connect(Settings.load().home / "ni.db")) as connection:
        connection.execute("UPDATE keys SET expires_at = 1000")
        connection.commit()
    assert run("key", "list")[0]["status"] == "expired"


def test_a_password_comes_on_standard_input_and_a_weak_one_is_refused(
    run: Run, refused: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    for password in ("an orchard in September\n", "a pear tree in October\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(password))
        verb = "create" if "orchard" in password else "reset-password"
        assert run("user", verb, "alice@example.ca", "--password-stdin")["password_url"] is None
        context = Context(Settings.load(), as_json=True)
        signing = SignIn(
            context.base,
            context.passwords,
            NetworkThrottle(SystemClock()),
            SecondFactor(context.base, Cipher(lambda _: bytes(32), bytes)),
        )
        assert signing.sign_in(Attempt("alice@example.ca", Secret(password.strip())))
        context.close()
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "12" in refused("user", "reset-password", "alice@example.ca", "--password-stdin")


@pytest.mark.parametrize(
    "arguments",
    [
        ["key", "list"],
        ["key", "create", "--name", "k"],
        ["user", "create", "a@example.ca"],
        ["account", "list"],
        ["backup", "x.tar"],
    ],
)
def test_before_init_every_verbsays_so_and_makes_nothing(
    refused: Run, home: Path, arguments: list[str]
) -> None:
    assert "ni init" in refused(*arguments)
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["key"],
        ["key", "create"],
        ["key", "create", "--name", "k", "--tier", "any"],
        ["key", "create", "--name", "k", "--max-spend-per-day", "-1"],
        ["key", "create", "--name", "k", "--expires", "tomorrow"],
        ["user", "create"],
    ],
)
def test_wrong_usage_exits_with_two(arguments: list[str], parts: Parts) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments, parts)
    assert end.value.code == 2


def test_a_bad_setting_is_one_line_that_names_it(refused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NI_WORKERS", "many")
    assert "NI_WORKERS" in refused("doctor")


def test_a_key_is_edited_field_by_field(run: Run, refused: Run) -> None:
    run("init", "--no-link")
    made = run(
        "key", "create", "--name", "k", "--rpm", "5", "--strict", "--tag", "a", "--expires", "2999-01-01"
    )
    before = run("key", "list")[0]
    edited = run("key", "edit", made["id"], "--name", "renamed", "--rpm", "none", "--no-strict", "--tag", "b")
    after = run("key", "list")[0]
    changed = {"name": "renamed", "rpm": None, "strict": False, "tags": ["b"]}
    assert after == before | changed
    assert edited == {name: after[name] for name in edited}
    assert "no live key" in refused("key", "edit", "key_none", "--name", "k")
    assert "no such person" in refused("key", "edit", made["id"], "--owner", "nobody@example.ca")
    assert "no route x/y-ca" in refused("key", "edit", made["id"], "--route", "x/y-ca")


def test_a_key_is_rotated_with_an_overlap(run: Run, refused: Run) -> None:
    run("init", "--no-link")
    made = run("key", "create", "--name", "k")
    rotated = run("key", "rotate", made["id"], "--overlap", "24h")
    assert rotated["id"] == made["id"]
    assert rotated["key"] != made["key"]
    (listed,) = run("key", "list")
    assert listed["former_until"] > listed["rotated_at"]
    assert "no live key" in refused("key", "rotate", "key_none")
    assert "30 days" in refused("key", "rotate", made["id"], "--overlap", "31d")
