"""Asking a provider once more: only where it did not take the request, soon, and not too often."""

import pytest

from ni.domain.errors import (
    ContextTooLong,
    Problem,
    RateLimited,
    UpstreamBusy,
    UpstreamError,
    UpstreamTimeout,
)
from ni.gateway.sending import JITTER_S, LONGEST_S, USUAL_S, pause_before_again


def least(count: int) -> bytes:
    return bytes(count)


def most(count: int) -> bytes:
    return b"\xff" * count


@pytest.mark.parametrize("problem", [RateLimited(), UpstreamBusy()])
def test_without_word_from_the_provider_the_pause_is_short_and_jittered(problem: Problem) -> None:
    assert pause_before_again(problem, least) == USUAL_S
    assert pause_before_again(problem, most) == USUAL_S + JITTER_S


def test_what_the_provider_asks_for_is_a_floor() -> None:
    waits = [pause_before_again(RateLimited(retry_after_s=2), draw) for draw in (least, most)]
    assert waits == [2.0, 2.0 + JITTER_S]


def test_a_wait_that_a_person_would_notice_is_left_to_the_client() -> None:
    assert pause_before_again(RateLimited(retry_after_s=int(LONGEST_S) + 1), least) is None


def test_only_refusals_to_take_the_request_are_asked_again() -> None:
    assert issubclass(UpstreamBusy, UpstreamError)
    for kind in (UpstreamTimeout, ContextTooLong):
        assert not issubclass(kind, RateLimited | UpstreamBusy)
