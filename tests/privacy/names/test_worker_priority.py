"""The priority of a worker that looks for names: loading is waited for by calls, finding comes after the gateway."""

import os
import threading
import time

from ni.privacy.names.worker.pool import WORKER, Child
from ni.privacy.names.worker.server import NICENESS


def test_a_worker_loads_at_our_priority_and_serves_below_it() -> None:
    """Loading below everybody else took half a minute on a busy machine, in which calls with masking were refused."""
    ours, lowered_at, ready_at = os.getpriority(os.PRIO_PROCESS, 0), 0.0, 0.0
    with Child(WORKER) as child:
        loading = threading.Thread(target=child.await_ready, args=(60,))
        loading.start()
        until = time.monotonic() + 60
        while not (lowered_at and ready_at) and time.monotonic() < until:
            if not lowered_at and os.getpriority(os.PRIO_PROCESS, child.pid) != ours:
                lowered_at = time.monotonic()
            if not ready_at and not loading.is_alive():
                ready_at = time.monotonic()
            time.sleep(0.002)
        loading.join()
        assert ready_at
        assert lowered_at > ready_at - 0.25
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(19, ours + NICENESS)
