"""Two hundred requests at once against caps that hold thirty-seven: on one process, on two, on two gateways."""

import time

from ni.domain.money import format_amount
from ni.metering.estimate import LEAST_OUTPUT
from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import ANSWER_TOKENS, CALL_NANOS, Fleet

CAP_NANOS = 37 * CALL_NANOS + CALL_NANOS // 2
AT_ONCE = 200


def capped_key(fleet: Fleet) -> str:
    return fleet.first.key("--max-spend-per-day", format_amount(CAP_NANOS))


def test_two_hundred_at_once_spend_the_cap_and_no_more(fleet: Fleet) -> None:
    before = fleet.spent_and_held()[0]
    crowd = Crowd(fleet.port, capped_key(fleet), AT_ONCE).begin().join()
    settled_s = fleet.wait_until_settled()
    spent = fleet.spent_and_held()[0] - before
    print(f"{crowd.statuses}, spent {spent / CAP_NANOS:.1%} of the cap, nothing held after {settled_s:.2f} s")
    assert not crowd.broken
    assert set(crowd.statuses) == {200, 429}
    assert 0.9 * CAP_NANOS <= spent <= CAP_NANOS
    fleet.check_sums()


def test_errors_of_the_provider_and_leaving_clients_leak_nothing(
    fleet: Fleet, upstream: PacedUpstream
) -> None:
    before, upstream.fail_every = fleet.spent_and_held()[0], 3
    try:
        crowd = Crowd(fleet.port, capped_key(fleet), AT_ONCE, leave=0.3).begin().join()
    finally:
        upstream.fail_every = 0
    fleet.wait_until_settled(4)
    spent = fleet.spent_and_held()[0] - before
    print(f"{crowd.statuses}, {len(crowd.broken)} left, spent {spent / CAP_NANOS:.1%} of the cap")
    assert spent <= CAP_NANOS
    assert 502 in crowd.statuses or 503 in crowd.statuses
    fleet.check_sums()
    again = Crowd(fleet.port, fleet.first.key(), 1).begin().join()
    assert again.statuses == {200: 1}


def test_calls_without_a_limit_are_clamped_and_not_refused_while_money_is_left(fleet: Fleet) -> None:
    before = fleet.spent_and_held()[0]
    least = LEAST_OUTPUT * CALL_NANOS // ANSWER_TOKENS  # a call is not begun with less than that left
    cap = 21 * CALL_NANOS + least
    key = fleet.first.key("--max-spend-per-day", format_amount(cap))
    served = 0
    for _ in range(20):
        served += Crowd(fleet.port, key, 1, bounded=False).begin().join().statuses.get(200, 0)
    fleet.wait_until_settled()
    spent = fleet.spent_and_held()[0] - before
    print(f"{served} of 20 unbounded calls served, spent {spent / cap:.1%} of the cap")
    assert spent <= cap
    assert served == 20


def test_a_kill_in_the_middle_overshoots_nothing_and_leaks_nothing(fleet: Fleet) -> None:
    before, key = fleet.spent_and_held()[0], capped_key(fleet)
    for _ in range(2):
        crowd = Crowd(fleet.port, key, 50).begin(go_on=True)
        time.sleep(0.15)
        fleet.kill()
        crowd.join()
        fleet.start()
    crowd = Crowd(fleet.port, key, AT_ONCE).begin().join()
    fleet.wait_until_settled(5)
    spent = fleet.spent_and_held()[0] - before
    print(f"after two kills: {crowd.statuses}, spent {spent / CAP_NANOS:.1%} of the cap")
    assert 0 < spent <= CAP_NANOS
    assert set(fleet.counts().values()) == {(1, 1, 1)}
    fleet.check_sums()
