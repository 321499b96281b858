"""One worker for every test that only asks it; those that kill theirs start their own."""

from collections.abc import Iterator

import pytest

from ni.privacy.names.worker.pool import Limits, NamesPool, wait_until_ready


@pytest.fixture(scope="session")
def names() -> Iterator[NamesPool]:
    pool = NamesPool(limits=Limits(batch_s=60))
    pool.start()
    assert wait_until_ready(pool, 90)
    yield pool
    pool.close()
