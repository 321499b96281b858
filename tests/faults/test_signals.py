"""TERM and HUP with live streams: each ends properly, nothing is lost, and the server goes or comes back."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.hostile_upstream import HostileUpstream, slow, text
from tests.faults.test_attacks import ask
from tests.fleet import Fleet

STREAMS = int(os.environ.get("NI_TEST_STREAMS", "60"))
WORDS = 15


@pytest.fixture(scope="module")
def upstream() -> Iterator[HostileUpstream]:
    ending = [text("", "stop"), b"data: [DONE]\n\n"]

    def act(peer: socket.socket) -> None:
        slow(iter([*[text("word ")] * WORDS, *ending]), 0.15)(peer)

    with HostileUpstream(act) as served:
        yield served


@pytest.fixture
def fleet(tmp_path_factory: pytest.TempPathFactory, upstream: HostileUpstream) -> Iterator[Fleet]:
    with closing(Fleet(tmp_path_factory.mktemp("signals"), upstream)) as made:
        yield made.start()


def read_all(fleet: Fleet, key: str, ends: list[bytes]) -> list[threading.Thread]:
    """Streams under way, each read by a thread of its own."""

    def one() -> None:
        said = b""
        with ask(fleet.first.port, key) as client:
            while arrived := client.recv(65536):
                said += arrived
        ends.append(said)

    threads = [threading.Thread(target=one) for _ in range(STREAMS)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP], ids=["TERM", "HUP"])
def test_live_streams_end_properly(fleet: Fleet, sent: signal.Signals) -> None:
    ends: list[bytes] = []
    key = fleet.first.key()
    threads = read_all(fleet, key, ends)
    until = time.monotonic() + 10
    while len(fleet.open_calls()) < STREAMS and time.monotonic() < until:
        time.sleep(0.05)
    process = fleet.first._process
    assert process is not None
    before = fleet.first.workers()
    process.send_signal(sent)
    for thread in threads:
        thread.join(30)
    whole = sum(said.count(b"[DONE]") == 1 and said.count(b"word ") == WORDS for said in ends)
    print(f"{whole} of {STREAMS} streams whole after {sent.name}")
    assert whole == STREAMS
    fleet.wait_until_settled(5)
    if sent is signal.SIGTERM:
        assert process.wait(20) == 0
        fleet.first._process = None
        return
    until = time.monotonic() + 15
    while fleet.first.workers() in ([], before) and time.monotonic() < until:
        time.sleep(0.1)
    after: list[bytes] = []
    with ask(fleet.first.port, key) as client:
        while arrived := client.recv(65536):
            after.append(arrived)
    assert b"[DONE]" in b"".join(after)
    fleet.wait_until_settled(5)
    fleet.check_sums()


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def second_master(process: subprocess.Popen[bytes]) -> int:
    """The id of a child that has children: gunicorn's new master, whose worker has begun to load. 0 for none."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for child in children(process.pid):
            if children(child):
                return child
        time.sleep(0.1)
    return 0


def until_open(fleet: Fleet, count: int) -> None:
    until = time.monotonic() + 10
    while len(fleet.open_calls()) < count and time.monotonic() < until:
        time.sleep(0.05)


def said_once(fleet: Fleet, key: str) -> bytes:
    said = b""
    with ask(fleet.first.port, key) as client:
        while arrived := client.recv(65536):
            said += arrived
    return said


def test_usr2_starts_a_second_master_that_goes_on_when_the_first_ends(fleet: Fleet) -> None:
    """The program is exchanged under live streams: USR2, then TERM to the old master (gunicorn, "Signal Handling")."""
    ends: list[bytes] = []
    key, process = fleet.first.key(), fleet.first._process
    assert process is not None
    try:
        threads = read_all(fleet, key, ends)
        until_open(fleet, STREAMS)
        process.send_signal(signal.SIGUSR2)
        second = second_master(process)
        assert second
        time.sleep(3)  # a master that cannot begin ends by now
        assert children(second)
        process.terminate()
        for thread in threads:
            thread.join(30)
        assert process.wait(30) == 0
        assert sum(said.count(b"[DONE]") == 1 and said.count(b"word ") == WORDS for said in ends) == STREAMS
        assert all(b"[DONE]" in said_once(fleet, key) for _ in range(3))
        fleet.wait_until_settled(5)
        fleet.check_sums()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        fleet.first._process = None
