"""A database file that is damaged: commands and the start of a server say so in one sentence, and do no more."""

from pathlib import Path

import pytest

from ni.__main__ import command_parts
from ni.cli import main

COMMANDS = (
    ["key", "list"], ["account", "list"], ["doctor"], ["init", "--no-link"], ["catalog", "export"],
    ["custody", "fsck"], ["serve"],
)  # fmt: skip
PAGE = 4096


def garbage(octets: bytes) -> bytes:
    """No database at all."""
    return b"garbage " * (len(octets) // 8)


def spoilt(octets: bytes) -> bytes:
    """A database whose pages behind the first hold something else."""
    return octets[:PAGE] + bytes(at * 7 % 256 for at in range(len(octets) - PAGE))


@pytest.fixture(params=[garbage, spoilt])
def damaged(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Path:
    """An instance whose file is damaged."""
    monkeypatch.setenv("NI_HOME", str(tmp_path))
    monkeypatch.setenv("NI_BIND", "127.0.0.1:1")
    assert main(["init", "--no-link"], command_parts()) == 0
    file = tmp_path / "ni.db"
    octets = file.read_bytes()
    for beside in tmp_path.glob("ni.db-*"):
        beside.unlink()
    file.write_bytes(request.param(octets))
    capsys.readouterr()
    return file


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_damaged_file_is_one_sentence(
    damaged: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main(command, command_parts()) == 1
    said = capsys.readouterr()
    assert "The database file is damaged." in said.out + said.err
    assert "restore" in said.out + said.err
    assert "Traceback" not in said.err
