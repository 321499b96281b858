"""The shipped catalog against published lists: prices, sizes, abilities and announced ends agree or are listed here."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ni.catalog.load import SHIPPED, load
from ni.catalog.price_lists import differences, parse, read_prices
from ni.catalog.price_sources.quotes import Quote
from ni.catalog.routes import build
from ni.domain.money import NANOS, parse_amount
from ni.domain.route import Band, CallKind, Route

FILES = Path(__file__).parent / "pinned"
READ = date(2026, 11, 30)
"""The day on which the lists were read."""
LITELLM, GENAI, AZURE = "litellm-1.110.2", "genai-prices-0.2.3", "azure-genai-prices-0.2.0"
CANADIAN = "the list has the price of the United States; Canada Central has its own"
DISAGREEING = {
    (GENAI, "bedrock/meta.llama3-70b-instruct-v1:0-ca"): CANADIAN,
    (GENAI, "bedrock/meta.llama3-8b-instruct-v1:0-ca"): CANADIAN,
}
"""Routes whose price differs from a list, with the reason."""
UNLISTED = {
    "sandbox/echo-local": "costs nothing",
    "bedrock/cohere.embed-multilingual-v3-ca": "no list has its price in Canada; from AWS's page",
}
"""Routes that no list prices where they run."""
METERS = {
    "azure/gpt-4.1-mini-ca": ("gpt 4.1 mini", "Inp regnl", "cached Inp regnl", "Outp regnl"),
    "azure/gpt-4o-ca": ("gpt 4o 1120", "Inp regnl", "cached Inp regnl", "Outp regnl"),
    "azure/text-embedding-3-small-ca": ("text-embedding-3-small-regional",),
    "azure/text-embedding-3-large-ca": ("text-embedding-3-large-regional",),
    "azure/text-embedding-ada-002-ca": ("embedding-ada-regional",),
}


def read(name: str) -> Any:
    return parse((FILES / f"{name}.json").read_bytes())


@cache
def shipped() -> Mapping[str, Route]:
    """The shipped routes with the prices of the day on which the lists were read."""
    sheet = load(SHIPPED)
    placed = {one.id: one for one in sheet.deployments}
    return {row.id: build(row, placed[row.deployment], READ) for row in sheet.routes}


def of_litellm(route: Route) -> Quote | None:
    return read_prices(read(LITELLM), READ)[1](route)


def of_genai(route: Route) -> Quote | None:
    entry = read(GENAI).get(f"{route.provider}/{route.upstream_model}")
    if entry is None:
        return None
    begun = [step for step in entry["prices"] if step["from"] is None or step["from"] <= READ.isoformat()]
    price = {name: parse_amount(text) for name, text in begun[-1].items() if name not in ("from", "bands")}
    bands = tuple(
        Band(band["above"], nanos["input"], nanos["output"], nanos["cached_input"],
             nanos.get("cache_write", nanos["input"]), nanos.get("cache_write_1h"))
        for band in begun[-1].get("bands", ())
        for nanos in [{name: parse_amount(text) for name, text in band.items() if name != "above"}]
    )  # fmt: skip
    return Quote(entry["listed_as"], **{"output": 0, **price}, bands=bands)


def of_azure(route: Route) -> Quote | None:
    if route.id not in METERS:
        return None
    model, *classes = METERS[route.id]
    meters = {
        row["meterName"]: int(Decimal(row["retailPrice"]) * 1000 * NANOS) for row in read(AZURE)["items"]
    }
    if not classes:
        return Quote(model, meters[f"{model} Tokens"], 0)
    fresh, cached, output = (meters[f"{model} {name} Tokens"] for name in classes)
    return Quote(model, fresh, output, cached)


LISTS = {LITELLM: of_litellm, GENAI: of_genai, AZURE: of_azure}


def quotes() -> Iterator[tuple[str, Route, Quote]]:
    """Every price that a list has for a shipped route."""
    for name, quote_of in LISTS.items():
        for route in shipped().values():
            quote = quote_of(route)
            if quote is not None:
                yield name, route, quote


def test_prices_are_those_of_the_lists_or_differ_for_a_reason() -> None:
    differing = {(name, route.id) for name, route, quote in quotes() if differences(route, quote)}
    assert differing == set(DISAGREEING)


def test_every_route_is_priced_by_a_list_or_said_to_be_in_none() -> None:
    priced = {route.id for _, route, _ in quotes()}
    assert shipped().keys() - priced == set(UNLISTED)


def test_every_price_says_where_it_is_from_and_of_which_day() -> None:
    for row in load(SHIPPED).routes:
        for price in row.prices:
            assert row.provider == "sandbox" or "(2026-11" in price.source, (row.id, price.since)


def test_a_price_that_is_announced_is_used_from_its_day() -> None:
    row = next(row for row in load(SHIPPED).routes if row.id == "vertex_ai/gemini-3.8-flash-global")
    entry = read(GENAI)["vertex_ai/gemini-3.8-flash"]["prices"][-1]
    assert (row.prices[-1].since, row.prices[-1].input, row.prices[-1].output) == (
        entry["from"], parse_amount(entry["input"]), parse_amount(entry["output"]),
    )  # fmt: skip
    price = shipped()[row.id].price
    assert price is not None
    assert price.since < READ.isoformat()


def listed(route: Route) -> Mapping[str, Any]:
    """LiteLLM's entry of a route, empty where it has none for the place."""
    quote = of_litellm(route)
    entry: Mapping[str, Any] = read(LITELLM)[quote.listed_as] if quote else {}
    return entry


@pytest.mark.parametrize("name", sorted(shipped()))
def test_no_more_is_claimed_than_the_list_says(name: str) -> None:
    route = shipped()[name]
    entry, able = listed(route), route.capabilities
    if not entry:
        return
    if able.kind is CallKind.EMBEDDING:
        assert entry["mode"] == "embedding"
        return
    least, output = entry["max_input_tokens"], entry["max_output_tokens"]
    assert able.context_window <= least + output
    assert able.max_output_tokens <= output
    assert not able.vision or entry.get("supports_vision")
    assert not able.function_calling or entry.get("supports_function_calling")
    assert not able.reasoning or entry.get("supports_reasoning")


def test_ends_are_those_of_the_lists_or_of_the_vendors_page() -> None:
    ours = {name: route.retires for name, route in shipped().items() if route.retires}
    theirs = {name: listed(shipped()[name]).get("deprecation_date") for name in ours}
    from_azure = {
        "azure/gpt-4.1-mini-ca",
        "azure/gpt-4o-ca",
    }  # the schedule of all regions, under the global key
    assert {name for name in ours if theirs[name] != ours[name]} == from_azure


def test_a_successor_is_a_shipped_route_under_the_same_law_that_goes_on() -> None:
    for route in shipped().values():
        if route.successor:
            successor = shipped()[route.successor]
            assert successor.jurisdiction == route.jurisdiction
            assert not successor.retires or successor.retires > route.retires


def test_at_least_sixty_routes_are_shipped() -> None:
    assert len(shipped()) >= 60
