"""The names workers of one process: `NamesPool` starts them, shares them fairly between requests, and replaces those
that die or overrun. Implements `Names`.

The request that a lost worker was reading fails with `DetectionFailed`; the next one is served. Start the pool after
any fork, in the background: loading takes seconds. `Child` is one worker, asked by one thread at a time over a socket
pair; where gevent patched the standard library its sockets are cooperative, else the same code blocks its thread.
"""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ni.domain.errors import DetectionFailed
from ni.privacy.names.worker.scheduler import Job, Piece, Queue, cut, gather
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
"""The command of a worker; the number of its socket is appended."""


class WorkerLost(Exception):
    """The worker died, is late or did not start; it must be replaced."""


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
        """The spans of names in each text. Raises WorkerLost if it does not answer in time."""
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


IDLE_LOOK_S = 0.5
"""How often an idle lane looks whether its worker still lives."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for what, in seconds. A batch is at most a few thousand characters."""

    batch_s: float = 15.0
    request_s: float = 120.0
    ready_s: float = 20.0
    load_s: float = 90.0
    first_pause_s: float = 0.2
    longest_pause_s: float = 10.0


def start_worker() -> Child:
    """A worker process of ours."""
    return Child(WORKER)


class NamesPool:
    """Finds names, with `workers` processes."""

    def __init__(
        self,
        workers: int = 1,
        limits: Limits | None = None,
        start: Callable[[], Child] = start_worker,
    ) -> None:
        self._limits = limits or Limits()
        self._start_child = start
        self._queue = Queue()
        self._ready = threading.Event()
        self._closed = threading.Event()
        self._children: dict[int, Child] = {}
        self._versions: dict[int, str] = {}
        self._lanes = [
            threading.Thread(target=self._lane, args=(number,), name=f"names-{number}", daemon=True)
            for number in range(workers)
        ]

    def start(self) -> None:
        """Starts the workers and returns at once."""
        for lane in self._lanes:
            lane.start()

    @property
    def ready(self) -> bool:
        """Whether at least one worker can answer."""
        return self._ready.is_set()

    @property
    def version(self) -> str:
        """The models of the workers. Raises DetectionFailed if none has come up in time."""
        if not self._versions:
            self._await_ready()
        return "+".join(sorted(set(self._versions.values())))

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the workers that run."""
        return tuple(child.pid for child in self._children.values())

    def close(self) -> None:
        """Ends the workers; what waits fails."""
        self._closed.set()
        self._queue.close()
        for child in list(self._children.values()):
            child.end()
        for lane in self._lanes:
            if lane.ident is not None:
                lane.join(self._limits.batch_s)

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        """The names in each text; `later` lets the texts of others go first.

        Raises DetectionFailed if they cannot be looked for in time.
        """
        pieces: list[Piece] = [piece for number, text in enumerate(texts) for piece in cut(number, text)]
        if not pieces:
            return [[] for _ in texts]
        self._await_ready()
        distinct = list(dict.fromkeys(piece.text for piece in pieces))
        job = Job(distinct, later)
        if not self._queue.put(job):
            raise DetectionFailed(retry_after_s=5)
        if not job.done.wait(self._limits.request_s):
            self._queue.fail(job)
        if job.failed:
            raise DetectionFailed
        known = dict(zip(distinct, job.spans, strict=True))
        return gather(len(texts), pieces, [known[piece.text] for piece in pieces])

    def _await_ready(self) -> None:
        if self._closed.is_set() or not self._ready.wait(self._limits.ready_s):
            raise DetectionFailed(retry_after_s=5)

    def _lane(self, number: int) -> None:
        """Keeps one worker running until the pool closes; pauses longer after each worker that did not come up."""
        pause_s = self._limits.first_pause_s
        while not self._closed.is_set():
            with self._start_child() as child:
                self._children[number] = child
                try:
                    self._versions[number] = child.await_ready(self._limits.load_s)
                    pause_s = self._limits.first_pause_s
                    self._ready.set()
                    self._serve(child)
                except WorkerLost:
                    pass
                del self._children[number]
            if not self._children:
                self._ready.clear()
            self._closed.wait(pause_s)
            pause_s = min(2 * pause_s, self._limits.longest_pause_s)

    def _serve(self, child: Child) -> None:
        """Feeds a worker. Raises WorkerLost when it is gone; the batch that it had fails its job."""
        while not self._closed.is_set():
            batch = self._queue.take(IDLE_LOOK_S)
            if not child.alive:
                if batch:
                    self._queue.give_back(batch)
                raise WorkerLost("The worker died between two requests.")
            if batch is None or batch.job.failed:
                continue
            try:
                self._queue.finish(batch, child.ask(batch.texts, self._limits.batch_s))
            except WorkerLost:
                self._queue.fail(batch.job)
                raise


def wait_until_ready(pool: NamesPool, limit_s: float) -> bool:
    """Whether a worker answers within the limit; for the command line and for tests."""
    ends_at = time.monotonic() + limit_s
    while not pool.ready and time.monotonic() < ends_at:
        time.sleep(0.05)
    return pool.ready
