"""`ni apply`: the difference is shown, done after a yes, and nothing is left to do the second time."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ni.access.members import Members
from ni.access.refusals import Refused
from ni.cli import main
from ni.cli.context import Parts
from tests.cli.conftest import Run

TEAM = """
[[accounts]]
name = "team"
time_zone = "America/Vancouver"
min_evidence = "B"

[[accounts.keys]]
name = "ci"
rpm = 60
max_spend_per_day = "5.00"
tags = ["night"]
expires_at = "2099-06-30"

[[accounts.keys]]
name = "old"

[[accounts.people]]
email = "bob@example.ca"
role = "member"
"""


@pytest.fixture
def instance(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", "--no-link")
    for email in ("alice@example.ca", "bob@example.ca"):
        monkeypatch.setattr("sys.stdin", io.StringIO("an orchard in September"))
        run("user", "create", email, "--password-stdin")


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.usefixtures("instance")
def test_where_a_change_fails_the_keys_made_before_are_printed_and_the_rest_is_done_later(
    run: Run,
    parts: Parts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, add = written(tmp_path / "team.toml", TEAM), Members.add
    with monkeypatch.context() as patch:
        patch.setattr(Members, "add", lambda *_: (_ for _ in ()).throw(Refused("", "It is another's.")))
        assert main(["apply", file, "--yes", "--json"], parts) == 1
    shown = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (len(shown["changes"]), shown["applied"], len(shown["keys"])) == (3, True, 2)
    assert all(key["key"].startswith("ni_live_") for key in shown["keys"])
    assert Members.add is add
    rest = run("apply", file, "--yes")
    assert [line[:8] for line in rest["changes"]] == ["+ person"]
    assert run("apply", file, "--yes")["changes"] == []


@pytest.mark.usefixtures("instance")
def test_a_file_is_applied_once_and_shows_what_differs(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "team.toml", TEAM)
    shown = run("apply", file, "--dry-run")
    assert (shown["applied"], [line[:9] for line in shown["changes"]]) == (
        False, ["+ account", "+ key ci ", "+ key old", "+ person "],
    )  # fmt: skip
    assert [account["name"] for account in run("account", "list")] == ["default"]
    done = run("apply", file, "--yes")
    assert (done["applied"], done["changes"]) == (True, shown["changes"])
    assert [key["key"][:8] for key in done["keys"]] == ["ni_live_", "ni_live_"]
    assert run("apply", file, "--yes") == {"changes": [], "applied": False, "keys": []}
    keys = {key["name"]: key for key in run("key", "list", "--account", "team")}
    assert (keys["ci"]["rpm"], keys["ci"]["expires_at"]) == (60, "2099-07-01T07:00:00.000Z")


@pytest.mark.usefixtures("instance")
def test_what_changes_is_said_and_what_is_absent_goes(run: Run, tmp_path: Path) -> None:
    run("apply", written(tmp_path / "team.toml", TEAM), "--yes")
    later = TEAM.replace("rpm = 60", "rpm = 30").replace('name = "old"', 'name = "old"\nabsent = true')
    later = later.replace('role = "member"', 'role = "owner"').replace("Vancouver", "Toronto")
    changes = run("apply", written(tmp_path / "later.toml", later), "--yes")["changes"]
    assert changes == [
        "~ account team: time_zone America/Vancouver -> America/Toronto",
        "~ key ci in team: rpm 60 -> 30, expires_at 2099-07-01T07:00:00.000Z -> 2099-07-01T04:00:00.000Z",
        "- key old in team",
        "~ person bob@example.ca in team: member -> owner",
    ]
    gone = '[[accounts]]\nname = "team"\nabsent = true\n'
    assert len(run("apply", written(tmp_path / "gone.toml", gone), "--yes")["changes"]) == 2
    assert run("apply", str(tmp_path / "gone.toml"), "--yes")["changes"] == []
    assert run("apply", written(tmp_path / "team.toml", TEAM), "--yes")["applied"]


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize(("answer", "applied"), [("yes\n", True), ("no\n", False), ("", False)])
def test_it_is_asked_before_anything_is_done(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, applied: bool
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert run("apply", written(tmp_path / "team.toml", TEAM))["applied"] is applied
    assert len(run("account", "list")) == 1 + applied


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("accounts = 7", "accounts"),
        ("[[accounts]]\nname = 7", "accounts[0].name"),
        ("[[accounts]]\nname = 'x'\ncolour = 'red'", "colour"),
        ("[[accounts", "is no TOML"),
        (TEAM.replace("bob@", "nobody@"), "nobody@example.ca"),
        (TEAM.replace("2099-06-30", "2020-06-30"), "past"),
        (TEAM.replace('"5.00"', '"five"'), "max_spend_per_day"),
    ],
)
def test_a_file_that_says_what_cannot_be_changes_nothing(
    run: Run, refused: Run, tmp_path: Path, text: str, reason: str
) -> None:
    assert reason in refused("apply", written(tmp_path / "bad.toml", text), "--yes")
    assert [account["name"] for account in run("account", "list")] == ["default"]


GOING = '[[accounts]]\nname = "{}"\nabsent = true\n'
PERSON = '[[accounts.people]]\nemail = "{}@example.ca"\n'


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOING.format("default"), "'default': The first account cannot be deleted"),
        (GOING.format("used"), "'used': The account has usage or credit"),
        ('[[accounts]]\nname = "used"\ntime_zone = "Mars/X"', "'used': This is not a time zone"),
        ('[[accounts]]\nname = "other"\ntime_zone = "Mars/X"', "'other': This is not a time zone"),
        ('[[accounts]]\nname = " "', "between 1 and 100 characters"),
        ('[[accounts]]\nname = "{used_id}"', "account with this name already"),
        ('[[accounts]]\nname = "twice"\n[[accounts]]\nname = " twice "', "account 'twice' 2 times"),
        (TEAM.replace('"old"', '"ci "'), "key of account 'team' 'ci' 2 times"),
        (TEAM + PERSON.format(" BOB"), "person of account 'team' 'bob@example.ca' 2 times"),
        (TEAM.replace("rpm = 60", 'owner = "usr_none"'), "Key ci in team: There is no such person"),
        (
            '[[accounts]]\nname = "default"\n'
            + PERSON.format("alice")
            + "absent = true\n"
            + PERSON.format("bob")
            + 'role = "member"',
            "'default': An account needs an owner",
        ),
    ],
)
def test_what_would_be_refused_is_refused_before_the_first_change(
    run: Run, refused: Run, tmp_path: Path, text: str, reason: str
) -> None:
    used = run("account", "create", "used")["id"]
    run("account", "credit", "used", "5.00")
    for name in ("default", "used"):
        run("key", "create", "--account", name, "--name", "live")
    first = '[[accounts]]\nname = "first"\n'
    file = written(tmp_path / "bad.toml", first + text.replace("{used_id}", used))
    assert reason in refused("apply", file, "--yes")
    assert [account["name"] for account in run("account", "list")] == ["default", "used"]
    for name in ("default", "used"):
        assert [key["status"] for key in run("key", "list", "--account", name)] == ["live"]


@pytest.mark.usefixtures("instance")
def test_names_and_values_are_compared_as_they_are_kept(run: Run, tmp_path: Path) -> None:
    run("apply", written(tmp_path / "team.toml", TEAM), "--yes")
    spaced = TEAM.replace('"team"', '" team "').replace('"ci"', '" ci "').replace('"old"', '"old "')
    spaced = spaced.replace('"2099-06-30"', '"2099-07-01T07:00:00.000400Z"').replace("bob@", "BOB@")
    assert run("apply", written(tmp_path / "spaced.toml", spaced), "--yes")["changes"] == []


@pytest.mark.usefixtures("instance")
def test_a_person_keeps_the_role_that_is_left_out_and_another_may_follow_as_owner(
    run: Run, tmp_path: Path
) -> None:
    named = '[[accounts]]\nname = "default"\n' + PERSON.format("alice")
    assert run("apply", written(tmp_path / "named.toml", named), "--yes")["changes"] == []
    run("apply", written(tmp_path / "one.toml", named.replace("alice", "bob") + 'role = "member"'), "--yes")
    swapped = '[[accounts]]\nname = "default"\n' + PERSON.format("bob") + 'role = "owner"\n'
    swapped += PERSON.format("alice") + 'role = "member"\n'
    file = written(tmp_path / "swapped.toml", swapped)
    assert len(run("apply", file, "--yes")["changes"]) == 2
    assert run("apply", file, "--yes")["changes"] == []


def test_accounts_people_credentials_and_tokens_have_commands(
    run: Run, refused: Run, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("account", "create", "team")
    edited = run("account", "edit", "team", "--rename", "crew", "--time-zone", "UTC", "--no-commands")
    assert (edited["name"], edited["time_zone"], edited["commands"]) == ("crew", "UTC", False)
    assert run("user", "move", "bob@example.ca", "--from", "default", "--to", "crew")["role"] == "member"
    assert "already" in refused("user", "move", "bob@example.ca", "--to", "crew")
    assert "only owner" in refused("user", "move", "alice@example.ca", "--from", "default", "--to", "crew")
    secret = "sk-" + "a" * 40
    monkeypatch.setattr("sys.stdin", io.StringIO(f'{{"api_key": "{secret}"}}'))
    assert secret not in str(run("credential", "set", "openai", "--account", "crew"))
    assert [each["provider"] for each in run("credential", "list", "--account", "crew")] == ["openai"]
    assert run("credential", "remove", "openai", "--account", "crew")["removed"]
    token = run(
        "token", "create", "--operator", "--name", "ci", "--scope", "keys:write", "--expires", "2099-01-01"
    )
    assert token["token"].startswith("ni_admin_")
    (listed,) = run("token", "list", "--operator")
    assert (listed["id"], listed["live"], listed["scopes"]) == (token["id"], True, ["keys:write"])
    assert run("token", "list", "--account", "crew") == []
    assert run("token", "revoke", token["id"], "--operator")["revoked"]
    assert "no live token" in refused("token", "revoke", token["id"], "--operator")
    assert run("account", "delete", "crew")["deleted"]
