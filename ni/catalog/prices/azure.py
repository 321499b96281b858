"""The retail prices of Azure (`https://prices.azure.com/api/retail/prices`): one item per meter and region.

A meter's name holds everything, in words that are not spelled alike twice: `gpt 4.1 mini Inp regnl Tokens`, `5.4 mini
cd inp Gl 1M Tokens`, `gpt-4o-0806-Outp-glbl Tokens`. Words with a meaning are taken out, and what is left must be the
words of the model and nothing else: batch, priority and fine-tuned meters have a word more and so are never taken.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ni.catalog.prices.names import Words, words
from ni.catalog.prices.quote import PriceList, Quote, nanos_per_million
from ni.catalog.prices.rates import Rates
from ni.domain.route import Route

_SEPARATORS = re.compile(r"[\s\-]+")
_INPUT = frozenset({"inp", "inpt", "input"})
_OUTPUT = frozenset({"outp", "outpt", "output", "out", "opt"})
_CACHED = frozenset({"cached", "cchd", "ccchd", "cd"})
_WRITTEN = frozenset({"wr", "write"})
_PLACES = {
    **dict.fromkeys(("glbl", "gl", "global"), "global"),
    **dict.fromkeys(("regnl", "regional"), "regional"),
    **dict.fromkeys(("dzone", "dz", "datazone"), "zone"),
}
_SILENT = frozenset({"tokens", "1m", "1k"})
_UNITS = {"1K": 1_000, "1M": 1_000_000}


class Meter(NamedTuple):
    """What a rate is for; `region` is empty for deployments that run anywhere."""

    model: Words
    place: str
    region: str


def recognises(document: Any) -> bool:
    """Whether a JSON document is such a list."""
    items = document.get("Items") if isinstance(document, dict) else None
    return isinstance(items, list) and any(isinstance(item, dict) and "retailPrice" in item for item in items)


def read(document: Any) -> PriceList:
    """The items as a price list."""
    rates: Rates[Meter] = Rates()
    for item in document["Items"]:
        named = _named(item) if _counts(item) else None
        tokens = _UNITS.get(str(item.get("unitOfMeasure", "")).partition(" ")[0])
        nanos = nanos_per_million(item["retailPrice"], tokens) if tokens and named else None
        if nanos is not None and named is not None:
            rates.add(*named, nanos)

    def quote(route: Route) -> Quote | None:
        if route.provider != "azure":
            return None
        region = route.deployment.region
        anywhere = route.jurisdiction == "GLOBAL"
        place = ("global", "") if anywhere else ("regional", region)
        return rates.quote(f"{route.upstream_model} in {region}", Meter(words(route.upstream_model), *place))

    return quote


def _counts(item: Mapping[str, Any]) -> bool:
    kind = item.get("type") or item.get("priceType") or ""
    return item.get("currencyCode") == "USD" and kind == "Consumption" and "retailPrice" in item


def _named(item: Mapping[str, Any]) -> tuple[Meter, str] | None:
    """Which meter and class an item is; None if its name does not say."""
    said = str(item.get("meterName", "")).lower().replace("data zone", "datazone")
    found = [word for word in _SEPARATORS.split(said) if word]
    places = {_PLACES[word] for word in found if word in _PLACES}
    known = _INPUT | _OUTPUT | _CACHED | _WRITTEN | _SILENT | _PLACES.keys()
    model = " ".join(word for word in found if word not in known)
    if str(item.get("productName", "")).startswith("Azure OpenAI") and model[:1].isdigit():
        model = f"gpt {model}"
    kind = _kind(set(found))
    if len(places) != 1 or not kind or not model:
        return None
    place = places.pop()
    region = "" if place == "global" else str(item.get("armRegionName", ""))
    return Meter(words(model), place, region), kind


def _kind(found: set[str]) -> str:
    if found & _OUTPUT:
        return "" if found & (_INPUT | _CACHED) else "output"
    if found & _WRITTEN:
        return "cache_write" if found & _CACHED else ""
    if found & _CACHED:
        return "cached_input"
    return "input" if found & _INPUT else ""
