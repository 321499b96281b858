"""Reads the price files of LiteLLM and OpenRouter: what they say that a route costs, as a `Quote`.

Quotes are in nano-USD per million tokens of each class. A file may be silent about a class, which is not the same as a
price of zero. Numbers are read as decimals, so that a price such as 4.4e-07 a token is exact.

LiteLLM: one JSON object of models, USD per token. Keys begin with the place where it matters (`azure/us/...`,
`bedrock/ca-central-1/...`); a plain key of Bedrock or Azure is the price of the United States or of a global
deployment, and is no quote for another place.

OpenRouter (`GET /api/v1/models`): USD per token as decimal strings. It lists what the makers of models charge on their
own APIs, so that it quotes routes to OpenAI, Anthropic and Google's Gemini, and nothing that a cloud resells. A price
of -1 means that it varies, which is no quote.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from ni.domain.money import MILLION, NANOS
from ni.domain.providers import PROVIDERS
from ni.domain.route import Band, Route


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
