"""A gateway in small, with gevent's patches: asks a stand-in worker and prints the longest stall of its event loop."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402 - after the patches
import threading  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[3]))

from ni.privacy.names.worker.pool import (  # noqa: E402
    Child,
    NamesPool,
    wait_until_ready,
)


def main() -> None:
    stalls: list[float] = []

    def tick() -> None:
        while True:
            begun = time.perf_counter()
            time.sleep(0.001)
            stalls.append(time.perf_counter() - begun)

    stand_in = str(Path(__file__).with_name("stand_in.py"))
    pool = NamesPool(start=lambda: Child((sys.executable, stand_in)))
    pool.start()
    assert wait_until_ready(pool, 30)
    threading.Thread(target=tick, daemon=True).start()
    found = pool.find([f"slowly {number} " + "word " * 380 for number in range(36)])
    assert len(found) == 36
    assert all(found)
    pool.close()
    sys.stdout.write(f"{len(stalls)} {1000 * max(stalls):.1f}\n")


if __name__ == "__main__":
    main()
