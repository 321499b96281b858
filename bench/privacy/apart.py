"""Measures in a separate process what cannot be seen from outside the server: loop stalls and the worker's memory.

`python -m bench.privacy.apart stall` reads a document from standard input and prints the longest time in which the
loop ran nothing else while the document was protected; `growth N` prints how much the worker of names grew over N
texts that it had not seen. It uses the parts of the server: the same pool, the same pauses, gevent's patches.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import gc
import itertools
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import gevent

from bench.privacy import texts
from bench.processes import resident_mib
from bench.programs import ROOT
from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.route import Tier
from ni.privacy.masking import Substitution, derived, warm_up
from ni.privacy.names.worker.pool import NamesPool, wait_until_ready
from ni.web.client import let_others_run

LOAD_S = 300.0
WARM_TEXTS = 3_000
TOGETHER = 64


def stall_ms(document: str) -> float:
    """The longest stall of a loop that protects this document."""
    return _asked(["stall"], document)


def growth_mib(count: int) -> float:
    """How much a worker grew over so many new texts."""
    return _asked(["growth", str(count)], "")


def _asked(arguments: list[str], text: str) -> float:
    command = [sys.executable, "-m", "bench.privacy.apart", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def _stall() -> float:
    document, pool = sys.stdin.read(), _pool()
    warm_up()
    gc.collect()
    gc.freeze()
    shield = Substitution(pool, derived(b"bench"), pause=let_others_run)
    caller = Caller("account", "key", "bench", frozenset(Tier), pii=True)
    body = {"messages": [{"role": "user", "content": document}]}
    ticks = [time.perf_counter()]
    ticker = gevent.spawn(_tick, ticks)
    gevent.sleep(0.05)
    shield.substitute(caller, Call("chat", "bench", False, body))
    gevent.sleep(0.01)
    ticker.kill()
    pool.close()
    return 1000 * max(later - earlier for earlier, later in itertools.pairwise(ticks))


def _tick(ticks: list[float]) -> None:
    while True:
        gevent.sleep(0.001)
        ticks.append(time.perf_counter())


def _growth() -> float:
    pool, rng, count = _pool(), random.Random(7), int(sys.argv[2])  # noqa: S311 - texts of a bench
    [worker] = pool.pids
    for _ in range(WARM_TEXTS // TOGETHER):
        pool.find([texts.short(rng) + _word(rng) for _ in range(TOGETHER)])
    before = resident_mib(worker)
    for _ in range(count // TOGETHER):
        pool.find([texts.short(rng) + _word(rng) for _ in range(TOGETHER)])
    grown = resident_mib(worker) - before
    pool.close()
    return grown


def _word(rng: random.Random) -> str:
    """A new word each time, which an unbounded vocabulary would keep."""
    return " " + "".join(rng.choices("abcdefghiklmnoprstuvwz", k=9)).title()


def _pool() -> NamesPool:
    pool = NamesPool(1)
    pool.start()
    if not wait_until_ready(pool, LOAD_S):
        raise SystemExit("The worker of names did not come up.")
    return pool


MEASURES: Mapping[str, Callable[[], float]] = {"stall": _stall, "growth": _growth}

if __name__ == "__main__":
    sys.stdout.write(f"{MEASURES[sys.argv[1]]():.2f}\n")
