"""One worker process as the gateway holds it: started, asked, ended. Never shared between two askers at a time.

It speaks over a socket pair with the standard library's sockets and processes, which gevent makes cooperative where it
has patched them; without gevent the same code blocks its thread.
"""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ni.privacy.names.worker.server import receive_frame, send_frame
from ni.privacy.spans import Label, Span

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENT = {
    # One thread per worker: more of them would take the processors from the gateway itself.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    # A fixed seed, so that two workers never differ.
    "PYTHONHASHSEED": "0",
    "PYTHONWARNINGS": "ignore",
    "LC_ALL": "C.UTF-8",
}
"""All that the worker sees of an environment: the gateway's own holds credentials."""


WORKER = (sys.executable, "-m", "ni.privacy.names.worker.server")
"""What starts a worker."""


class WorkerLost(Exception):
    """The worker is dead, late or did not come up; it has to be started anew."""


class Child:
    """A started worker. `ask` and `await_ready` raise WorkerLost."""

    def __init__(self, command: Sequence[str]) -> None:
        """Starts the command, which finds the number of its socket in its last argument."""
        here, there = socket.socketpair()
        with there:
            # What goes wrong in there could quote people's text: it is told by exit and by frame, never in a log.
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                (*command, str(there.fileno())), cwd=ROOT, env=ENVIRONMENT, pass_fds=(there.fileno(),),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._connection = here
        self._asked = 0

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def await_ready(self, limit_s: float) -> str:
        """Waits until the models are loaded; the version of what was loaded."""
        frame = self._receive(limit_s)
        if not frame.get("ready"):
            raise WorkerLost(f"The language models could not be loaded ({frame.get('fault')}).")
        return str(frame["version"])

    def ask(self, texts: Sequence[str], limit_s: float) -> list[list[Span]]:
        """The names in each text."""
        self._asked += 1
        try:
            self._connection.settimeout(limit_s)
            send_frame(self._connection, {"id": self._asked, "texts": list(texts)})
        except OSError as fault:
            raise WorkerLost("The worker went away.") from fault
        frame = self._receive(limit_s)
        if frame.get("id") != self._asked or len(frame["spans"]) != len(texts):
            raise WorkerLost("The worker answered another question.")
        return [
            [Span(start, end, Label(label), certain=False) for start, end, label in spans]
            for spans in frame["spans"]
        ]

    def end(self) -> None:
        """Ends the process, at once: it holds nothing that could be lost."""
        self._connection.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _receive(self, limit_s: float) -> dict[str, Any]:
        try:
            self._connection.settimeout(limit_s)
            return receive_frame(self._connection)
        except (OSError, EOFError, ValueError) as fault:
            raise WorkerLost("The worker died or took too long.") from fault
