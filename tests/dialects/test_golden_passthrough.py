"""Every sequence of Claude's own events as clients of Messages are shown it, as golden files; each passes the checker.

Both envelopes, Anthropic's and that of Bedrock, must give the same bytes. The files are written anew by
`python -m tests.dialects.test_golden_passthrough`; read the difference before you keep it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.domain.call import Json
from ni.domain.errors import Problem
from ni.providers.anthropic import NativeReader
from ni.providers.bedrock_invoke import InvokeFramer
from ni.providers.errors import Upstream
from ni.providers.responses import SseFramer
from tests.dialects.checkers import CHECKS
from tests.dialects.test_golden import ASKED, ROUTE, dialects
from tests.fakes import anthropic_wire, bedrock_wire
from tests.fakes.bedrock_frames import exception

HERE = Path(__file__).parent
SCENES: dict[str, list[Json]] = json.loads((HERE / "passthrough-scenes.json").read_text(encoding="utf-8"))
ENVELOPES = ("anthropic", "bedrock")


def events(scene: list[Json], envelope: str) -> Iterator[Json]:
    """The events of a scene through an envelope; on Bedrock an error is an exception, and the last event is counted."""
    for event in scene:
        if envelope == "anthropic":
            yield from SseFramer().feed(anthropic_wire.event(event))
        elif event["type"] == "error":
            yield from InvokeFramer().feed(exception("serviceUnavailableException", "Overloaded"))
        else:
            counted = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 10}}
            last = event["type"] == "message_stop"
            yield from InvokeFramer().feed(bedrock_wire.chunk(event | (counted if last else {})))


def rendered(scene: list[Json], envelope: str = "anthropic") -> bytes:
    dialect = dialects()["messages"]
    call = dialect.parse({"model": ROUTE, "stream": True, **ASKED["messages"]}, {})
    renderer = dialect.stream(call, ROUTE)
    reader = NativeReader(lambda name, kept: None, Upstream("Somewhere"))
    octets = b""
    try:
        for event in events(scene, envelope):
            octets += b"".join(map(renderer.chunk, reader.event(event)))
    except Problem as problem:
        return octets + renderer.error(problem, problem.message)
    assert reader.finished
    return octets + renderer.end()


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("scene", SCENES)
def test_the_events_are_those_of_the_golden_file(scene: str, envelope: str) -> None:
    octets = rendered(SCENES[scene], envelope)
    CHECKS["messages"](octets)
    assert octets.decode() == (HERE / "golden-passthrough" / f"{scene}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for golden_name, golden_scene in SCENES.items():
        target = HERE / "golden-passthrough" / f"{golden_name}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(rendered(golden_scene))
