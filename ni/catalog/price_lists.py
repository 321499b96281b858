"""Recognises price files, reads them, and compares their quotes with the catalog's prices.

A file is recognised by its shape, not by its name or address; `ni.catalog.price_sources` has a reader for each. What a
file is silent about is not compared, and keeps the catalog's value when a quote is adopted.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ni.catalog.price_sources.genai_prices import is_genai_prices, read_genai_prices
from ni.catalog.price_sources.helicone import is_helicone, read_helicone
from ni.catalog.price_sources.litellm import is_litellm, read_litellm
from ni.catalog.price_sources.models_dev import is_models_dev, read_models_dev
from ni.catalog.price_sources.openrouter import is_openrouter, read_openrouter
from ni.catalog.price_sources.quotes import PriceList, Quote
from ni.domain.errors import BadRequest
from ni.domain.route import Band, Price, Route

MOST_BYTES = 16 * 2**20
"""The largest file that is read; the largest in use has about 2 MB."""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of price file, and where its publisher has the newest."""

    name: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any, date], PriceList]
    address: str


SOURCES = (
    Source(
        "LiteLLM",
        is_litellm,
        read_litellm,
        "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
    ),
    Source("OpenRouter", is_openrouter, read_openrouter, "https://openrouter.ai/api/v1/models"),
    Source("Helicone", is_helicone, read_helicone, "https://www.helicone.ai/api/llm-costs"),
    Source(
        "genai-prices",
        is_genai_prices,
        read_genai_prices,
        "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json",
    ),
    Source("models.dev", is_models_dev, read_models_dev, "https://models.dev/api.json"),
)
KNOWN = ", ".join(source.name for source in SOURCES)
"""The names of the sources, for people."""


def parse(text: str | bytes) -> Any:
    """JSON with exact numbers. Raises `BadRequest`."""
    try:
        return json.loads(text, parse_float=Decimal)
    except RecursionError as fault:
        raise BadRequest("The file nests values deeper than any price file (hundreds of levels).") from fault
    except ValueError as fault:
        raise BadRequest("The file is not JSON: %(fault)s.", fault=str(fault)) from fault


def _whole(source: Source, document: Any, day: date) -> PriceList:
    """The list, each of whose quotes may also raise `BadRequest`: entries are read when they are asked for."""

    def quote(route: Route) -> Quote | None:
        with _refusing(source):
            return prices(route)

    with _refusing(source):
        prices = source.read(document, day)
    return quote


@contextmanager
def _refusing(source: Source) -> Iterator[None]:
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        raise BadRequest(
            "The file looks like a price file of %(source)s but is not whole.", source=source.name
        ) from fault


def read_prices(document: Any, day: date) -> tuple[str, PriceList]:
    """The name of the source, and its prices of a day. Raises `BadRequest`."""
    for source in SOURCES:
        if source.recognises(document):
            return source.name, _whole(source, document, day)
    raise BadRequest("The file is none of the price files that can be read (%(known)s).", known=KNOWN)


_CLASSES = ("input", "cached_input", "cache_write", "cache_write_1h", "output")


@dataclass(frozen=True, slots=True)
class Difference:
    """One class of tokens of a route, in nano-USD per million; `here` is None where the route has no price.

    `above` is the size of prompts from which it holds, 0 for all.
    """

    route: str
    kind: str
    above: int
    here: int | None
    there: int
    listed_as: str


def differences(route: Route, quote: Quote) -> list[Difference]:
    """Where the price in force and the quote differ."""
    theirs = _as_price(route.price, quote, "")
    sizes = {0, *(band.above for band in theirs.bands)}
    if route.price is not None and quote.bands is not None:
        sizes |= {band.above for band in route.price.bands}
    return [
        Difference(route.id, kind, above, here, there, quote.listed_as)
        for above in sorted(sizes)
        for kind, here, there in _unequal(route.price, theirs, above)
    ]


def adopted(route: Route, quote: Quote, since: str, source: str) -> Price:
    """A price from the day `since` (ISO) that says what the quote says; `source` is where it is from, in words."""
    return replace(_as_price(route.price, quote, since), source=source)


def _unequal(ours: Price | None, theirs: Price, above: int) -> Iterator[tuple[str, int | None, int]]:
    there = theirs.band(above + 1)
    here = ours.band(above + 1) if ours else None
    for kind in _CLASSES:
        amount = _amount(here, kind) if here else None
        if amount != _amount(there, kind):
            yield kind, amount, _amount(there, kind)


def _amount(band: Band, kind: str) -> int:
    amount: int = band.hour_write if kind == "cache_write_1h" else getattr(band, kind)
    return amount


def _as_price(ours: Price | None, quote: Quote, since: str) -> Price:
    """The quote as a price, with `ours` for what it is silent about."""
    base = ours or Price(since, quote.input, quote.output, quote.input, quote.input)
    return replace(
        base,
        since=since,
        input=quote.input,
        output=quote.output,
        cached_input=_said(quote.cached_input, base.cached_input, base, quote),
        cache_write=_said(quote.cache_write, base.cache_write, base, quote),
        bands=base.bands if quote.bands is None else quote.bands,
        cache_write_1h=base.cache_write_1h if quote.cache_write_1h is None else quote.cache_write_1h,
    )


def _said(amount: int | None, ours: int, base: Price, quote: Quote) -> int:
    """The quoted amount; else ours, or the new input price if ours was equal to the input price."""
    if amount is not None:
        return amount
    return quote.input if ours == base.input else ours
