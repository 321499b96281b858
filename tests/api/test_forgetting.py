"""A call that failed is gone with its answer: nothing it held waits for the garbage collector, which comes rarely."""

import gc
from collections.abc import Iterator
from types import FrameType, TracebackType

import pytest

from tests.api.everywhere import ANTHROPIC, CHAT, CLAUDE, HI, OWN, Everywhere, everywhere
from tests.fakes.openai_server import Script

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
SIZE = 9 * 1024 * 1024
FAILURES = {
    "an event too long": Script(body=b"data: " + b"x" * SIZE),
    "an answer too long": Script(body=b'{"x":"' + b"x" * 8 * SIZE),
    "an error": Script(status=500, body=b"{}"),
    "busy": Script(status=429, body=b"{}", headers={"Retry-After": "900"}),
    "cut": Script(cut_at=20),
    "no answer": Script(no_answer=True),
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    with everywhere(tmp_path_factory.mktemp("everywhere")) as made:
        gc.collect()
        gc.freeze()  # what is there already is not looked through each time
        yield made
        gc.unfreeze()


def left_by(gateway: Everywhere, route: str, failure: Script, *, stream: bool) -> list[object]:
    """What only the collector can give back after such a call."""
    body = {"model": route, "messages": [HI], "max_tokens": 50, "stream": stream}
    fake = gateway.fakes[route.partition("/")[0]]
    fake.scripts.extend([failure] * 4)
    gc.collect()
    gc.disable()
    try:
        gateway.post(CHAT, body).close()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        fake.scripts.clear()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("route", [OWN, ANTHROPIC, CLAUDE])
def test_no_frame_of_a_failed_call_refers_to_itself(
    gateway: Everywhere, route: str, failure: str, *, stream: bool
) -> None:
    left_by(gateway, route, FAILURES[failure], stream=stream)
    left = left_by(gateway, route, FAILURES[failure], stream=stream)
    frames = [each for each in left if isinstance(each, FrameType | TracebackType | BaseException)]
    assert [str(each) for each in frames] == []
