"""Many streams in one process: a thousand that idle, and thousands whose clients leave, in bounded memory and files."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from tests.fakes.hostile_upstream import STREAM, HostileUpstream, text
from tests.faults.test_attacks import ask
from tests.faults.watchdog import LAG_S, descriptors, least_lag, memory_kb
from tests.fleet import Fleet

IDLE = int(os.environ.get("NI_TEST_IDLE", "1000"))
LEAVERS = int(os.environ.get("NI_TEST_LEAVERS", "2000"))
IDLE_S = 3.0


@pytest.fixture(scope="module")
def over() -> threading.Event:
    return threading.Event()


@pytest.fixture(scope="module")
def upstream(over: threading.Event) -> Iterator[HostileUpstream]:
    def act(peer: socket.socket) -> None:
        """One word, then nothing until the peer leaves."""
        peer.sendall(STREAM + text("word "))
        peer.settimeout(60)
        with suppress(TimeoutError):
            peer.recv(1)

    with HostileUpstream(act) as served:
        yield served
        over.set()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, upstream: HostileUpstream) -> Iterator[Fleet]:
    home, many = tmp_path_factory.mktemp("many"), "4000"
    with closing(Fleet(home, upstream, NI_CALLS_AT_ONCE=many, NI_CALLS_AT_ONCE_PER_KEY=many)) as made:
        yield made.start()


def first_word(fleet: Fleet, key: str) -> socket.socket:
    client = ask(fleet.first.port, key)
    said = b""
    while b"word" not in said:
        arrived = client.recv(65536)
        assert arrived, said
        said += arrived
    return client


def test_a_thousand_idle_streams_cost_little_and_hold_up_nobody(fleet: Fleet) -> None:
    key = fleet.first.key()
    for _ in range(5):
        first_word(fleet, key).close()
    before = memory_kb(fleet.first)
    clients = [first_word(fleet, key) for _ in range(IDLE)]
    lag_s = least_lag(fleet.first, lambda: time.sleep(IDLE_S))
    grown = memory_kb(fleet.first) - before
    print(f"{IDLE} idle streams: {grown // 1024} MiB more, longest /healthz {lag_s * 1000:.0f} ms")
    assert len(fleet.open_calls()) == IDLE
    for client in clients:
        client.close()
    fleet.wait_until_settled(10)
    assert grown <= 100 * 1024
    assert lag_s <= LAG_S


def test_thousands_of_leavers_leave_nothing_behind(fleet: Fleet, upstream: HostileUpstream) -> None:
    key = fleet.first.key()

    def leave(count: int) -> None:
        for at in range(count):
            client = first_word(fleet, key) if at % 2 else ask(fleet.first.port, key)
            client.close()

    def leave_together(count: int) -> None:
        threads = [threading.Thread(target=leave, args=(count // 8,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)

    leave_together(LEAVERS // 4)
    fleet.wait_until_settled(10)
    files, memory = descriptors(fleet.first), memory_kb(fleet.first)
    leave_together(LEAVERS)
    fleet.wait_until_settled(10)
    time.sleep(1)
    more_files, more_memory = descriptors(fleet.first) - files, memory_kb(fleet.first) - memory
    print(f"{LEAVERS} leavers: {more_files} files and {more_memory} KiB more")
    assert more_files <= 20
    assert more_memory <= 10 * 1024
    assert set(fleet.outcomes(set(fleet.counts()))) == {"client_gone"}
    fleet.check_sums()
