"""Pages begin in the order in which they came, a few in each turn of the loop, also while nothing else happens."""

import time
from collections import Counter

import gevent
import pytest

from ni.web.worker import PAGES_A_TURN, PageQueue


@pytest.mark.parametrize("pages", [1, PAGES_A_TURN, 3 * PAGES_A_TURN + 1, 500])
def test_all_begin_in_order_and_few_at_once(pages: int) -> None:
    turns, begun = PageQueue(), list[int]()
    when: Counter[int] = Counter()
    turning = gevent.get_hub().loop.check(ref=False)
    loop_turns = [0]

    def count() -> None:
        loop_turns[0] += 1

    def page(number: int) -> None:
        turns.wait()
        begun.append(number)
        when[loop_turns[0]] += 1

    turning.start(count)
    begun_s = time.monotonic()
    gevent.joinall([gevent.spawn(page, number) for number in range(pages)], timeout=20, raise_error=True)
    turning.stop()
    assert begun == list(range(pages))
    assert len(when) >= pages // 5  # two a turn; a busy machine puts off the first ones by some turns
    assert time.monotonic() - begun_s < 10  # no turn waited for something else to happen


def test_a_page_that_is_given_up_while_it_waits_holds_up_nobody() -> None:
    turns, begun = PageQueue(), list[int]()

    def page(number: int) -> None:
        turns.wait()
        begun.append(number)

    pages = [gevent.spawn(page, number) for number in range(40)]
    gevent.spawn(pages[20].kill, block=False)
    gevent.joinall(pages, timeout=20)
    assert set(begun) >= set(range(40)) - {20}
    assert turns.waiting == 0
