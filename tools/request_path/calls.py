"""The two calls whose way is counted, made to a real gateway before strict fakes of their providers."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.fakes import bedrock_wire, openai_server
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.wire_server import FakeWire
from tests.running import RunningGateway
from tools.request_path.counter import Function

WARM_CALLS = 3
COUNTED_CALLS = 4
READY_S = 60.0
WORDS = "Write to Odile Tremblay-{0} at odile{0}@example.ca or 613-555-01{0} that the meeting begins at {0}."
"""A conversation's earlier turns come again with each call, so a warm call is one whose text was looked through before:
the same number each time. With another number each time the recognisers are entered too."""
SEEN = 33

Functions = frozenset[Function]


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what it is called in documents, its address and its body without the words of the user."""

    name: str
    path: str
    body: dict[str, Any]


CALLS = (
    Call("chat to OpenAI", "/v1/chat/completions", {"model": "openai/gpt-4.1-mini-us", "stream": True}),
    Call(
        "Messages to Bedrock",
        "/v1/messages",
        {
            "model": "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0-global",
            "max_tokens": 200,
            "stream": True,
        },
    ),
)


class CountedGateway(RunningGateway):
    """A gateway whose server counts."""

    command = ("-m", "tools.request_path.serve")


@contextmanager
def counted_gateway(home: Path) -> Iterator[CountedGateway]:
    """A gateway with substitution, ready to be asked, for as long as the block lasts."""
    with FakeOpenAI() as openai, FakeWire(bedrock_wire.BedrockWire()) as bedrock:
        gateway = CountedGateway(
            home,
            OPENAI_BASE_URL=openai.base_url,
            OPENAI_API_KEY=openai_server.KEY,
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME=bedrock.url,
            AWS_ACCESS_KEY_ID=bedrock_wire.ACCESS,
            AWS_SECRET_ACCESS_KEY=bedrock_wire.SECRET,
            NI_PII_WORKERS="1",
            PYTHONPATH="",
        )
        gateway.ni("init")
        gateway.start()
        try:
            _wait_until_ready(gateway)
            yield gateway
        finally:
            gateway.stop()


def functions_entered(gateway: CountedGateway, call: Call, *, unseen: bool = False) -> Functions:
    """The functions that every one of some warm calls entered: what runs beside them now and then is left out.

    `unseen` counts calls whose text the gateway has not looked through before.
    """
    key = gateway.key("--pii", "on")
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    for number in range(10, 10 + WARM_CALLS):
        _ask(connection, call, key, number if unseen else SEEN)
    found: list[Functions] = []
    for number in range(20, 20 + COUNTED_CALLS):
        _post(connection, "/count/start", b"", {})
        _ask(connection, call, key, number + 10 * CALLS.index(call) if unseen else SEEN)
        entered = json.loads(_post(connection, "/count/stop", b"", {}))
        found.append(frozenset((file, name, line) for file, name, line in entered))
    connection.close()
    return frozenset.intersection(*found)


def _ask(connection: HTTPConnection, call: Call, key: str, number: int) -> None:
    """Make one call and read its answer; raises `RuntimeError` where it failed or was sent unmasked."""
    words = WORDS.format(number)
    body = {**call.body, "messages": [{"role": "user", "content": words}]}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answer = _post(connection, call.path, json.dumps(body).encode(), headers).decode()
    if "error" in answer:
        raise RuntimeError(answer[:500])


def _post(connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path} was answered with {response.status}: {answer[:500]!r}")
    return answer


def _wait_until_ready(gateway: CountedGateway) -> None:
    """Wait for the worker that finds names. Raises `RuntimeError`."""
    ends_at = time.monotonic() + READY_S
    while time.monotonic() < ends_at:
        connection = HTTPConnection("127.0.0.1", gateway.port, timeout=5)
        connection.request("GET", "/readyz")
        ready = connection.getresponse().status == 200
        connection.close()
        if ready:
            return
        time.sleep(0.05)
    raise RuntimeError(f"the gateway was not ready after {READY_S:.0f} s:\n{gateway.log.read_text()[-2000:]}")
