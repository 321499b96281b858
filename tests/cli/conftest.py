"""An instance of the test's own, and two ways to run a command: one that must succeed, one that must be refused."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import groups_of_accounts
from ni.cli import main
from ni.cli.context import Parts

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("NI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def parts() -> Parts:
    """The commands beside those that look after an instance; a file of tests may have others."""
    return Parts(groups_of_accounts())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], parts: Parts) -> Run:
    """Runs a command with --json that must succeed; its value."""

    def one(*arguments: str) -> Any:
        capsys.readouterr()
        assert main([*arguments, "--json"], parts) == 0
        return json.loads(capsys.readouterr().out)

    return one


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], parts: Parts) -> Run:
    """Runs a command that must fail with one line; the line."""

    def one(*arguments: str) -> str:
        capsys.readouterr()
        assert main(arguments, parts) == 1
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.startswith("ni: ")
        assert output.err.count("\n") == 1
        return output.err

    return one
