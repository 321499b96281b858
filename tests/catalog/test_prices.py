"""Price files of others beside the shipped catalog: each source is read as it is published, and nothing is guessed."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.catalog.load import SHIPPED, load
from ni.catalog.price_lists import (
    SOURCES,
    NoPriceFile,
    PriceList,
    Quote,
    adopted,
    differences,
    nanos_per_million,
    parse,
    read_prices,
)
from ni.catalog.routes import build
from ni.domain.money import NANOS
from ni.domain.route import Band, Price, Route
from tests.catalog.cast import StoppedClock

FILES = Path(__file__).parent / "prices"


def route(name: str) -> Route:
    """A route of the shipped catalog."""
    sheet = load(SHIPPED)
    (row,) = (row for row in sheet.routes if row.id == name)
    (deployment,) = (one for one in sheet.deployments if one.id == row.deployment)
    return build(row, deployment, StoppedClock().now().date())


def listed(file: str) -> PriceList:
    return read_prices(parse((FILES / f"{file}.json").read_bytes()))[1]


def usd(quote: Quote | None) -> tuple[str | None, ...]:
    """Input, cached input, cache write and output in USD per million tokens."""
    assert quote is not None
    amounts = (quote.input, quote.cached_input, quote.cache_write, quote.output)
    return tuple(None if nanos is None else format(Decimal(nanos) / NANOS, "f") for nanos in amounts)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_each_source_knows_its_own_file_and_no_other(source: Any) -> None:
    known = [
        file.stem for file in sorted(FILES.glob("*.json")) if source.recognises(parse(file.read_bytes()))
    ]
    assert known == [source.name.lower()]


@pytest.mark.parametrize(
    ("file", "name", "prices"),
    [
        ("litellm", "openai/gpt-4.1-mini-us", ("0.4", "0.1", None, "1.6")),
        ("litellm", "anthropic/claude-opus-4-8-us", ("5", "0.5", "6.25", "25")),
        ("litellm", "bedrock/us.anthropic.claude-sonnet-4-6-us", ("3.3", "0.33", "4.125", "16.5")),
        ("litellm", "bedrock/meta.llama3-70b-instruct-v1:0-ca", ("3.05", None, None, "4.03")),
        ("litellm", "azure/DeepSeek-V3.2-global", ("0.58", None, None, "1.68")),
        ("openrouter", "anthropic/claude-opus-4-8-us", ("5", "0.5", "6.25", "25")),
        ("openrouter", "anthropic/claude-haiku-4-5-20251001-us", ("1", None, None, "6")),
    ],
)
def test_a_quote_is_the_price_of_that_model_in_that_place(
    file: str, name: str, prices: tuple[str | None, ...]
) -> None:
    assert tuple(price and Decimal(price) for price in usd(listed(file)(route(name)))) == tuple(
        price and Decimal(price) for price in prices
    )


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("litellm", "azure/gpt-4.1-mini-ca"),  # the file has the global deployment's price
        ("litellm", "bedrock/mistral.mistral-large-2402-v1:0-ca"),  # and that of the United States
        ("openrouter", "openai/gpt-4.1-us"),  # -1: it depends
        ("openrouter", "bedrock/global.anthropic.claude-opus-4-8-global"),  # resold: not the maker's price
    ],
)
def test_what_a_file_does_not_price_is_not_quoted(file: str, name: str) -> None:
    assert listed(file)(route(name)) is None


@pytest.mark.parametrize(
    ("file", "name", "hour"),
    [
        ("litellm", "anthropic/claude-opus-5-5-us", 8 * NANOS),
        ("openrouter", "anthropic/claude-opus-4-8-us", None),
    ],
)
def test_what_is_cached_for_an_hour_is_quoted_apart(file: str, name: str, hour: int | None) -> None:
    quote = listed(file)(route(name))
    assert quote is not None
    assert quote.cache_write_1h == hour


def test_long_prompts_are_bands() -> None:
    quote = listed("litellm")(route("openai/gpt-5.4-us"))
    assert quote is not None
    assert quote.bands == (Band(272_000, 5 * NANOS, 22_500_000_000, 500_000_000, 5 * NANOS),)
    again = listed("openrouter")(route("openai/gpt-5.4-us"))
    assert again is not None
    assert again.bands is not None
    assert [(band.above, band.input) for band in again.bands] == [(272_000, 5 * NANOS)]


def test_only_what_a_source_says_can_differ() -> None:
    ours = route("openai/gpt-4.1-mini-us")
    assert ours.price is not None
    same = Quote("there", ours.price.input, ours.price.output)
    assert differences(ours, same) == []
    (found,) = differences(ours, replace(same, output=2 * NANOS))
    assert (found.kind, found.here, found.there, found.above) == ("output", 1_600_000_000, 2 * NANOS, 0)


def test_a_route_without_a_price_differs_in_everything() -> None:
    ours = replace(route("openai/gpt-4.1-mini-us"), price=None)
    found = differences(ours, Quote("there", 1, 2))
    assert [one.here for one in found] == [None] * 5


AMOUNTS = st.integers(1, 10**12)
QUOTES = st.builds(
    lambda fresh, output, cached, written, above, hour: Quote(
        "there", fresh, output, cached, written, tuple(Band(size, 1, 2, 3, 4) for size in sorted(above)), hour
    ),
    AMOUNTS, AMOUNTS, st.none() | AMOUNTS, st.none() | AMOUNTS, st.sets(st.integers(1, 10**6), max_size=2),
    st.none() | AMOUNTS,
)  # fmt: skip


@given(
    quote=QUOTES, ours=st.none() | st.builds(Price, st.just("2026-01-01"), AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
)
def test_what_is_adopted_differs_no_more(quote: Quote, ours: Price | None) -> None:
    before = replace(route("openai/gpt-4.1-mini-us"), price=ours)
    after = replace(before, price=adopted(before, quote, "2026-12-01"))
    assert differences(after, quote) == []


def test_adopting_keeps_the_margin_and_the_price_of_an_image() -> None:
    ours = Price("2026-01-01", 1, 2, 1, 1, request=7, image=9, margin_millionths=50_000)
    after = adopted(replace(route("openai/gpt-4.1-mini-us"), price=ours), Quote("there", 3, 4), "2026-12-01")
    assert after == Price("2026-12-01", 3, 4, 3, 3, request=7, image=9, margin_millionths=50_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"data": []}',
        '{"data": [{"pricing": {}, "id": []}]}',
    ],
)
def test_another_file_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(NoPriceFile, match=r"JSON|price file"):
        read_prices(parse(text))


@pytest.mark.parametrize(
    ("said", "nanos"),
    [
        (Decimal("4.4e-07"), 440_000_000),
        ("0.00000044", 440_000_000),
        (3, 3_000_000 * NANOS),
        ("-1", None),
        (True, None),
        ("NaN", None),
        (None, None),
        ([], None),
    ],
)
def test_prices_are_exact_and_what_is_none_is_none(said: Any, nanos: int | None) -> None:
    assert nanos_per_million(said) == nanos


def test_numbers_of_a_file_pass_through_no_float() -> None:
    assert parse(json.dumps({"a": 0.1})) == {"a": Decimal("0.1")}
