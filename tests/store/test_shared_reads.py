"""Reads that several callers share: one of them reads, and each gets what it would have read."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ni.store.shared_reads import SharedReads

CALLERS = 6


class SlowRead:
    """A read that goes on until somebody lets it end."""

    def __init__(self, fault: BaseException | None = None) -> None:
        self.begun, self.end = threading.Event(), threading.Event()
        self._fault = fault
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        self.begun.set()
        assert self.end.wait(10)
        if self._fault:
            raise self._fault
        return self.count


def asked(get: Callable[[], int], read: SlowRead) -> list[int | BaseException]:
    """What callers get who ask while the first one still reads."""
    arrived = threading.Barrier(CALLERS)

    def late() -> int:
        arrived.wait(10)
        return get()

    with ThreadPoolExecutor(CALLERS) as pool:
        first = pool.submit(get)
        assert read.begun.wait(10)
        others = [pool.submit(late) for _ in range(CALLERS - 1)]
        arrived.wait(10)
        threading.Timer(0.05, read.end.set).start()
        return [each.exception() or each.result() for each in (first, *others)]


def test_callers_at_once_share_one_read() -> None:
    shared: SharedReads[int] = SharedReads()
    read = SlowRead()
    assert set(asked(lambda: shared.get("x", read), read)) <= {1, 2}, "a late one may read again"
    assert read.count <= 2
    before = read.count
    assert shared.get("x", read) == before + 1, "nothing is kept"


def test_they_share_its_fault_too() -> None:
    shared: SharedReads[int] = SharedReads()
    read = SlowRead(OSError("away"))
    assert {type(each) for each in asked(lambda: shared.get("x", read), read)} == {OSError}


def test_a_reader_that_is_stopped_leaves_it_to_another() -> None:
    shared: SharedReads[int] = SharedReads()

    class Stopped(BaseException):
        """Ends a greenlet."""

    stopped = SlowRead(Stopped())
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shared.get, "x", stopped)
        assert stopped.begun.wait(10)
        second = pool.submit(shared.get, "x", lambda: 7)
        stopped.end.set()
        assert second.result(10) == 7
        with pytest.raises(Stopped):
            first.result(10)


def test_another_name_is_another_read() -> None:
    shared: SharedReads[str] = SharedReads()
    assert shared.get("x", lambda: shared.get("y", lambda: "inner") + "!") == "inner!"
