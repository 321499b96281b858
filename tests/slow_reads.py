"""A crowd that asks at once for what is kept in memory and has gone out of date."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest import mock

from ni.store.database import Database

CROWD = 8


def reads_of_a_crowd(database: Database, ask: Callable[[], object]) -> int:
    """How many connections `CROWD` threads take that ask at the same moment, while each read waits for all of them."""
    arrived, everyone = threading.Barrier(CROWD), threading.Event()
    taken: list[Database] = []
    read = Database.read

    @contextmanager
    def slow(self: Database) -> Iterator[Any]:
        taken.append(self)
        assert everyone.wait(10)
        time.sleep(0.02)  # a server's answer lets others run
        with read(self) as connection:
            yield connection

    def one(_: int) -> None:
        arrived.wait(10)
        everyone.set()
        ask()

    with mock.patch.object(Database, "read", slow), ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(one, range(CROWD)))
    assert set(taken) == {database}
    return len(taken)
