"""`ni catalog check --prices` and `--import-from`: what differs is shown, and only an import changes anything."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.cli import main
from tests.fakes.raw_server import RawServer

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])

FILES = Path(__file__).parents[1] / "catalog" / "prices"
LITELLM, OPENROUTER = (str(FILES / f"{name}.json") for name in ("litellm", "openrouter"))
OPUS = "anthropic/claude-opus-5-5-us"

Check = Callable[..., tuple[int, Any]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Runs `catalog check --json` on the shipped catalog: the exit status, and what it said."""
    monkeypatch.setenv("NI_PRIVATE_NETWORKS", "127.0.0.0/8")
    assert main(["init"], command_parts()) == 0

    def one(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main(["catalog", "check", *words, "--json"], command_parts())
        output = capsys.readouterr()
        return status, json.loads(output.out) if output.out else output.err

    return one


def exported(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["catalog", "export"], command_parts()) == 0
    return capsys.readouterr().out


def prices_by_route(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return {row["id"]: row["prices"] for row in tomllib.loads(exported(capsys))["routes"]}


def dearer_cache_reads(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A catalog whose one price disagrees with the files."""
    text = exported(capsys)
    block = text[text.index(f'"{OPUS}"') :]
    changed = block.replace('cached_input = "0.20"', 'cached_input = "0.40"', 1)
    file = folder / "changed.toml"
    file.write_text(text.replace(block, changed))
    assert main(["catalog", "import", str(file)], command_parts()) == 0


def test_differences_are_shown_and_nothing_changes(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dearer_cache_reads(tmp_path, capsys)
    before = exported(capsys)
    status, output = check("--prices", LITELLM, OPENROUTER)
    assert status == 1
    (cached,) = [one for one in output["differences"] if one["route"] == OPUS]
    assert (cached["kind"], cached["here"], cached["there"]) == ("cached_input", "0.40", "0.20")
    assert (cached["source"], cached["listed_as"]) == ("LiteLLM", "claude-opus-5-5")
    assert "openai/gpt-4.1-mini-us" in output["agree"]
    assert "azure/gpt-4.1-mini-ca" in output["unquoted"]
    assert exported(capsys) == before


def test_people_get_a_table(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["catalog", "check", "--prices", OPENROUTER], command_parts()) == 1
    output = capsys.readouterr()
    head, *rows = output.out.splitlines()
    assert head.split("  ")[0] == "route"
    (row,) = [row for row in rows if row.startswith("anthropic/claude-haiku-4-5-20251001-us")]
    assert "output" in row
    assert f"{len({row.split()[0] for row in rows})} differ" in output.err


def test_where_everything_agrees_the_status_is_0(check: Check) -> None:
    status, output = check("--prices", LITELLM, "--route", "openai/gpt-4.1-mini-us")
    assert (status, output["differences"], output["agree"]) == (0, [], ["openai/gpt-4.1-mini-us"])


def test_an_import_is_a_new_dated_price_beside_the_old_one(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dearer_cache_reads(tmp_path, capsys)
    before = prices_by_route(capsys)
    status, output = check("--import-from", LITELLM, "--as-of", "2026-12-01", "--route", OPUS)
    assert (status, output["routes"]) == (0, [OPUS])
    after = prices_by_route(capsys)
    old, new = after.pop(OPUS)
    assert [old] == before.pop(OPUS)
    assert (old["since"], old["cached_input"]) == ("2026-09-01", "0.40")
    assert (new["since"], new["cached_input"]) == ("2026-12-01", "0.20")
    assert (new["cache_write"], new["cache_write_1h"]) == ("5.00", "8.00")
    assert after == before


def test_imported_prices_are_on_record(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dearer_cache_reads(tmp_path, capsys)
    check("--import-from", LITELLM, "--as-of", "2026-12-01", "--route", OPUS)
    capsys.readouterr()
    assert main(["activity", "list", "--json"], command_parts()) == 0
    newest = json.loads(capsys.readouterr().out)[0]
    assert (newest["kind"], newest["subject"]) == ("catalog.changed", "prices")
    ((name, before, after),) = newest["changes"]
    assert (name, before) == (f"price {OPUS} 2026-12-01", None)
    assert json.loads(after)["cached_input"] == 200_000_000


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--import-from", LITELLM), "--as-of DATE"),
        (("--import-from", LITELLM, "--as-of", "soon"), "a date such as"),
        (("--import-from", LITELLM, "--as-of", "2026-09-01"), "has a price since"),
        (("--prices", LITELLM, "--as-of", "2026-12-01"), "belongs to --import-from"),
        (("--prices", LITELLM, "--route", "openai/nothing"), "no route 'openai/nothing'"),
        (("--prices", "nowhere.json"), "nowhere.json"),
        (("--prices", __file__), "is not JSON"),
    ],
)
def test_what_cannot_be_done_is_said(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], reason: str
) -> None:
    dearer_cache_reads(tmp_path, capsys)
    status, output = check(*words)
    assert status == 1
    assert reason in output


def test_a_price_list_can_be_fetched(check: Check) -> None:
    with RawServer([answer(json.loads(Path(OPENROUTER).read_text()))]) as server:
        status, output = check("--prices", f"http://127.0.0.1:{server.port}/api/v1/models")
    assert status == 1
    assert {one["source"] for one in output["differences"]} == {"OpenRouter"}
    assert [request.split(b" ")[1] for request in server.seen] == [b"/api/v1/models"]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b" " * (33 * 2**20),
            "limit|long|larger|bytes",
        ),
    ],
)
def test_a_server_that_has_no_list_or_too_much_is_refused(check: Check, act: bytes, reason: str) -> None:
    with RawServer([act]) as server:
        status, output = check("--prices", f"http://127.0.0.1:{server.port}/prices")
    assert status == 1
    assert any(word in output for word in reason.split("|")), output


def answer(found: Any) -> bytes:
    body = json.dumps(found).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
