"""`ni usage` sums what the portal sums, for the days and the parts that are asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from ni.__main__ import command_parts
from ni.access.accounts import DEFAULT
from ni.cli import main
from ni.metering.usage_queries import Days, Filter
from tests.portal.cast import NOW
from tests.portal.scenes import Scene, at_work, busy


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return busy(tmp_path_factory.mktemp("scene") / "home")


@pytest.fixture
def asked(scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `ni usage` on the furnished instance."""
    monkeypatch.setenv("NI_HOME", str(scene.home))
    monkeypatch.setenv("NI_PREPAID", "on")

    def one(*arguments: str) -> str:
        capsys.readouterr()
        assert main(("usage", *arguments), command_parts()) == 0
        return capsys.readouterr().out

    return one


SPAN = ("--since", "2020-01-01", "--until", NOW.date().isoformat())


@pytest.mark.parametrize("by", ["route", "key", "person", "day", "jurisdiction"])
def test_the_parts_are_those_of_the_totals(asked: Any, scene: Scene, by: str) -> None:
    told = json.loads(asked(*SPAN, "--by", by, "--json"))
    with at_work(scene.home) as gateway:
        (whole,) = gateway.reports.totals(DEFAULT, Filter(), Days(SPAN[1], SPAN[3]))
    assert whole["requests"] > 0
    assert sum(part["requests"] for part in told["data"]) == whole["requests"]
    assert sum(part["completion_tokens"] for part in told["data"]) == whole["output_tokens"]
    assert len({part[by] for part in told["data"]}) == len(told["data"])


def test_people_read_a_table_with_a_total(asked: Any) -> None:
    lines = asked(*SPAN).splitlines()
    assert lines[0].split()[:2] == ["route", "requests"]
    assert lines[-1].startswith("total")


def test_days_without_requests_are_said_to_be_empty(asked: Any) -> None:
    assert asked("--since", "2001-01-01", "--until", "2001-01-02") == "No requests in these days.\n"


def test_another_account_has_its_own(asked: Any, scene: Scene, tmp_path: Path) -> None:
    told = json.loads(asked(*SPAN, "--account", scene.places["austral"], "--json"))
    assert told["data"] == []
