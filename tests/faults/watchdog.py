"""Measures a running gateway from outside while something is done to it: how long `/healthz` takes, its memory."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.running import RunningGateway

LAG_S = 0.25
MEMORY_KB = 300 * 1024
PAUSE_S = 0.01


@dataclass
class Watchdog:
    """Asks on a fresh connection each time, as a load balancer does. `waits_s` are the times to the whole answer."""

    gateway: RunningGateway
    waits_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def longest_s(self) -> float:
        """The longest wait; endless if nobody was served."""
        return max(self.waits_s) if self.waits_s and not self.faults else float("inf")

    def _stolen_s(self) -> float:
        """For how long the gateway and this thread were ready to run and did not (proc(5), `schedstat`)."""
        tasks = [f"/proc/{pid}" for pid in self.gateway.workers()]
        tasks.append(f"/proc/self/task/{threading.get_native_id()}")
        try:
            return sum(int(Path(f"{task}/schedstat").read_text().split()[1]) for task in tasks) / 1e9
        except OSError:  # a system without it: everything counts
            return 0.0

    def ask(self) -> None:
        """One measurement, without the time for which neither end was given a processor: that is the machine's."""
        began, stolen = time.monotonic(), self._stolen_s()
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=15)
        try:
            connection.request("GET", "/healthz")
            assert connection.getresponse().read() == b'{"status":"ok"}'
            took_s = time.monotonic() - began
            self.waits_s.append(max(0.0, took_s - (self._stolen_s() - stolen)))
        except (OSError, http.client.HTTPException) as fault:
            self.faults.append(type(fault).__name__)
        finally:
            connection.close()


@contextmanager
def watched(gateway: RunningGateway) -> Iterator[Watchdog]:
    """Measures until the block ends."""
    watchdog, over = Watchdog(gateway), threading.Event()

    def look() -> None:
        while not over.wait(PAUSE_S):
            watchdog.ask()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watchdog
    finally:
        over.set()
        thread.join(30)


def peak_kb(gateway: RunningGateway) -> int:
    """The most memory that a serving process has had."""
    return max(_status(pid, "VmHWM:") for pid in gateway.workers())


def memory_kb(gateway: RunningGateway) -> int:
    """The memory that the serving processes have now."""
    return sum(_status(pid, "VmRSS:") for pid in gateway.workers())


def descriptors(gateway: RunningGateway) -> int:
    """Open files of the serving processes."""
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in gateway.workers())


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def least_lag(gateway: RunningGateway, attack: Callable[[], object], tries: int = 3) -> float:
    """The longest wait of the best of a few tries: what else the machine does can only add to it."""
    longest = float("inf")
    for _ in range(tries):
        with watched(gateway) as watchdog:
            attack()
        longest = min(longest, watchdog.longest_s)
        if longest <= LAG_S:
            break
    return longest
