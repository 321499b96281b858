"""`ni residency` from an operator's point of view: lists from files, what is refused, and how they stand."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ni.__main__ import command_parts
from ni.cli import main
from ni.residency.ip_ranges import AWS
from ni.residency.range_store import RangeStore

LISTS = Path(__file__).parents[1] / "residency" / "lists"
Ni = Callable[..., int]


@pytest.fixture
def ni(home: Path) -> Ni:
    home.mkdir()
    return lambda *arguments: main(arguments, command_parts())


def test_a_folder_of_lists_is_taken_shown_and_checked(
    ni: Ni, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ni("residency", "refresh", "--from-directory", str(LISTS)) == 0
    assert sorted(path.name for path in (home / "ranges").iterdir()) == [
        "aws.json", "azure.json", "google-cloud.json", "google.json",
    ]  # fmt: skip
    capsys.readouterr()
    aws = RangeStore(home / "ranges").find(AWS)
    assert aws is not None
    assert ni("residency", "show") == 0
    assert (
        f"aws: {aws.rows} rows as of 2026-10-26, {aws.sha256}, from file ip-ranges.json"
        in capsys.readouterr().out
    )


def test_one_bad_file_is_told_and_the_good_ones_are_taken(
    ni: Ni, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert ni("residency", "refresh", "--file", str(LISTS / "goog.json"), "--file", str(bad)) == 1
    assert "bad.json: not taken, this is not an address list" in capsys.readouterr().err
    assert [path.name for path in (home / "ranges").iterdir()] == ["google.json"]


def test_a_folder_without_lists_and_a_file_that_is_not_there_are_one_line(
    ni: Ni, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert ni("residency", "refresh", "--from-directory", str(empty)) == 1
    assert ni("residency", "refresh", "--file", str(tmp_path / "none.json")) == 1
    assert capsys.readouterr().err.count("\n") == 2


def test_doctor_names_a_deployment_that_is_refused_and_the_lists_that_are_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://bedrock-runtime.us-east-1.amazonaws.com")
    assert main(("init",), command_parts()) == 0
    assert main(("doctor",), command_parts()) == 0
    told = capsys.readouterr().out
    assert "missing  bedrock-ca residency: host: expected ca-central-1" in told
    assert "missing  address list aws: none yet." in told


def test_an_account_demands_evidence_from_the_command_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (("init",), ("account", "require", "default", "--min-evidence", "B")):
        assert main(arguments, command_parts()) == 0
    assert (
        main(("key", "create", "--name", "k", "--min-evidence", "A", "--strict", "--json"), command_parts())
        == 0
    )
    capsys.readouterr()
    assert main(("key", "list", "--json"), command_parts()) == 0
    listed = capsys.readouterr().out
    assert '"min_evidence": "A"' in listed
    assert '"strict": true' in listed


def test_a_list_that_shrank_is_taken_only_by_one_who_has_looked_at_it(
    ni: Ni, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ni("residency", "refresh", "--file", str(LISTS / "ip-ranges.json")) == 0
    whole = RangeStore(home / "ranges").find(AWS)
    assert whole is not None
    found = json.loads((LISTS / "ip-ranges.json").read_text())
    shrunk = tmp_path / "shrunk.json"
    shrunk.write_text(json.dumps(found | {"prefixes": found["prefixes"][:40], "ipv6_prefixes": []}))
    assert ni("residency", "refresh", "--file", str(shrunk)) == 1
    assert "aws: not taken, it " in capsys.readouterr().err
    assert RangeStore(home / "ranges").find(AWS) == whole
    assert ni("residency", "refresh", "--accept", "--file", str(shrunk)) == 0
    taken = RangeStore(home / "ranges").find(AWS)
    assert taken is not None
    assert taken.rows < whole.rows
