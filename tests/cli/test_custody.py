"""`ni custody`: check, rebuild, sign, turn keys, give out, erase."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import ni_verify
from ni.__main__ import command_parts
from ni.cli import main
from ni.custody.anchors import AnchorTools, build_anchors
from ni.custody.log_service import LogService
from ni.custody.log_signer import SeedFiles
from ni.custody.logs import LogDependencies, LogFreeze
from ni.custody.record_writer import custody_writers
from ni.domain.clock import SystemClock
from ni.settings.secret_files import Secrets, write_private
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.unit import Unit
from ni.store.writer import Writer
from tests.cast import tell
from tests.custody.conftest import record


@pytest.fixture
def ni(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command of an instance with a started log and one request; status and JSON."""
    monkeypatch.setenv("HOME", str(home.parent))

    def one(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main([*arguments, "--json"], command_parts())
        output = capsys.readouterr().out
        return status, json.loads(output) if output else None

    assert one("init")[0] == 0
    started(home)
    return one


def started(home: Path) -> LogService:
    """The log as a server that starts finds it; it writes one record of a request."""
    database, freeze = Database(f"sqlite:///{home}/ni.db"), LogFreeze()
    journal = DirectJournal(Writer(database, custody_writers(database, os.urandom, freeze)))
    seeds = SeedFiles(home / "secrets", write_private).load(Secrets.load(home).custody_seed)
    anchors = AnchorTools(home / "checkpoints", lambda url, body: (404, b""), object, SystemClock())
    tools = LogDependencies(database, journal, SystemClock(), os.urandom, tell)
    log_service = LogService(tools, seeds, lambda head: build_anchors((), head, anchors), freeze)
    log_service.start("gw.example/custody/2026")
    journal.write(Unit((record("a1", "default"),)))
    return log_service


@pytest.fixture
def receipt(ni: Any, home: Path) -> Path:
    receipt_bytes = started(home).receipts.receipt("default", "a1")
    assert receipt_bytes is not None
    path = home / "receipt.json"
    path.write_bytes(receipt_bytes)
    return path


def test_a_receipt_is_checked_with_the_instances_own_key_or_a_named_one(ni: Any, receipt: Path) -> None:
    status, output = ni("custody", "verify", str(receipt))
    assert (status, output["verified"]) == (0, True)
    other = "gw.example/custody/2026+f3804cdb+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    status, output = ni("custody", "verify", str(receipt), "--vkey", other)
    assert (status, output["verified"]) == (1, False)


def test_a_changed_receipt_is_refused_with_one_line(ni: Any, receipt: Path) -> None:
    receipt.write_bytes(receipt.read_bytes().replace(b"192.0.2.7", b"192.0.2.8"))
    status, output = ni("custody", "verify", str(receipt))
    assert (status, output["found"].startswith("NOT VERIFIED: ")) == (1, True)


def test_the_log_is_rebuilt_and_its_head_signed(ni: Any) -> None:
    assert ni("custody", "fsck") == (0, {"leaves": 5, "findings": []})
    status, output = ni("custody", "checkpoint")
    assert (status, output["checkpoint"].splitlines()[1]) == (0, "5")


def test_a_rotation_leaves_a_log_that_starts_and_signs_with_both(ni: Any, home: Path, receipt: Path) -> None:
    status, output = ni("custody", "rotate")
    assert status == 0
    note = started(home).signer.newest().note
    assert len(note.partition("\n\n")[2].splitlines()) == 2
    assert ni_verify.open_checkpoint(note, dict([ni_verify.parse_vkey(output["vkey"])]))
    assert ni("custody", "verify", str(receipt))[0] == 0


def test_a_new_log_begins_under_its_own_name(ni: Any, home: Path) -> None:
    status, output = ni("custody", "new-log", "gw.example/custody/2027")
    assert (status, output["origin"]) == (0, "gw.example/custody/2027")
    assert started(home).signer.current().origin == "gw.example/custody/2027"


@pytest.mark.parametrize("origin", ["bad origin", "", "a+b", "a\nb"])
def test_a_new_log_needs_a_name_that_a_key_can_have(ni: Any, home: Path, origin: str) -> None:
    before = [head.log_id for head in started(home).signer.logs.heads()]
    assert ni("custody", "new-log", origin)[0] == 1
    assert [head.log_id for head in started(home).signer.logs.heads()] == before


def test_no_two_logs_have_one_origin(ni: Any, home: Path) -> None:
    first = started(home).signer.current().origin
    tries = (first, "gw.example/custody/2027", "gw.example/custody/2027", first)
    assert [ni("custody", "new-log", origin)[0] for origin in tries] == [1, 0, 1, 1]
    assert [head.origin for head in started(home).signer.logs.heads()] == [first, "gw.example/custody/2027"]


def test_an_account_is_given_out_and_erased(ni: Any, home: Path) -> None:
    path = home / "export.json"
    assert ni("custody", "export", "default", str(path)) == (0, {"file": str(path)})
    assert path.stat().st_mode & 0o777 == 0o600
    assert ni("custody", "erase-account", "default", "the account ended") == (
        0,
        {"account": "default", "records": 2},
    )
    assert ni("custody", "fsck")[1]["findings"] == []


def test_a_field_and_then_the_whole_record_of_a_request_are_erased_and_its_receipt_stays_valid(
    ni: Any, receipt: Path
) -> None:
    assert ni("custody", "erase", "a1", "--field", "peer_ip")[0] == 0
    assert ni("custody", "erase", "a1", "--field", "peer_ip")[0] == 1
    status, output = ni("custody", "erase", "a1", "--reason", "asked for")
    assert (status, output["request"]) == (0, "a1")
    assert output["fields"] > 1
    assert ni("custody", "erase", "a1")[0] == 1
    assert ni("custody", "erase", "unknown")[0] == 1
    assert ni("custody", "verify", str(receipt))[0] == 0
    assert ni("custody", "fsck")[1]["findings"] == []


@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
def test_an_erasure_demands_a_reason(
    ni: Any, home: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    for command in (("erase-account", "default", reason), ("erase", "a1", "--reason", reason)):
        assert main(["custody", *command], command_parts()) != 0
        assert "needs a reason" in capsys.readouterr().err
    assert ni("custody", "erase", "a1", "--reason", "asked for")[1]["fields"]
