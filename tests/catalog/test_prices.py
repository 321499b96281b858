"""Price files of others beside the shipped catalog: each source is read as it is published, and nothing is guessed."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.catalog.load import SHIPPED, load
from ni.catalog.price_lists import SOURCES, adopted, differences, parse, read_prices
from ni.catalog.price_sources.quotes import PriceList, Quote, nanos_per_million
from ni.catalog.routes import build
from ni.domain.errors import BadRequest
from ni.domain.money import NANOS
from ni.domain.route import Band, Price, Route
from tests.catalog.cast import StoppedClock

FILES = Path(__file__).parent / "prices"
READ = date(2026, 11, 30)
"""The day on which the files are read."""


@cache
def route(name: str) -> Route:
    """A route of the shipped catalog."""
    sheet = load(SHIPPED)
    (row,) = (row for row in sheet.routes if row.id == name)
    (deployment,) = (one for one in sheet.deployments if one.id == row.deployment)
    return build(row, deployment, StoppedClock().now().date())


def listed(file: str, day: date = READ) -> PriceList:
    return read_prices(parse((FILES / f"{file}.json").read_bytes()), day)[1]


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
        ("helicone", "openai/gpt-4.1-mini-us", ("0.4", "0.1", None, "1.6")),
        ("helicone", "anthropic/claude-haiku-4-5-20251001-us", ("1", "0.1", "1.25", "5")),
        ("helicone", "vertex_ai/gemini-2.5-pro-ca", ("1.25", "0.31", None, "10")),
        ("helicone", "openai/text-embedding-3-small-us", ("0.02", None, None, "0")),
        ("genai-prices", "openai/gpt-4.1-mini-us", ("0.4", "0.1", None, "1.6")),
        ("genai-prices", "anthropic/claude-haiku-4-5-20251001-us", ("1", "0.1", "1.25", "5")),
        (
            "genai-prices",
            "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0-us",
            ("1.1", "0.11", "1.375", "5.5"),
        ),
        (
            "genai-prices",
            "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0-global",
            ("1", "0.1", "1.25", "5"),
        ),
        ("genai-prices", "bedrock/us.amazon.nova-pro-v1:0-us", ("0.8", "0.2", None, "3.2")),
        ("genai-prices", "openai/text-embedding-3-small-us", ("0.02", None, None, "0")),
        ("models.dev", "openai/gpt-4.1-mini-us", ("0.4", "0.1", None, "1.6")),
        ("models.dev", "azure/DeepSeek-V3.2-global", ("0.58", None, None, "1.68")),
        ("models.dev", "bedrock/openai.gpt-oss-120b-1:0-us", ("0.15", None, None, "0.6")),
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
        ("helicone", "azure/gpt-4.1-mini-ca"),
        ("helicone", "bedrock/meta.llama3-8b-instruct-v1:0-ca"),
        ("helicone", "vertex_ai/gemini-2.5-flash-ca"),  # the file has Flash-Lite, whose name begins alike
        ("genai-prices", "azure/gpt-4.1-mini-ca"),
        ("genai-prices", "bedrock/mistral.mistral-large-2402-v1:0-ca"),  # the price of the United States
        ("genai-prices", "azure/gpt-5.4-global"),  # OpenAI's own price
        ("genai-prices", "anthropic/claude-opus-5-5-us"),  # the file has Opus 5, whose name begins alike
        ("models.dev", "azure/gpt-4.1-mini-ca"),
        ("models.dev", "bedrock/us.amazon.nova-2-lite-v1:0-us"),
    ],
)
def test_what_a_file_does_not_price_is_not_quoted(file: str, name: str) -> None:
    assert listed(file)(route(name)) is None


@pytest.mark.parametrize(
    ("file", "name", "hour"),
    [
        ("litellm", "anthropic/claude-opus-5-5-us", 8 * NANOS),
        ("openrouter", "anthropic/claude-opus-4-8-us", None),
        ("genai-prices", "anthropic/claude-opus-4-8-us", 10 * NANOS),
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


@pytest.mark.parametrize(
    ("file", "name", "bands"),
    [
        ("models.dev", "openai/gpt-5.4-us", [(272_000, "5", "22.5")]),
        ("models.dev", "vertex_ai/gemini-2.5-pro-ca", [(200_000, "2.5", "15")]),
        ("genai-prices", "openai/gpt-5.4-us", [(272_000, "5", "22.5")]),
        ("genai-prices", "vertex_ai/gemini-2.5-pro-ca", [(200_000, "2.5", "15")]),
        ("genai-prices", "anthropic/claude-sonnet-4-6-us", []),  # dearer until March 2026
    ],
)
def test_bands_are_read_from_each_form(file: str, name: str, bands: list[tuple[int, str, str]]) -> None:
    quote = listed(file)(route(name))
    assert quote is not None
    assert quote.bands is not None
    assert [(band.above, band.input, band.output) for band in quote.bands] == [
        (above, int(Decimal(fresh) * NANOS), int(Decimal(output) * NANOS)) for above, fresh, output in bands
    ]


@pytest.mark.parametrize(
    ("day", "fresh"), [("2026-07-29", "1"), ("2026-07-30", "0.2"), ("2026-11-30", "0.2")]
)
def test_of_dated_prices_those_of_the_day_are_quoted(day: str, fresh: str) -> None:
    quote = listed("genai-prices", date.fromisoformat(day))(route("openai/gpt-5.6-luna-us"))
    assert quote is not None
    assert quote.input == Decimal(fresh) * NANOS


def test_a_price_of_hours_of_the_day_is_no_price_of_the_day() -> None:
    cheap = {"constraint": {"start_time": "16:30:00Z", "end_time": "00:30:00Z"}, "prices": {"input_mtok": 1}}
    usual = {"prices": {"input_mtok": 2, "output_mtok": 8}}
    model = {"id": "gpt-4.1-mini", "match": {"regex": "(a+)+$"}, "prices": [usual, cheap]}
    document = {"units": {}, "providers": [{"id": "openai", "models": [model]}]}
    source, prices = read_prices(document, READ)
    quote = prices(route("openai/gpt-4.1-mini-us"))
    assert (source, quote and quote.input) == ("genai-prices", 2 * NANOS)


@pytest.mark.parametrize(("end", "fresh"), [("2026-11-29", 2), ("2026-11-30", 1)])
def test_a_row_of_helicone_holds_within_its_dates(end: str, fresh: int) -> None:
    def row(price: int, **more: Any) -> dict[str, Any]:
        name = {"provider": "OPENAI", "model": "gpt-4.1-mini", "operator": "equals"}
        return {**name, "input_cost_per_1m": price, "output_cost_per_1m": price, **more}

    rows = [row(2), row(1, date_range={"start": "2026-01-01T00:00:00Z", "end": f"{end}T00:00:00Z"})]
    quote = read_prices({"data": rows}, READ)[1](route("openai/gpt-4.1-mini-us"))
    assert quote is not None
    assert quote.input == fresh * NANOS


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
    after = replace(before, price=adopted(before, quote, "2026-12-01", "a list"))
    assert differences(after, quote) == []


def test_adopting_keeps_the_margin_and_the_price_of_an_image() -> None:
    ours = Price("2026-01-01", 1, 2, 1, 1, request=7, image=9, margin_millionths=50_000)
    before = replace(route("openai/gpt-4.1-mini-us"), price=ours)
    after = adopted(before, Quote("there", 3, 4), "2026-12-01", "a list")
    assert after == Price(
        "2026-12-01", 3, 4, 3, 3, request=7, image=9, margin_millionths=50_000, source="a list"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"data": []}',
        '{"data": [{"pricing": {}, "id": []}]}',
        '{"data": [{"input_cost_per_1m": 1}]}',
        '[{"models": [{"id": 1}]}]',
        '{"providers": [{"models": []}]}',
    ],
)
def test_another_file_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadRequest, match=r"JSON|price file"):
        read_prices(parse(text), READ)


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
