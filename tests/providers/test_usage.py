"""Counts in disjoint classes, whatever the upstream writes."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.reply import Usage
from ni.providers.usage import MOST_COUNT, bounded, read_usage, tidy_usage, write_usage

COUNT = st.integers(-5, 1000) | st.integers(2**52, 2**70) | st.none() | st.just("7")
NAMES = ("prompt_tokens", "completion_tokens", "total_tokens", "cost")
CLASSES = st.sampled_from(["cached_tokens", "cache_write_tokens", "reasoning_tokens"])
DETAILS = st.none() | st.dictionaries(CLASSES, COUNT)


@given(st.integers(0, 1000), COUNT, DETAILS, DETAILS)
def test_classes_never_overlap_and_never_are_negative(prompt: int, output: Any, ins: Any, outs: Any) -> None:
    usage = read_usage(
        {
            "prompt_tokens": prompt,
            "completion_tokens": output,
            "prompt_tokens_details": ins,
            "completion_tokens_details": outs,
        }
    )
    assert usage is not None
    assert usage.prompt == prompt
    assert min(usage.uncached, usage.cached, usage.cache_write, usage.reasoning) >= 0
    assert usage.reasoning <= usage.output


@pytest.mark.parametrize("absent", [None, {}, [], "x", {"prompt_tokens": None}, {"prompt_tokens": "7"}])
def test_what_is_no_usage_is_none(absent: Any) -> None:
    assert read_usage(absent) is None


@given(st.builds(Usage, *[st.integers(0, 99)] * 3, st.integers(50, 99), st.integers(0, 50)))
def test_writing_and_reading_is_the_identity(usage: Usage) -> None:
    assert read_usage(write_usage(usage)) == usage


BEYOND = st.integers(-(2**70), 2**70)


@given(st.fixed_dictionaries({}, optional={name: BEYOND | st.floats() for name in NAMES}), DETAILS, DETAILS)
def test_what_is_shown_of_a_usage_is_json_for_every_reader(told: Any, ins: Any, outs: Any) -> None:
    """RFC 8259, section 6: integers are kept by every reader up to 2**53."""
    tidy = tidy_usage(told | {"prompt_tokens_details": ins, "completion_tokens_details": outs})
    if tidy is None:
        assert not isinstance(told.get("prompt_tokens"), int)
        return
    shown = orjson.loads(orjson.dumps(tidy))
    assert shown == tidy
    assert tidy["total_tokens"] == tidy["prompt_tokens"] + tidy["completion_tokens"]


@given(st.builds(Usage, *[BEYOND] * 5))
def test_no_count_of_any_wire_is_negative_or_beyond_what_json_keeps(usage: Usage) -> None:
    kept = bounded(usage)
    assert kept is not None
    counts = (kept.uncached, kept.cached, kept.cache_write, kept.output, kept.reasoning, kept.cache_write_1h)
    assert all(0 <= count <= MOST_COUNT for count in counts)
    orjson.dumps(write_usage(kept))
