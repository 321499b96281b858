"""`make test-pythons` finds a Python that runs, and counts one that cannot be had as a failure."""

from pathlib import Path

import pytest

from tools import pythons

VERSION = "3.99"


def program(folder: Path, script: str) -> Path:
    """A stand-in for a Python of that version."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"python{VERSION}"
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(0o755)
    return made


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but a folder on its path and pyenv's."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_a_python_on_the_path_is_taken(machine: Path) -> None:
    there = program(machine / "bin", "exit 0")
    assert pythons.located(VERSION) == str(there)


def test_pyenvs_notice_that_none_is_chosen_is_no_python(machine: Path) -> None:
    program(machine / "bin", "echo 'command not found'; exit 127")
    there = program(machine / "pyenv" / "versions" / f"{VERSION}.1" / "bin", "exit 0")
    assert pythons.located(VERSION) == str(there)


def test_what_is_not_here_is_left_to_uv(machine: Path) -> None:
    assert pythons.located(VERSION) == VERSION


def test_a_python_that_cannot_be_had_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    uv = program(tmp_path, "echo 'no download'; echo 'error: cannot fetch it' >&2; exit 2")
    monkeypatch.setattr(pythons, "UV", uv)
    monkeypatch.setattr(pythons, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["test-pythons", "--pythons", "3.13"])
    assert pythons.main() == 1
    assert "Python 3.13: could not be prepared: error: cannot fetch it" in capsys.readouterr().out
