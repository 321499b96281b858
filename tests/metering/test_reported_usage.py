"""A provider's counts are believed within what the call could use; outside it our own count stands and says so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.reply import Counted, Usage
from ni.metering.estimate import FRAME_TOKENS, SLACK_TOKENS, plausible, within

OWN = Usage(uncached=30, output=8, source=Counted.COUNTED)
MOST = Usage(uncached=120, output=50)
HUGE = (2**31, 10**15, 2**63 - 1, 9 * 10**18, 10**40)
INPUT_CLASSES = ("uncached", "cached", "cache_write", "cache_write_1h")


def told(**counts: int) -> Usage:
    given: dict[str, Any] = {"uncached": 20, "cached": 5, "cache_write": 5, "output": 10, "reasoning": 2}
    return Usage(**(given | counts))


def test_what_can_be_is_believed_word_for_word() -> None:
    for usage in (told(), told(output=MOST.output), told(uncached=MOST.prompt - 10), told(reasoning=10)):
        assert plausible(usage, OWN, MOST) == usage


@pytest.mark.parametrize("count", [-1, -(2**70), *HUGE])
@pytest.mark.parametrize("name", INPUT_CLASSES)
def test_input_that_cannot_be_is_counted_by_us_and_the_output_stands(name: str, count: int) -> None:
    usage = plausible(told(**{name: count}), OWN, MOST)
    assert (usage.prompt, usage.cached, usage.cache_write, usage.cache_write_1h) == (30, 0, 0, 0)
    assert (usage.output, usage.reasoning) == (10, 2)
    assert usage.source is Counted.COUNTED


@pytest.mark.parametrize("count", [-1, -(2**70), *HUGE, MOST.output + SLACK_TOKENS + 1])
def test_output_that_cannot_be_is_counted_by_us_and_the_input_stands(count: int) -> None:
    usage = plausible(told(output=count), OWN, MOST)
    assert (usage.output, usage.reasoning) == (8, 0)
    assert (usage.uncached, usage.cached, usage.cache_write) == (20, 5, 5)
    assert usage.source is Counted.COUNTED


def test_nothing_where_tokens_flowed_is_counted_by_us() -> None:
    usage = plausible(Usage(), OWN, MOST)
    assert (usage.prompt, usage.output, usage.source) == (30, 8, Counted.COUNTED)


def test_nothing_where_nothing_flowed_is_believed() -> None:
    empty = Usage(uncached=20)
    assert plausible(empty, Usage(uncached=30, source=Counted.COUNTED), MOST) == empty


def test_reasoning_lies_inside_output() -> None:
    assert plausible(told(reasoning=10**18), OWN, MOST).reasoning == 10
    assert plausible(told(reasoning=-3), OWN, MOST).reasoning == 0


def test_a_model_that_ignored_its_limit_is_paid_up_to_what_was_reserved() -> None:
    wrote = Usage(uncached=30, output=1000, source=Counted.COUNTED)
    for output in (3900, 4100, 10**12):
        usage = plausible(told(output=output), wrote, MOST)
        assert (usage.output, usage.source) == (MOST.output, Counted.COUNTED)


@pytest.mark.parametrize("name", ["uncached", "cached", "cache_write"])
def test_the_frame_around_a_short_prompt_is_paid_up_to_what_was_reserved(name: str) -> None:
    framed = plausible(told(**{name: MOST.prompt + FRAME_TOKENS - 30}), OWN, MOST)
    assert (framed.prompt, framed.source) == (MOST.prompt, Counted.COUNTED)
    absurd = plausible(told(**{name: MOST.prompt + FRAME_TOKENS}), OWN, MOST)
    assert (absurd.prompt, absurd.source) == (OWN.prompt, Counted.COUNTED)


COUNT = st.integers(-10, 300) | st.sampled_from(HUGE)


@given(st.builds(Usage, *[COUNT] * 6), st.integers(0, 2000), st.integers(0, 2000))
def test_no_usage_is_more_than_what_was_reserved(said: Usage, sent: int, wrote: int) -> None:
    own = Usage(uncached=sent, output=wrote, source=Counted.COUNTED)
    for usage in (plausible(said, own, MOST), within(own, MOST, own.source)):
        assert 0 <= usage.prompt <= MOST.prompt
        assert 0 <= usage.reasoning <= usage.output <= MOST.output
        assert 0 <= usage.cache_write_1h <= usage.cache_write
        assert min(usage.uncached, usage.cached) >= 0
