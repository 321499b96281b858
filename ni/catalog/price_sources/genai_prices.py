"""The list of `genai-prices`: `prices/new_data/v2/data.json` of github.com/pydantic/genai-prices.

A list of providers (from version 3 on it is under `providers`), each with models and their prices in USD per million
tokens, some from a day on, some dearer above a number of tokens. A model's `match` says how its names are compared. Of
these rules the names that they write out are used, and a whole name is asked for: a regular expression that somebody
else wrote is not run, and a model is not taken for another whose name begins alike. Nor is a maker's price taken for
that of a cloud which resells the model (`fallback_model_providers`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ni.catalog.price_sources.quotes import PriceList, Quote, band_above, names_anywhere, nanos_per_million
from ni.domain.money import MILLION
from ni.domain.providers import PROVIDERS
from ni.domain.route import Band, CallKind, Route

_CLASSES = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok")
_NAMING = ("equals", "starts_with", "ends_with", "contains")


def _providers(document: Any) -> Any:
    return document.get("providers") if isinstance(document, dict) else document


def is_genai_prices(document: Any) -> bool:
    """Whether a JSON document is such a list."""
    providers = _providers(document)
    return isinstance(providers, list) and any(
        isinstance(entry, dict) and isinstance(entry.get("models"), list) for entry in providers
    )


def read_genai_prices(document: Any, day: date) -> PriceList:
    """The list as a price list, with the prices of that day."""
    named = {provider["id"]: _by_name(provider["models"]) for provider in _providers(document)}

    def quote(route: Route) -> Quote | None:
        provider = PROVIDERS[route.provider].price_names.get("genai-prices")
        for name in _names(route):
            model = named.get(provider, {}).get(name)
            if model is not None:
                return _quote(f"{provider}/{model['id']}", route, _in_force(model["prices"], day))
        return None

    return quote


def _names(route: Route) -> Iterator[str]:
    """The names to look for; this list has the prices of American regions without their profile's `us.`."""
    for name in names_anywhere(route):
        yield name
        yield name.removeprefix("us.")


def _by_name(models: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """The models by their ids, and by the names that their rules write out."""
    named = {model["id"].lower(): model for model in models}
    for model in models:
        for name in _written_out(model["match"]):
            named.setdefault(name, model)
    return named


def _written_out(rule: Mapping[str, Any]) -> list[str]:
    clauses = (rule, *rule.get("or", ()))
    return [clause[naming].lower() for clause in clauses for naming in _NAMING if naming in clause]


def _in_force(prices: Any, day: date) -> Mapping[str, Any]:
    """The prices of a day; those of hours of the day are left out."""
    steps = [{"prices": prices}] if isinstance(prices, dict) else prices
    begun: Mapping[str, Any] = {}
    for step in steps:
        constraint = step.get("constraint")
        if constraint is None or constraint.get("start_date", "9999") <= day.isoformat():
            begun = step["prices"]
    return begun


def _quote(name: str, route: Route, prices: Mapping[str, Any]) -> Quote | None:
    fresh, output, cached, written, hour = _amounts(prices, 0)
    if route.capabilities.kind is CallKind.EMBEDDING and "output_mtok" not in prices:
        output = 0
    if fresh is None or output is None:
        return None
    return Quote(name, fresh, output, cached, written, tuple(_bands(prices)), hour)


def _bands(prices: Mapping[str, Any]) -> Iterator[Band]:
    """The prices of long prompts, by size."""
    tiered = [prices[name] for name in _CLASSES if isinstance(prices.get(name), dict)]
    for size in sorted({tier["start"] for price in tiered for tier in price["tiers"]}):
        band = band_above(size, _amounts(prices, size))
        if band is not None:
            yield band


def _amounts(prices: Mapping[str, Any], above: int) -> list[int | None]:
    return [nanos_per_million(_at(prices.get(name), above), MILLION) for name in _CLASSES]


def _at(price: Any, above: int) -> Any:
    """What a class costs in prompts above a size."""
    if not isinstance(price, dict):
        return price
    reached = [tier for tier in price["tiers"] if tier["start"] <= above]
    return max(reached, key=lambda tier: int(tier["start"]))["price"] if reached else price["base"]
