"""Counts of a provider, believed as far as they can be.

A provider that says more than was asked for, more than its model can do, less than nothing, or nothing where text came,
is wrong: the reservation was made for what is possible, and a caller pays for no other. The side that cannot be (input
or output) is replaced by our own count, and the usage says so.
"""

from dataclasses import replace

from ni.domain.reply import Usage
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
    return usage


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
