"""Claude Code on a route that speaks Messages itself: what it writes reaches a strict upstream as it is, masked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clients.conftest import Desk
from tests.clients.test_programs import claude_code
from tests.fakes.anthropic_rules import sign
from tests.fakes.anthropic_wire import KEY, AnthropicWire
from tests.fakes.wire_server import FakeWire
from tests.running import RunningGateway

MODEL = "anthropic/claude-sonnet-4-6-us"
EMAIL = "marie.tremblay@hotmail.ca"


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeWire]:
    with FakeWire(AnthropicWire()) as server:
        yield server


@pytest.fixture(scope="module")
def reached(upstream: FakeWire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway whose Anthropic is the fake."""
    home: Path = tmp_path_factory.mktemp("native")
    instance = RunningGateway(
        home, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=upstream.url, NI_PII_WORKERS="1"
    )
    instance.ni("init")
    yield instance.start()
    instance.stop()


def test_claude_code_is_passed_through_to_claude(
    desk: Desk, reached: RunningGateway, upstream: FakeWire
) -> None:
    there = replace(desk, url=reached.url, key=reached.key("--pii", "on"))
    assert EMAIL in claude_code(there, f"Write to {EMAIL}", MODEL, "--tools", "")
    assert all(EMAIL not in one.raw.decode() for one in upstream.seen)
    body = upstream.seen[-1].body
    assert body["thinking"]["type"] == "adaptive"
    assert body["context_management"]["edits"]
    assert "metadata" not in body
    assert "x-anthropic-billing-header" not in json.dumps(body["system"])
    assert "context-management" in upstream.seen[-1].headers["anthropic-beta"]


def test_its_tools_go_and_come_as_they_are(desk: Desk, reached: RunningGateway, upstream: FakeWire) -> None:
    """The upstream calls the tool that is offered, with arguments that it does not take; the complaint goes back."""
    there = replace(desk, url=reached.url, key=reached.key("--pii", "on"))
    assert "Results: " in claude_code(there, "go", MODEL, "--tools", "Read")
    turns = upstream.seen[-1].body["messages"]
    assert {"tool_use", "tool_result"} <= {block["type"] for turn in turns for block in turn["content"]}
    thought = next(block for turn in turns for block in turn["content"] if block["type"] == "thinking")
    assert thought["signature"] == sign(thought["thinking"])
