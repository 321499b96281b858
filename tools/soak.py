"""`make test-soak`: a real gateway under mixed load for ten minutes, and a verdict.

Clients that read, leave, stall, send garbage and switch keys, against an upstream that answers, streams, cuts, is busy
and lies about its usage. Every few seconds the watchdog looks: `/healthz` in time, memory and files bounded, nothing
held that no call holds. At the end rows, totals and budgets agree, and every call that was answered is on record.
Bounded: `--seconds` (600), eight clients, loopback only.
"""

import argparse
import random
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from tests.fakes.hostile_upstream import STREAM, HostileUpstream, event, text, whole
from tests.faults.test_attacks import ask
from tests.faults.watchdog import MEMORY_KB, Watchdog, descriptors, memory_kb
from tests.fleet import Fleet

CLIENTS = 8
WARM_S = 20.0
LOOK_S = 2.0
LAG_S = 1.0  # other programs run on the machine too: the tests of single attacks are stricter
GROWTH_KB = 20 * 1024
FIGURES = (
    {"prompt_tokens": 9, "completion_tokens": 8},
    {"prompt_tokens": 9, "completion_tokens": 10**15},
    None,
)


def upstream_act(peer: socket.socket) -> None:
    """One of many ways to answer, drawn anew each time."""
    kind = random.random()  # noqa: S311 - no secret
    if kind < 0.1:
        peer.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
    if kind < 0.2:
        peer.sendall(STREAM + text("cut "))
        return
    if kind < 0.4:
        whole(random.choice(FIGURES))(peer)  # noqa: S311
        return
    peer.sendall(STREAM)
    for _ in range(random.randrange(1, 20)):  # noqa: S311
        peer.sendall(text("word ") + b": ping\n\n")
        time.sleep(random.random() * 0.05)  # noqa: S311
    peer.sendall(text("", "stop") + event(choices=[], usage=FIGURES[0]) + b"data: [DONE]\n\n")


def client(fleet: Fleet, key: str, over: threading.Event, seen: list[int]) -> None:
    """Asks on and on; one in five leaves, one in twenty sends garbage."""
    while not over.is_set():
        with suppress(OSError):
            if random.random() < 0.05:  # noqa: S311
                send_garbage(fleet.first.port)
            else:
                seen[0] += read_answer(fleet.first.port, key)


def send_garbage(port: int) -> None:
    """What is no request."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(random.randbytes(200) + b"\r\n\r\n")  # noqa: S311
        raw.recv(1024)


def read_answer(port: int, key: str) -> int:
    """One call, read to its end or, by one in five, left after its first bytes."""
    leaves = random.random() < 0.2  # noqa: S311
    with ask(port, key, stream=random.random() < 0.7) as asked:  # noqa: S311
        while asked.recv(65536) and not leaves:
            pass
    return 1


def soak(seconds: float) -> list[str]:
    """What went wrong; empty for a pass."""
    broken: list[str] = []
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="ni-soak-"))
        upstream = stack.enter_context(HostileUpstream(upstream_act))
        with closing(Fleet(Path(home), upstream)) as fleet:
            fleet.start()
            over, seen = threading.Event(), [0]
            keys = [fleet.first.key() for _ in range(2)]
            threads = [
                threading.Thread(target=client, args=(fleet, keys[at % 2], over, seen))
                for at in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            broken += watch(fleet, seconds)
            over.set()
            for thread in threads:
                thread.join(30)
            broken += settle(fleet, seen[0])
    return broken


def watch(fleet: Fleet, seconds: float) -> list[str]:
    """Look every `LOOK_S`; memory and files are compared with those after `WARM_S`."""
    broken, watchdog = [], Watchdog(fleet.first)
    began, first = time.monotonic(), (0, 0)
    while (passed := time.monotonic() - began) < seconds:
        time.sleep(LOOK_S)
        watchdog.ask()
        if passed > WARM_S and not first[0]:
            first = (memory_kb(fleet.first), descriptors(fleet.first))
    memory, files = memory_kb(fleet.first), descriptors(fleet.first)
    sys.stdout.write(
        f"longest /healthz {watchdog.longest_s * 1000:.0f} ms; memory {first[0] // 1024} to {memory // 1024} MiB; "
        f"files {first[1]} to {files}\n"
    )
    if watchdog.longest_s > LAG_S:
        broken.append("/healthz was late, or not answered")
    if memory > MEMORY_KB or (first[0] and memory - first[0] > GROWTH_KB):
        broken.append("memory grew")
    if first[1] and files - first[1] > 4 * CLIENTS:
        broken.append("files stayed open")
    return broken


def settle(fleet: Fleet, seen: int) -> list[str]:
    """What must hold when everybody has left."""
    broken = []
    try:
        fleet.wait_until_settled(20)
        fleet.check_sums()
    except AssertionError as fault:
        broken.append(f"the ledger: {fault}")
    counts = fleet.counts()
    wrong = sum(each != (1, 1, 1) for each in counts.values())
    if wrong:
        broken.append(f"{wrong} calls are not on record once, opened and closed")
    if not seen or not counts:
        broken.append("nothing was tested")
    sys.stdout.write(f"{seen} requests read, {len(counts)} calls checked, {wrong} violations\n")
    return broken


def main() -> int:
    """The verdict, and the status for it."""
    parser = argparse.ArgumentParser(description="Run a gateway under mixed load and say whether it held.")
    parser.add_argument("--seconds", type=float, default=600.0)
    broken = soak(min(parser.parse_args().seconds, 3600.0))
    sys.stdout.write("PASS\n" if not broken else f"FAIL: {'; '.join(broken)}\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
