"""OpenRouter's list: `GET https://openrouter.ai/api/v1/models`.

USD per token as decimal strings. It lists what the makers of models charge on their own APIs, so that it quotes routes
to OpenAI, Anthropic and Google's Gemini, and nothing that a cloud resells. A price of -1 means that it varies, which is
no quote.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ni.catalog.price_sources.quotes import PriceList, Quote, band_above, nanos_per_million
from ni.domain.providers import PROVIDERS
from ni.domain.route import Band, Route

_DATE = re.compile(r"-\d{8}$")
_VERSION = re.compile(r"-(\d+)-(\d+)$")
_OPENROUTER_CLASSES = ("prompt", "completion", "input_cache_read", "input_cache_write")


def is_openrouter(document: Any) -> bool:
    """Whether a JSON document is such a list."""
    entries = document.get("data") if isinstance(document, dict) else None
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and "pricing" in entry for entry in entries
    )


def read_openrouter(document: Any, day: date) -> PriceList:
    """The list as a price list."""
    priced = {
        entry["id"]: entry["pricing"]
        for entry in document["data"]
        if isinstance(entry, dict) and isinstance(entry.get("pricing"), dict) and "id" in entry
    }

    def quote(route: Route) -> Quote | None:
        maker = PROVIDERS[route.provider].price_names.get("OpenRouter")
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
