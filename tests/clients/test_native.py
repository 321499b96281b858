"""Claude Code on routes that take Messages as they are: a strict upstream sees what it writes, masked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from tests.clients.conftest import Desk
from tests.clients.guides import blocks
from tests.clients.test_programs import claude_code
from tests.fakes.anthropic_rules import sign
from tests.fakes.openai_server import Script
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.running import RunningGateway

EMAIL = "marie.tremblay@hotmail.ca"
ROUTES = {
    "anthropic": "anthropic/claude-sonnet-4-6-us",
    "bedrock": "bedrock/us.anthropic.claude-sonnet-4-6-us",
}


@dataclass(frozen=True)
class Reached:
    """A gateway whose Claude is a fake."""

    gateway: RunningGateway
    upstream: FakeWire
    route: str

    def desk(self, desk: Desk) -> Desk:
        """The desk at this gateway, with a key that masks."""
        return replace(desk, url=self.gateway.url, key=self.gateway.key("--pii", "on"))


@pytest.fixture(scope="module", params=sorted(ROUTES))
def reached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    home: Path = tmp_path_factory.mktemp("native")
    upstream = UPSTREAMS[request.param]
    with FakeWire(upstream.wire()) as fake:
        addresses = {"ANTHROPIC_BASE_URL": fake.url, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": fake.url}
        instance = RunningGateway(home, NI_PII_WORKERS="1", **addresses, **upstream.named)
        instance.ni("init")
        yield Reached(instance.start(), fake, ROUTES[request.param])
        instance.stop()


def test_claude_code_is_passed_through_to_claude(desk: Desk, reached: Reached) -> None:
    seen = reached.upstream.seen
    assert EMAIL in claude_code(reached.desk(desk), f"Write to {EMAIL}", reached.route, "--tools", "")
    assert all(EMAIL not in one.raw.decode() for one in seen)
    body = seen[-1].body
    assert body["thinking"]["type"] == "adaptive"
    assert "metadata" not in body
    assert "x-anthropic-billing-header" not in json.dumps(body["system"])
    if "anthropic_version" in body:  # on Bedrock, which clears no thinking
        assert "interleaved-thinking-2025-05-14" in body["anthropic_beta"]
        assert "context_management" not in body
    else:
        assert body["context_management"]["edits"]
        assert "context-management" in seen[-1].headers["anthropic-beta"]


def test_its_tools_go_and_come_as_they_are(desk: Desk, reached: Reached) -> None:
    """The upstream calls the tool that is offered, with arguments that it does not take; the complaint goes back."""
    assert "Results: " in claude_code(reached.desk(desk), "go", reached.route, "--tools", "Read")
    turns = reached.upstream.seen[-1].body["messages"]
    assert {"tool_use", "tool_result"} <= {block["type"] for turn in turns for block in turn["content"]}
    thought = next(block for turn in turns for block in turn["content"] if block["type"] == "thinking")
    assert thought["signature"] == sign(thought["thinking"])


TOO_LONG = {
    "anthropic": "prompt is too long: 200001 tokens > 200000 maximum",
    "bedrock": "Input is too long for requested model.",
}


def test_it_knows_by_our_words_that_a_prompt_is_too_long(desk: Desk, reached: Reached) -> None:
    """It takes another 400 for a beta that is refused, and sends the whole prompt five more times."""
    seen = len(reached.upstream.seen)
    words = TOO_LONG[reached.route.partition("/")[0]]
    error = {"type": "invalid_request_error", "message": words}
    refusal = json.dumps({"type": "error", "error": error, "message": words}).encode()
    reached.upstream.scripts.extend([Script(status=400, body=refusal)] * 8)
    with pytest.raises(AssertionError, match=r"(?i)prompt is too long") as failed:
        claude_code(reached.desk(desk), "say hi", reached.route, "--tools", "")
    reached.upstream.scripts.clear()
    assert "API Error" not in str(failed.value)
    assert len(reached.upstream.seen) - seen <= 2


def test_it_finds_the_gateways_claudes_by_itself(desk: Desk, reached: Reached) -> None:
    """With the setting that its guide names, beside the others there; it keeps what it found in a file."""
    at = reached.desk(desk)
    named = {"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"}
    assert "export CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1\n" in blocks("claude-code", "text")
    claude_code(at, "hi", reached.route, "--tools", "", **named)
    kept = at.home / ".claude" / "cache" / "gateway-models.json"
    found = json.loads(kept.read_text("utf-8"))["models"] if kept.exists() else []
    assert {model["id"] for model in found} == {name for name in ids(at) if "claude" in name}
    assert all(model["display_name"] for model in found)


def ids(desk: Desk) -> list[str]:
    """What the key can call."""
    listed = requests.get(
        f"{desk.url}/v1/models", headers={"Authorization": f"Bearer {desk.key}"}, timeout=30
    )
    return [model["id"] for model in listed.json()["data"]]
