"""The price file of the LiteLLM project: one JSON object of models, USD per token.

Keys carry the place in front where it matters (`azure/us/...`, `bedrock/ca-central-1/...`); a plain key of Bedrock or
Azure is the price of the United States or of a global deployment, and is no quote for another place.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ni.catalog.prices.quote import PriceList, Quote, band_above, nanos_per_million
from ni.domain.route import Band, Route

_ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_GLOBAL_PROFILE = re.compile(r"(?:global|us|eu|ca|apac)\.")
_CLASSES = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
)


def recognises(document: Any) -> bool:
    """Whether a JSON document is such a file."""
    return isinstance(document, dict) and any(
        isinstance(entry, dict) and "litellm_provider" in entry for entry in document.values()
    )


def read(document: Any) -> PriceList:
    """The file as a price list."""

    def quote(route: Route) -> Quote | None:
        for key in _keys(route):
            entry = document.get(key)
            if isinstance(entry, dict) and (found := _quote(key, entry)) is not None:
                return found
        return None

    return quote


def _keys(route: Route) -> Iterator[str]:
    """Where the file may list the route, the most exact first."""
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


def _quote(key: str, entry: Mapping[str, Any]) -> Quote | None:
    fresh, output, cached, written, hour = (nanos_per_million(entry.get(name)) for name in _CLASSES)
    if fresh is None or output is None:
        return None
    return Quote(key, fresh, output, cached, written, tuple(_bands(entry)), hour)


def _bands(entry: Mapping[str, Any]) -> Iterator[Band]:
    """A class without a price of its own for short prompts has none for long ones."""
    sizes = sorted(int(found[1]) for name in entry if (found := _ABOVE.fullmatch(name)))
    for thousands in sizes:
        amounts = [
            nanos_per_million(entry.get(f"{name}_above_{thousands}k_tokens") if name in entry else None)
            for name in _CLASSES
        ]
        band = band_above(thousands * 1000, amounts)
        if band is not None:
            yield band
