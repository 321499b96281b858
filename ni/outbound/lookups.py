"""Look-ups of names that people who are no operators choose: few at once, and with a short patience.

The system's resolver cannot be told to give up. A name whose servers never answer holds a thread of gevent's pool for
as long as the system likes, and the names of providers are looked up in the same pool.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from time import monotonic

from ni.outbound.connection import Resolve
from ni.outbound.errors import TooSlow

MOST = 4
PATIENCE_S = 5.0


class PatientLookups:
    """Resolves by `resolve`, at most `most` names at once; one that nobody waits for any more counts until it ends."""

    def __init__(self, resolve: Resolve, most: int = MOST, patience_s: float = PATIENCE_S) -> None:
        self._resolve = resolve
        self._turns = BoundedSemaphore(most)
        self._patience_s = patience_s

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. Raises `TooSlow` without a turn or an answer in time, else as `resolve` does."""
        ends_at = monotonic() + self._patience_s
        slow = TooSlow("looking up the name", self._patience_s)
        if not self._turns.acquire(timeout=self._patience_s):
            raise slow
        answer: Future[Sequence[str]] = Future()
        Thread(
            target=self._look_up, args=(answer, host, port), daemon=True
        ).start()  # a greenlet where gevent serves
        try:
            return answer.result(max(0.0, ends_at - monotonic()))
        except TimeoutError as fault:
            raise slow from fault

    def _look_up(self, answer: Future[Sequence[str]], host: str, port: int) -> None:
        try:
            answer.set_result(self._resolve(host, port))
        except Exception as fault:  # noqa: BLE001 - whoever waits raises it
            answer.set_exception(fault)
        finally:
            self._turns.release()
