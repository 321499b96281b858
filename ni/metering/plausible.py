"""Counts of a provider, believed as far as they can be.

A provider that says more than was asked for, more than its model can do, less than nothing, or nothing where text came,
is wrong: the reservation was made for what is possible, and a caller pays for no other. The side that cannot be (input
or output) is replaced by our own count, and the usage says so. Where a provider used more than was reserved all the
same, because it put a frame of its own around the prompt or wrote on past its limit, the rest is not charged: a cap is
never overshot.
"""

from dataclasses import replace

from ni.domain.reply import Counted, Usage
from ni.metering.estimate import BYTES_PER_TOKEN

SLACK_TOKENS = 64
"""Providers end an answer a little behind the limit they were given."""
FRAME_TOKENS = 1024
"""What a provider may write around a conversation: its chat template, its own system prompt."""


def plausible(told: Usage, own: Usage, most: Usage) -> Usage:
    """What `told` says, where `own` (counted by bytes) and `most` (the bound of the call) allow it."""
    usage = told
    if not _input_can_be(told, own, most):
        usage = replace(
            usage, uncached=own.prompt, cached=0, cache_write=0, cache_write_1h=0, source=own.source
        )
    if not _output_can_be(told, own, most):
        usage = replace(usage, output=own.output, reasoning=0, source=own.source)
    if usage.reasoning > usage.output:
        usage = replace(usage, reasoning=usage.output)
    return within(usage, most, own.source)


def within(usage: Usage, most: Usage, source: Counted) -> Usage:
    """The usage cut to what was reserved; it is then of this `source`. The input is cut where it is uncached first."""
    over = usage.prompt - most.prompt
    if over <= 0 and usage.output <= most.output:
        return usage
    left = {}
    for name in ("uncached", "cached", "cache_write"):
        cut = min(max(0, over), getattr(usage, name))
        left[name] = getattr(usage, name) - cut
        over -= cut
    output = min(usage.output, most.output)
    return replace(
        usage,
        **left,
        cache_write_1h=min(usage.cache_write_1h, left["cache_write"]),
        output=output,
        reasoning=min(usage.reasoning, output),
        source=source,
    )


def _input_can_be(told: Usage, own: Usage, most: Usage) -> bool:
    if min(told.uncached, told.cached, told.cache_write, told.cache_write_1h) < 0:
        return False
    if told.cache_write_1h > told.cache_write or (own.prompt and not told.prompt):
        return False
    return told.prompt <= most.prompt + FRAME_TOKENS


def _output_can_be(told: Usage, own: Usage, most: Usage) -> bool:
    if told.output < 0 or told.reasoning < 0 or (own.output and not told.output):
        return False
    return told.output <= max(most.output + SLACK_TOKENS, own.output * BYTES_PER_TOKEN)
