"""`ni catalog check` and `discover`, run against providers that list this and that."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.cli import main
from tests.fakes.raw_server import RawServer

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in list(os.environ):
        if name.startswith(("NI_", "AWS_", "GOOGLE_", "AZURE_", "OPENAI_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NI_PRIVATE_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    assert run("init") == 0
    capsys.readouterr()


def run(*words: str) -> int:
    """The exit status of a command."""
    return main(list(words), command_parts())


def listing(found: list[dict[str, Any]]) -> bytes:
    body = json.dumps({"data": found}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


SERVED = [
    {"id": "claude-opus-4-8", "max_input_tokens": 500_000},
    {"id": "claude-new-6", "max_input_tokens": 2_000_000},
]


def test_routes_that_are_not_served_any_more_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with RawServer([listing(SERVED)]) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.port}")
        assert run("catalog", "check") == 1
    lines = capsys.readouterr().out.splitlines()
    (kept,) = [line for line in lines if "claude-opus-4-8" in line]
    assert "1000000, there 500000" in kept
    (gone,) = [line for line in lines if "claude-sonnet-4-6-us" in line]
    assert "not listed any more" in gone


def test_what_is_discovered_can_be_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with RawServer([listing(SERVED)]) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.port}")
        assert run("catalog", "discover", "anthropic") == 0
    found = capsys.readouterr().out
    assert 'id = "anthropic/claude-new-6-us"' in found
    assert "claude-opus-4-8" not in found
    file = tmp_path / "more.toml"
    file.write_text(found)
    assert run("catalog", "import", str(file), "--json") == 0
    assert json.loads(capsys.readouterr().out)["added"] == ["anthropic/claude-new-6-us"]


def test_a_provider_that_is_not_configured_cannot_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("catalog", "discover", "bedrock") == 1
    assert "ni doctor" in capsys.readouterr().err
