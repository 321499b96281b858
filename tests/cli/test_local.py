"""`ni local`: a server is added by its address, changed and removed, on record, with its key from standard input."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.cli import main
from tests.cli.test_custody import started
from tests.fakes.openai_server import KEY, FakeOpenAI

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
QWEN, LLAMA = "local/qwen-local", "local/llama3:8b-local"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


class Shell:
    """Runs commands of one instance."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        status = main([*words, "--json"], command_parts())
        told = self._capsys.readouterr()
        return status, told.out, told.err

    def ok(self, *words: str) -> Any:
        status, out, err = self.run(*words)
        assert status == 0, err
        return json.loads(out)


@pytest.fixture
def ni(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("HOME", str(home.parent))
    monkeypatch.setenv("NI_PRIVATE_NETWORKS", "127.0.0.0/8")
    shell = Shell(capsys)
    shell.ok("init")
    started(home)
    return shell


def test_a_server_is_added_served_changed_and_removed_on_record(
    ni: Shell, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    before = len(ni.ok("activity", "list"))
    where = (server.base_url, "--jurisdiction", "CA", "--name", "desk")
    added = ni.ok("local", "add", *where, "--key-stdin", "--model", "qwen")
    assert added == {
        "id": "local-desk", "address": server.base_url, "jurisdiction": "CA", "has_key": True, "routes": [QWEN],
    }  # fmt: skip
    assert [one["model"] for one in ni.ok("local", "models", "desk")] == ["qwen", "llama3:8b"]
    hour = ("--usd-per-hour", "3.60", "--input-per-s", "1000", "--output-per-s", "100")
    assert ni.ok("local", "serve", "desk", *hour)["routes"] == [QWEN, LLAMA]
    assert ni.ok("local", "test", "desk")["route"] == QWEN
    assert ni.ok("local", "list")[0]["id"] == "local-desk"
    exported = ni.ok("catalog", "export")["toml"]
    assert KEY not in exported
    assert 'input = "1.00"' in exported
    assert ni.ok("local", "remove", "desk", "--yes")["routes"] == [QWEN, LLAMA]
    acts = ni.ok("activity", "list")
    assert [act["kind"] for act in acts[: len(acts) - before]] == ["catalog.changed"] * 4
    assert {act["how"] for act in acts[:4]} == {"command"}
    assert KEY not in json.dumps(acts)
    assert ni.ok("custody", "fsck")["findings"] == []


def test_what_cannot_be_done_is_one_sentence(ni: Shell, server: FakeOpenAI) -> None:
    for words, said in (
        (("add", "127.0.0.1:1", "--jurisdiction", "CA"), "Nobody answers"),
        (("add", server.base_url, "--jurisdiction", "CA"), "refused the key"),
        (("add", server.base_url, "--jurisdiction", "US"), "promise the jurisdiction"),
        (("add", "127.0.0.1:1", "--jurisdiction", "CA", "--usd-per-hour", "1"), "--input-per-s"),
        (("remove", "nothing", "--yes"), "no such local server"),
    ):
        status, _, err = ni.run("local", *words)
        assert status == 1
        assert said in err
