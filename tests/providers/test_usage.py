"""Counts in disjoint classes, whatever the upstream writes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.reply import Usage
from ni.providers.usage import read_usage, write_usage

COUNT = st.integers(-5, 1000) | st.none() | st.just("7")
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
