"""LiteLLM's file: `model_prices_and_context_window.json` of github.com/BerriAI/litellm.

One JSON object of models, USD per token. Keys begin with the place where it matters (`azure/us/...`,
`bedrock/ca-central-1/...`); a plain key of Bedrock or Azure is the price of the United States or of a global
deployment, and is no quote for another place.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ni.catalog.price_sources.quotes import PROFILE, PriceList, Quote, band_above, nanos_per_million
from ni.domain.route import Band, Route

_ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
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


def read_litellm(document: Any, day: date) -> PriceList:
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
    if provider == "bedrock" and not PROFILE.match(model):
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
