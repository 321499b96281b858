"""A measure that is not ours, `pii-leak-benchmark`, finds that the gateway leaks nothing and restores everything.

It lives in an environment of its own, `build/leaks`, which `make check` makes; without it these tests are skipped. Its
stand-in for a provider ends a stream without the `finish_reason` that every chat stream has and that the gateway
insists on: a relay between the two adds that chunk and changes nothing else.
"""

import http.client
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.running import ROOT, RunningGateway, free_port

PROGRAM = ROOT / "build" / "leaks" / "bin" / "pii-leak-benchmark"
FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="pii-leak-benchmark is not in build/leaks")


class Relay(BaseHTTPRequestHandler):
    """Passes a request on to the capture as it came, and its answer back with an ending."""

    capture = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        beyond = http.client.HTTPConnection("127.0.0.1", self.capture, timeout=30)
        beyond.request("POST", self.path, body, dict(self.headers))
        answer = beyond.getresponse()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.read().replace(b"data: [DONE]", FINISH + b"data: [DONE]"))
        beyond.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        """Says nothing."""


@contextmanager
def relay(capture: int) -> Iterator[int]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), type("To", (Relay,), {"capture": capture}))
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield int(served.server_address[1])
    served.shutdown()
    served.server_close()


def readiness(gateway: RunningGateway) -> tuple[int, Any, str | None]:
    try:
        with urllib.request.urlopen(f"{gateway.url}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer), None
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused), refused.headers["Retry-After"]


def test_another_measure_finds_nothing_leaked_and_all_restored(tmp_path: Path) -> None:
    capture, report = free_port(), tmp_path / "report.json"
    with relay(capture) as upstream:
        gateway = RunningGateway(
            tmp_path, OPENAI_API_KEY="sk-leaks", OPENAI_BASE_URL=f"http://127.0.0.1:{upstream}/v1",
            NI_PII_WORKERS="1",
        )  # fmt: skip
        gateway.ni("init")
        key = gateway.key("--pii", "on")
        gateway.start()
        status, body, retry_after = readiness(
            gateway
        )  # the models take seconds: it says so, and does not guess
        assert (status, body["checks"]["names"], retry_after) in {(503, False, "5"), (200, True, None)}
        deadline = time.monotonic() + 120
        while readiness(gateway)[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        done = subprocess.run(
            [str(PROGRAM), "selfcheck", "--target-base-url", f"{gateway.url}/v1", "--iterations", "2",
             "--target-model", "openai/gpt-4.1-mini-us", "--capture-port", str(capture), "--json-out", str(report)],
            env={**os.environ, "CONFORMANCE_TARGET_API_KEY": key},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        gateway.stop()
    assert done.returncode == 0, done.stdout[-4000:]
    assert "CLEAN" in done.stdout
