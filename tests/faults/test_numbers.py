"""`/metrics` adds up over workers, whichever of them is asked, and over one that died."""

import os
import re
import signal
import time
from pathlib import Path

import requests

from tests.running import RunningGateway

CALLS = 24


def counted(gateway: RunningGateway, name: str) -> float:
    """The sum of a counter over its labels."""
    text = requests.get(f"{gateway.url}/metrics", timeout=10).text
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))


def test_numbers_are_of_all_workers(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path, NI_WORKERS="2")
    gateway.ni("init")
    headers = {"Authorization": f"Bearer {gateway.key()}"}
    gateway.start()
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "Hello"}]}
    for _ in range(CALLS):  # each on a connection of its own, which either worker may take
        answer = requests.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200
    assert {counted(gateway, "ni_calls_total") for _ in range(12)} == {CALLS}
    workers = gateway.workers()
    os.kill(workers[0], signal.SIGKILL)
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at and (workers[0] in gateway.workers() or len(gateway.workers()) < 2):
        time.sleep(0.05)
    assert {counted(gateway, "ni_calls_total") for _ in range(6)} == {CALLS}
    assert counted(gateway, "ni_open_streams") == 0
    gateway.stop()
