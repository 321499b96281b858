"""Asking a provider once more: only where it did not take the request, soon, and not too often."""

import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from ni.custody.record import SentBodies
from ni.domain.clock import SystemClock
from ni.domain.errors import (
    ContextTooLong,
    Problem,
    RateLimited,
    UpstreamBusy,
    UpstreamError,
    UpstreamTimeout,
)
from ni.domain.reply import Peer
from ni.domain.route import CallKind
from ni.gateway.context import RequestContext
from ni.gateway.failover import (
    JITTER_S,
    LONGEST_S,
    MOST_SAVED,
    SHARE,
    USUAL_S,
    Sender,
    SendingTerms,
    pause_before_again,
)
from ni.providers.base import ProviderRequest
from tests.fakes.orders import route


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


class Impatient:
    """A client that is there; pauses are noted and not waited for."""

    def __init__(self) -> None:
        self.paused_s: list[float] = []

    gone = False

    def watch(self, work: Callable[[], Any], patience_s: float = 0.0) -> Any:
        if isinstance(work, partial) and work.func is time.sleep:
            return self.paused_s.append(*work.args)
        return work()


ACCEPTED = SimpleNamespace(peer=Peer(), reply=lambda: {"choices": []})


class Moody:
    """A provider that answers with these problems first."""

    display_name = "Moody"

    def __init__(self, *problems: Problem) -> None:
        self.asked, self._problems = 0, list(problems)

    def send(self, order: ProviderRequest) -> Any:
        self.asked += 1
        if self._problems:
            raise self._problems.pop(0)
        return ACCEPTED


def sent(provider: Moody, times: int = 1) -> tuple[list[object], list[float]]:
    """What came of each sending by one process, and its pauses."""
    check: Any = SimpleNamespace(vet=lambda context, admitted: None)
    breakers = SimpleNamespace(failed=lambda name, wait_s=None: None)
    failover: Any = SimpleNamespace(breakers=breakers)
    providers: Any = {"moody": provider}
    terms = SendingTerms(SystemClock(), least, 1.0)
    upstream, client, outcomes = Sender(providers, check, failover, terms), Impatient(), list[object]()
    call = SimpleNamespace(stream=False, headers={}, kind=CallKind.CHAT)
    resolved = SimpleNamespace(route=route("moody"), call=call, credential={}, spread=None)
    masked = SimpleNamespace(body={}, form="")
    admitted: Any = SimpleNamespace(resolved=resolved, masked=masked, sent_bodies=SentBodies(least))
    caller: Any = SimpleNamespace(account_id="acc", language="en")
    parsed: Any = call
    context = RequestContext("r", caller, parsed, b"", client, SystemClock().now(), 0.0, "2026-11-30")
    for _ in range(times):
        try:
            outcomes.append(upstream.send(context, admitted).exchange)
        except Problem as problem:
            outcomes.append(type(problem))
    return outcomes, client.paused_s


def test_a_throttled_call_is_asked_once_more_and_not_sooner_than_it_was_told() -> None:
    provider = Moody(RateLimited(retry_after_s=2))
    assert sent(provider) == ([ACCEPTED], [2.0])


@pytest.mark.parametrize("problem", [RateLimited(retry_after_s=1), UpstreamBusy()])
def test_it_is_never_asked_a_third_time(problem: Problem) -> None:
    provider = Moody(problem, problem, problem)
    assert sent(provider)[0] == [type(problem)]
    assert provider.asked == 2


@pytest.mark.parametrize("problem", [UpstreamError(), UpstreamTimeout(), ContextTooLong()])
def test_what_the_provider_may_have_taken_is_not_asked_again(problem: Problem) -> None:
    provider = Moody(problem)
    assert sent(provider) == ([type(problem)], [])
    assert provider.asked == 1


@pytest.mark.parametrize("times", [5, 12, 200])
def test_a_provider_in_trouble_is_asked_again_for_one_call_in_ten(times: int) -> None:
    provider = Moody(*[UpstreamBusy()] * 1000)
    sent(provider, times=times)
    allowed = MOST_SAVED + (times - 1) * SHARE  # the first call finds all that can be saved
    assert min(times, allowed - 1) <= provider.asked - times <= allowed
