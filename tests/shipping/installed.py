"""Commands of an installed product as a person runs them: in an empty folder, and not as root."""

import contextlib
import json
import os
import pwd
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.running import free_port

USER = "nobody"
START_S = 60.0
WORDS = "word " * 400


class Installed:
    """Its programs, run in `folder` with no environment but a few settings; `url` is where it serves.

    `command` gives what runs a program: a path of an environment, or what enters an image. As `user`, if that is given.
    """

    def __init__(self, folder: Path, command: Callable[[str], list[str]], user: str = "") -> None:
        self.folder = folder
        self._command = command
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        self.environ = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "NI_BIND": f"127.0.0.1:{self.port}"}
        self._process: subprocess.Popen[bytes] | None = None
        self._user: dict[str, Any] = {}
        if user:
            found = pwd.getpwnam(user)
            os.chown(folder, found.pw_uid, found.pw_gid)
            self._user = {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self._command(program), *arguments], cwd=self.folder, env=self.environ,
            capture_output=True, text=True, check=False, timeout=120, **self._user,
        )  # fmt: skip

    def ni(self, *arguments: str) -> Any:
        """The value that a command of `ni` gives."""
        done = self.run("ni", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def serve(self, *arguments: str) -> "Installed":
        """`ni serve`, and return when it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command("ni"), "serve", *arguments],
                cwd=self.folder, env=self.environ, stdout=log, stderr=log, **self._user,
            )  # fmt: skip
        ends_at = time.monotonic() + START_S
        while time.monotonic() < ends_at and self._process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                return self
            time.sleep(0.05)
        raise AssertionError(f"it was not ready:\n{self.log.read_text()[-2000:]}")

    @property
    def pid(self) -> int:
        """The id of the process that `serve` started."""
        assert self._process is not None
        return self._process.pid

    def call(self, key: str, **fields: object) -> urllib.request.Request:
        """A request for the sandbox's answer, as the first page of the README sends it."""
        body = {
            "model": "sandbox/echo-local",
            "messages": [{"role": "user", "content": "say hi"}],
            **fields,
        }
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        address = f"{self.url}/v1/chat/completions"
        return urllib.request.Request(address, json.dumps(body).encode(), headers, method="POST")

    def streamed(self, key: str) -> bytes:
        """A stream that takes a while, read to its end."""
        asked = self.call(key, stream=True, messages=[{"role": "user", "content": WORDS}])
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return bytes(answer.read())

    def end(self) -> int:
        """Ask the server to stop; its exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(70)
        finally:
            self._process.kill()
            self._process = None
