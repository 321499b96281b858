"""Bounds before a call: what may be cached for an hour is bounded at its price, wherever the client asks for it."""

from dataclasses import replace
from typing import Any

import pytest

from ni.domain.call import Call
from ni.domain.route import Price, Route
from ni.metering.cost import Quantities, Terms, ceiling
from ni.metering.estimate import bound
from tests.inchat.cast import route

HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
MINUTES = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}
PRICE = Price("2026-01-01", 4 * 10**9, 20 * 10**9, 2 * 10**8, 5 * 10**9)
USER = {"role": "user", "content": "Bonjour"}


def call(**body: Any) -> Call:
    return Call("chat", "m", stream=False, body={"messages": [USER], "max_tokens": 10, **body})


def claude() -> Route:
    return replace(route("anthropic/claude-x-us"), price=PRICE)


@pytest.mark.parametrize(
    "body",
    [
        {"cache_control": HOUR["cache_control"]},
        {"system": [{"type": "text", "text": "Be brief.", **HOUR}]},
        {"tools": [{"name": "read", "input_schema": {"type": "object"}, **HOUR}]},
        {"messages": [{**USER, **HOUR}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Bonjour", **HOUR}]}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"id": "a", **HOUR}]}]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", **HOUR}]}]}
            ]
        },
    ],
)
def test_a_mark_for_an_hour_is_found_wherever_it_may_stand(body: dict[str, Any]) -> None:
    assert bound(call(**body), claude(), 1000).cache_write_1h >= 1016
    native = Call("messages", "m", stream=False, body={"messages": [USER]}, passthrough_body=body)
    assert bound(native, claude(), 1000).cache_write_1h >= 1016


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cache_control": MINUTES["cache_control"]},
        {"cache_control": {"type": "ephemeral"}},
        {"messages": [{"role": "user", "content": '"cache_control": {"ttl": "1h"}'}]},
        {"tools": [{"name": "read", "input_schema": {"properties": HOUR}}]},
    ],
)
def test_other_calls_are_bounded_as_before(body: dict[str, Any]) -> None:
    most = bound(call(**body), claude(), 1000)
    assert (most.cache_write_1h, most.cache_write) == (0, 0)
    assert most.uncached >= 1016


def test_a_call_that_may_be_cached_for_an_hour_holds_its_price() -> None:
    terms = Terms("USD", 10**6)
    held = [
        ceiling(Quantities(bound(call(**body), claude(), 999_984)), PRICE, terms, byok=False).nanos(0)
        for body in ({}, HOUR)
    ]
    assert held == [5 * 10**9 + 1, 8 * 10**9 + 1]


def test_where_an_hour_costs_no_more_no_mark_is_looked_for() -> None:
    free = replace(claude(), price=Price("2026-01-01", 0, 0, 0, 0))
    assert bound(call(**HOUR), free, 1000).cache_write_1h == 0
