"""One read for all who want the same thing at once (`SharedReads`).

What is kept in memory for seconds goes out of date for every call under way at the same moment. On a server each read
gives way to the others, so that without this all of them would read it: hundreds of times the same rows, while calls
that need others wait for a connection of the pool until they are refused.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SharedReads(Generic[Value]):
    """Reads that are under way in this process, by name."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Future[Value]] = {}

    def get(self, name: Hashable, read: Callable[[], Value]) -> Value:
        """What `read` gives, or gave to whoever asked for this name before and still waits. Raises what it raises.

        The name says what is read and in which state of it: who changes it must not be given what was read before.
        """
        mine: Future[Value] = Future()
        while True:
            shared = self._under_way.setdefault(name, mine)  # atomic, for threads too
            if shared is mine:
                return self._lead(name, mine, read)
            try:
                return shared.result()
            except CancelledError:
                continue  # who read it was stopped; another does it

    def _lead(self, name: Hashable, mine: "Future[Value]", read: Callable[[], Value]) -> Value:
        try:
            value = read()
        except Exception as fault:
            del self._under_way[name]
            mine.set_exception(fault)
            raise
        except BaseException:
            del self._under_way[name]
            mine.cancel()
            raise
        del self._under_way[name]
        mine.set_result(value)
        return value
