"""Measures a running gateway from outside while something is done to it.

How long `/healthz` takes, how long the calls of somebody else take, the longest stall of its event loop, its memory.
"""

import http.client
import json
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.checked_stalls import longest_s
from tests.running import RunningGateway

LAG_S = 0.25
MEMORY_KB = 300 * 1024
LIBRARY_CALL = b'"' + b"\\n" * 4_000_000 + b'"'
PAUSE_S = 0.01
GROWTH_S = 0.1
QUIET_S = 1.5
SUPPLIED_BYTES = 128 * 1024 * 1024
MEASURED_S = 1.5
"""For so long an attack that is over sooner is repeated: of one call or two there is no percentile."""


@dataclass(frozen=True)
class Probe:
    """A request that is made again and again, and a part of its right answer."""

    method: str
    path: str
    right: bytes
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@cache
def stall_limit_s() -> float:
    """How much processor time one turn of the loop may take on this machine.

    The gateway's own steps take 10 ms. What it cannot cut is one call of a library on the whole of a body, the
    slowest of which is this one; processors that others use too are slower by a factor of two, and the turn does more.
    """
    took_s = []
    for _ in range(3):
        began_s = time.thread_time()
        json.loads(LIBRARY_CALL)
        took_s.append(time.thread_time() - began_s)
    return 4 * min(took_s)


def have_memory_supplied() -> None:
    """Touch memory and give it back, so that whoever takes some next finds it in place.

    Where a virtual machine returns free pages to its host, the first touch of a page waits for the host, up to 16 ms
    for each MiB here, and counts as processor time of who touches it. What the gateway does is not in that.
    """
    with mmap.mmap(-1, SUPPLIED_BYTES) as memory:
        for at in range(0, SUPPLIED_BYTES, mmap.PAGESIZE):
            memory[at] = 1


HEALTH = Probe("GET", "/healthz", b'{"status":"ok"}')


def call_with(key: str) -> Probe:
    """A chat call of somebody else, to a route that needs no upstream."""
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "somebody else"}]}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return Probe("POST", "/v1/chat/completions", b"somebody else", json.dumps(body).encode(), headers)


@dataclass
class Watchdog:
    """Asks on a fresh connection each time, as a load balancer does. `waits_s` are the times to the whole answer."""

    gateway: RunningGateway
    probe: Probe = HEALTH
    waits_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def longest_s(self) -> float:
        """The longest wait; endless if nobody was served."""
        return max(self.waits_s) if self.waits_s and not self.faults else float("inf")

    @property
    def p99_s(self) -> float:
        """The wait that one in a hundred exceeds; endless if anybody was not served."""
        if not self.waits_s or self.faults:
            return float("inf")
        return sorted(self.waits_s)[min(len(self.waits_s) - 1, len(self.waits_s) * 99 // 100)]

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
            connection.request(self.probe.method, self.probe.path, self.probe.body, self.probe.headers)
            assert self.probe.right in connection.getresponse().read()
            took_s = time.monotonic() - began
            self.waits_s.append(max(0.0, took_s - (self._stolen_s() - stolen)))
        except (OSError, http.client.HTTPException) as fault:
            self.faults.append(type(fault).__name__)
        finally:
            connection.close()


@contextmanager
def watched(gateway: RunningGateway, probe: Probe = HEALTH) -> Iterator[Watchdog]:
    """Measures until the block ends."""
    watchdog, over = Watchdog(gateway, probe), threading.Event()

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


def is_judged() -> bool:
    """Whether the machine is quiet enough to blame the gateway for slow calls: they need its threads as well.

    The time for which other programs keep the processor from a thread is not in what `Watchdog` takes off.
    """
    return os.getloadavg()[0] <= 2 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Harm:
    """What an attack did to others: the longest `/healthz`, the 99th percentile of calls before and meanwhile, and the
    most processor time that one turn of the loop took."""

    lag_s: float
    before_s: float
    meanwhile_s: float
    calls: int
    stall_s: float

    @property
    def growth_s(self) -> float:
        """By how much the calls of others became slower."""
        return self.meanwhile_s - self.before_s

    @property
    def bearable(self) -> bool:
        """Whether it is within what is promised."""
        return (
            self.lag_s <= LAG_S
            and self.stall_s <= stall_limit_s()
            and (self.growth_s <= GROWTH_S or not is_judged())
        )

    def __str__(self) -> str:
        return (
            f"longest /healthz {self.lag_s * 1000:.0f} ms; p99 of {self.calls} calls of somebody else "
            f"{self.before_s * 1000:.0f} -> {self.meanwhile_s * 1000:.0f} ms; "
            f"longest stall {self.stall_s * 1000:.0f} ms"
        )


def least_harm(gateway: RunningGateway, key: str, attack: Callable[[], object], tries: int = 6) -> Harm:
    """The least harm of a few tries: what else the machine does can only add to it."""
    probe, found = call_with(key), []
    for _ in range(tries):
        with watched(gateway, probe) as quiet:
            time.sleep(QUIET_S)
        have_memory_supplied()
        longest_s(gateway.stalls)
        with watched(gateway) as health, watched(gateway, probe) as calls:
            ends_at = time.monotonic() + MEASURED_S
            attack()
            while time.monotonic() < ends_at:
                attack()
        stall_s = longest_s(gateway.stalls)
        found.append(Harm(health.longest_s, quiet.p99_s, calls.p99_s, len(calls.waits_s), stall_s))
        if found[-1].bearable:
            break
    return min(found, key=lambda harm: (not harm.bearable, max(harm.lag_s / LAG_S, harm.growth_s / GROWTH_S)))


def least_lag(gateway: RunningGateway, attack: Callable[[], object], tries: int = 6) -> float:
    """The longest wait for `/healthz` of the best of a few tries."""
    longest = float("inf")
    for _ in range(tries):
        with watched(gateway) as watchdog:
            attack()
        longest = min(longest, watchdog.longest_s)
        if longest <= LAG_S:
            break
    return longest
