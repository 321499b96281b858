"""A worker of names does not remember what it read: texts of words that nobody has seen leave no trace in it."""

import random
import string
from pathlib import Path

from ni.privacy.names.worker.pool import Limits, NamesPool, wait_until_ready

TEXTS, TOGETHER, WORDS = 1_500, 50, 20
BYTES_PER_TEXT = 2_000
"""Twenty words that stayed would cost nine thousand."""
LEADS = ("She said:", "Elle a dit que :")


def _batch(rng: random.Random) -> list[str]:
    """Sentences of new words, in either language."""
    words = ["".join(rng.choices(string.ascii_lowercase, k=9)) for _ in range(TOGETHER * WORDS)]
    return [" ".join([LEADS[at % 2], *words[at::TOGETHER]]) for at in range(TOGETHER)]


def _resident(pid: int) -> int:
    """Bytes of memory that a process has (proc(5), `VmRSS`)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def test_a_worker_does_not_grow_with_the_texts_that_it_read() -> None:
    rng, pool = random.Random(7), NamesPool(limits=Limits(batch_s=60))  # noqa: S311 - texts of a test
    pool.start()
    try:
        assert wait_until_ready(pool, 90)
        [worker] = pool.pids
        for _ in range(6):
            pool.find(_batch(rng))
        before = _resident(worker)
        for _ in range(TEXTS // TOGETHER):
            pool.find(_batch(rng))
        assert _resident(worker) - before < TEXTS * BYTES_PER_TEXT
    finally:
        pool.close()
