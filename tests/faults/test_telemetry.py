"""A collector that is away, slow or hostile does not touch calls, and a stop sends what waits, in time."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.fakes.otlp_receiver import Answer, OtlpReceiver
from tests.running import RunningGateway

CALLS = 60
TEMPERS = {
    "takes it": Answer(), "slow": Answer(after_s=30.0), "500": Answer(500), "429": Answer(429, {"Retry-After": "5"}),
    "redirect": Answer(307, {"Location": "http://127.0.0.1:1/"}), "garbage": Answer(200, body=b"\xff" * 100_000),
    "cut": Answer(0),
}  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as served:
        yield served


def started(home: Path, url: str) -> RunningGateway:
    """A gateway that exports to an address."""
    gateway = RunningGateway(
        home, NI_OTEL="on", OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_METRIC_EXPORT_INTERVAL="200"
    )
    gateway.ni("init")
    return gateway


def ask(gateway: RunningGateway, key: str, at: int) -> int:
    """One call; every third is a stream, of which every second is cut by its client."""
    stream = at % 3 == 0
    body = {
        "model": "sandbox/echo-local", "stream": stream, "messages": [{"role": "user", "content": "Hello"}],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {key}", "traceparent": f"00-{at + 1:032x}-{at + 1:016x}-01"}
    url = f"{gateway.url}/v1/chat/completions"
    with requests.post(url, json=body, headers=headers, stream=stream, timeout=20) as answer:
        if stream and at % 2:
            next(answer.iter_content(16))
        else:
            assert answer.content
        return answer.status_code


def test_calls_do_not_notice_what_the_collector_does(tmp_path: Path, receiver: OtlpReceiver) -> None:
    gateway = started(tmp_path, receiver.url)
    key = gateway.key()
    gateway.start()
    for answer in TEMPERS.values():
        receiver.always = answer
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda at: ask(gateway, key, at), range(CALLS))) == {200}
    assert requests.get(f"{gateway.url}/readyz", timeout=10).status_code == 200
    receiver.always = Answer()
    before_s = time.monotonic()
    gateway.stop()
    assert time.monotonic() - before_s < 40
    assert receiver.objections == []


def test_a_stop_sends_the_last_spans(tmp_path: Path, receiver: OtlpReceiver) -> None:
    gateway = started(tmp_path, receiver.url)
    key = gateway.key()
    gateway.start()
    for at in range(4):
        ask(gateway, key, at * 3 + 1)
    gateway.stop()
    assert len(receiver.check()) == 4
    assert "ni_calls" in receiver.metrics
    lines = gateway.log.read_text().splitlines()
    assert sum(f'"trace_id":"{2:032x}"' in line for line in lines) == 1
