"""A real gateway for tests: its own home, its own port, started and ended as an operator would."""

import contextlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from unittest import mock

from ni.__main__ import command_parts
from ni.cli import main

ROOT = Path(__file__).resolve().parents[1]
START_S = 30.0


def free_port() -> int:
    """A port that nothing listens on now, outside the range that the system gives to outgoing connections.

    From that range, a connection of another test may take it before the server does (ip(7), ip_local_port_range).
    """
    while True:
        port = random.SystemRandom().randrange(10_240, 32_768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class RunningGateway:
    """An instance in `home`. `environ` are further settings; `start` and `kill` may alternate."""

    command: tuple[str, ...] = ("-m", "ni", "serve")
    """What Python runs to serve."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "serve.log"
        self.streams = home / "streams-out-of-order.log"
        self.stalls = home / "stalls"
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NI_", "OPENAI_"))},
            "NI_HOME": str(home),
            "NI_BIND": f"127.0.0.1:{self.port}",
            "NI_PRIVATE_NETWORKS": "127.0.0.0/8",
            "NI_PII_WORKERS": "0",
            "PYTHONPATH": str(ROOT / "tests" / "checked"),
            "TESTS_STREAMS": str(self.streams),
            "TESTS_STALLS": str(self.stalls),
            **environ,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def ni(self, *arguments: str) -> Any:
        """Run a command with `--json`; its value. In this process, which has everything imported, with its settings."""
        said, told = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self._environ, clear=True),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(told),
        ):
            status = main([*arguments, "--json"], command_parts())
        assert status == 0, told.getvalue()
        return json.loads(said.getvalue())

    def key(self, *arguments: str) -> str:
        """The text of a new key, without substitution unless the arguments ask for it."""
        pii = () if "--pii" in arguments else ("--pii", "off")
        return str(self.ni("key", "create", "--name", "test", *pii, *arguments)["key"])

    def start(self) -> "RunningGateway":
        """Serve, and return when the first 200 came."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT, env=self._environ, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        ends_at = time.monotonic() + START_S
        while time.monotonic() < ends_at:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=1):
                return self
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"the gateway did not start:\n{self.log.read_text()[-2000:]}")

    @property
    def running(self) -> bool:
        """Whether it was started and not ended."""
        return self._process is not None

    def workers(self) -> list[int]:
        """The ids of the processes that serve."""
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(each) for each in listed.split()]

    def kill(self) -> None:
        """End every process of the instance at once, as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def stop(self, wait_s: float = 30.0) -> int:
        """Ask it to stop, as a service manager would; the exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        status = self._process.wait(wait_s)
        self._process = None
        assert not self.streams.exists(), self.streams.read_text()
        return status
