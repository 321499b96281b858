"""Concurrency over HTTP: a full process answers 503, a key that uses all its slots 429, each with `Retry-After`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import Fleet


@pytest.fixture
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream(words=4, pause_s=0.5) as served:
        yield served


@pytest.mark.parametrize(("process", "key", "refusal"), [("5", "5", 429), ("5", "12", 503)])
def test_more_calls_than_slots_are_refused_and_all_slots_come_back(
    tmp_path: Path, upstream: PacedUpstream, process: str, key: str, refusal: int
) -> None:
    fleet = Fleet(
        tmp_path, upstream, NI_CALLS_AT_ONCE=process, NI_CALLS_AT_ONCE_PER_KEY=key, NI_CALLS_WAIT_S="0"
    )
    try:
        text = fleet.start().first.key()
        for _ in range(2):
            crowd = Crowd(fleet.port, text, 12).begin().join()
            assert crowd.statuses == {200: 5, refusal: 7}
        fleet.wait_until_settled()
    finally:
        fleet.close()
