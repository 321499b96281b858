"""Recognises and reads the price files of LiteLLM and OpenRouter, and compares their quotes with the catalog's prices.

A file is recognised by its shape, not by its name or address. What a file is silent about is not compared, and keeps
the catalog's value when a quote is adopted.

Quotes are in nano-USD per million tokens of each class. A file may be silent about a class, which is not the same as a
price of zero. Numbers are read as decimals, so that a price such as 4.4e-07 a token is exact.

LiteLLM: one JSON object of models, USD per token. Keys begin with the place where it matters (`azure/us/...`,
`bedrock/ca-central-1/...`); a plain key of Bedrock or Azure is the price of the United States or of a global
deployment, and is no quote for another place.

OpenRouter (`GET /api/v1/models`): USD per token as decimal strings. It lists what the makers of models charge on their
own APIs, so that it quotes routes to OpenAI, Anthropic and Google's Gemini, and nothing that a cloud resells. A price
of -1 means that it varies, which is no quote.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from ni.domain.money import MILLION, NANOS
from ni.domain.providers import PROVIDERS
from ni.domain.route import Band, Price, Route


@dataclass(frozen=True, slots=True)
class Quote:
    """One model of a source; `listed_as` is its name there. None where the source is silent."""

    listed_as: str
    input: int
    output: int
    cached_input: int | None = None
    cache_write: int | None = None
    bands: tuple[Band, ...] | None = None
    cache_write_1h: int | None = None


PriceList = Callable[[Route], Quote | None]
"""A parsed price file: its quote for a route, or None."""


def nanos_per_million(usd: Any) -> int | None:
    """Nano-USD per million tokens, of a price in USD per token; None for what is no price."""
    if isinstance(usd, bool) or not isinstance(usd, int | str | Decimal):
        return None
    try:
        amount = Decimal(usd)
        if not amount.is_finite() or amount < 0:
            return None
        return int((amount * MILLION * NANOS).quantize(Decimal(1), ROUND_HALF_EVEN))
    except InvalidOperation:
        return None


def band_above(above: int, amounts: Sequence[int | None]) -> Band | None:
    """The prices of long prompts: input, output, cached input, cache write, the same for an hour.

    Cached input and cache writes may cost what input does.
    """
    fresh, output, cached, written, hour = amounts
    if fresh is None or output is None:
        return None
    return Band(
        above,
        fresh,
        output,
        fresh if cached is None else cached,
        fresh if written is None else written,
        hour,
    )


_ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_GLOBAL_PROFILE = re.compile(r"(?:global|us|eu|ca|apac)\.")
_LITELLM_CLASSES = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
)


def is_litellm(document: Any) -> bool:
    """Whether a JSON document is such a file."""
    return isinstance(document, dict) and any(
        isinstance(entry, dict) and "litellm_provider" in entry for entry in document.values()
    )


def read_litellm(document: Any) -> PriceList:
    """The file as a price list."""

    def quote(route: Route) -> Quote | None:
        for key in _litellm_keys(route):
            entry = document.get(key)
            if isinstance(entry, dict) and (price := _litellm_quote(key, entry)) is not None:
                return price
        return None

    return quote


def _litellm_keys(route: Route) -> Iterator[str]:
    """The keys under which the file may list the route, the most exact first."""
    model, provider = route.upstream_model, route.provider
    if provider == "bedrock" and not _GLOBAL_PROFILE.match(model):
        yield f"bedrock/{route.deployment.region}/{model}"
        if route.jurisdiction == "US":
            yield model
    elif provider == "azure":
        place = {"GLOBAL": "", "US": "us/"}.get(route.jurisdiction)
        if place is not None:
            yield f"azure/{place}{model}"
            yield f"azure_ai/{place}{model.lower()}"
    else:
        yield f"{provider}/{model}"
        yield model


def _litellm_quote(key: str, entry: Mapping[str, Any]) -> Quote | None:
    fresh, output, cached, written, hour = (nanos_per_million(entry.get(name)) for name in _LITELLM_CLASSES)
    if fresh is None or output is None:
        return None
    return Quote(key, fresh, output, cached, written, tuple(_litellm_bands(entry)), hour)


def _litellm_bands(entry: Mapping[str, Any]) -> Iterator[Band]:
    """The prices of long prompts; a class without a price for short prompts has none for long ones."""
    sizes = sorted(int(match[1]) for name in entry if (match := _ABOVE.fullmatch(name)))
    for thousands in sizes:
        amounts = [
            nanos_per_million(entry.get(f"{name}_above_{thousands}k_tokens") if name in entry else None)
            for name in _LITELLM_CLASSES
        ]
        band = band_above(thousands * 1000, amounts)
        if band is not None:
            yield band


_DATE = re.compile(r"-\d{8}$")
_VERSION = re.compile(r"-(\d+)-(\d+)$")
_OPENROUTER_CLASSES = ("prompt", "completion", "input_cache_read", "input_cache_write")


def is_openrouter(document: Any) -> bool:
    """Whether a JSON document is such a list."""
    entries = document.get("data") if isinstance(document, dict) else None
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and "pricing" in entry for entry in entries
    )


def read_openrouter(document: Any) -> PriceList:
    """The list as a price list."""
    priced = {
        entry["id"]: entry["pricing"]
        for entry in document["data"]
        if isinstance(entry, dict) and isinstance(entry.get("pricing"), dict) and "id" in entry
    }

    def quote(route: Route) -> Quote | None:
        maker = PROVIDERS[route.provider].openrouter
        if not maker:
            return None
        model = _VERSION.sub(r"-\1.\2", _DATE.sub("", route.upstream_model))
        name = f"{maker}/{model}"
        return _openrouter_quote(name, priced[name]) if name in priced else None

    return quote


def _openrouter_quote(name: str, pricing: Mapping[str, Any]) -> Quote | None:
    fresh, output, cached, written = _openrouter_amounts(pricing)
    if fresh is None or output is None:
        return None
    return Quote(name, fresh, output, cached, written, tuple(_openrouter_bands(pricing)))


def _openrouter_bands(pricing: Mapping[str, Any]) -> Iterator[Band]:
    """What long prompts cost; an override names only what it changes."""
    overrides = pricing.get("overrides")
    for override in overrides if isinstance(overrides, list) else ():
        above = override.get("min_prompt_tokens") if isinstance(override, dict) else None
        if type(above) is not int:
            continue
        band = band_above(above, (*_openrouter_amounts({**pricing, **override}), None))
        if band is not None:
            yield band


def _openrouter_amounts(pricing: Mapping[str, Any]) -> tuple[int | None, ...]:
    return tuple(nanos_per_million(pricing.get(name)) for name in _OPENROUTER_CLASSES)


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of price file."""

    name: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], PriceList]


SOURCES = (
    Source("OpenRouter", is_openrouter, read_openrouter),
    Source("LiteLLM", is_litellm, read_litellm),
)


class NoPriceFile(Exception):
    """A document that no source recognises; the text says what was expected."""


def parse(text: str | bytes) -> Any:
    """JSON with exact numbers. Raises `NoPriceFile`."""
    try:
        return json.loads(text, parse_float=Decimal)
    except RecursionError as fault:
        raise NoPriceFile("nests values deeper than any price file (hundreds of levels)") from fault
    except ValueError as fault:
        raise NoPriceFile(f"is not JSON: {fault}") from fault


def _whole(source: Source, document: Any) -> PriceList:
    """The list, each of whose quotes may also raise `NoPriceFile`: entries are read when they are asked for."""

    def quote(route: Route) -> Quote | None:
        with _refusing(source):
            return prices(route)

    with _refusing(source):
        prices = source.read(document)
    return quote


@contextmanager
def _refusing(source: Source) -> Iterator[None]:
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        raise NoPriceFile(f"looks like a price file of {source.name} but is not whole") from fault


def read_prices(document: Any) -> tuple[str, PriceList]:
    """The name of the source, and its prices. Raises `NoPriceFile`."""
    for source in SOURCES:
        if source.recognises(document):
            return source.name, _whole(source, document)
    known = ", ".join(source.name for source in SOURCES)
    raise NoPriceFile(f"is none of the price files that can be read ({known})")


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


def adopted(route: Route, quote: Quote, since: str) -> Price:
    """A price from the day `since` (ISO) that says what the quote says."""
    return _as_price(route.price, quote, since)


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
