"""Price list files of AWS for Bedrock, one region each: `AmazonBedrock` and `AmazonBedrockFoundationModels`.

The first names a model and a kind of tokens in attributes, per thousand; the second, for models of the marketplace, in
the name of the service and in `usagetype`, per million. Batch, priority, one-hour caches and long contexts are other
meters and are left out; global inference profiles have meters of their own.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ni.catalog.prices.names import Words, words, words_of_model
from ni.catalog.prices.quote import PriceList, Quote, nanos_per_million
from ni.catalog.prices.rates import Rates
from ni.domain.route import Route

GLOBAL = "global"
_INFERENCE = {
    "input tokens": "input",
    "text input tokens": "input",
    "output tokens": "output",
    "text output tokens": "output",
    "prompt cache read input tokens": "cached_input",
    "prompt cache write input tokens": "cache_write",
}
_DIMENSIONS = {
    "inputtokencount": "input",
    "input_tokens": "input",
    "outputtokencount": "output",
    "output_tokens": "output",
    "cachereadinputtokencount": "cached_input",
    "cache_read_tokens": "cached_input",
    "cachewriteinputtokencount": "cache_write",
    "cache_write_tokens": "cache_write",
    "cachewrite1hinputtokencount": "cache_write_1h",
}
_UNITS = {"1k tokens": 1_000, "1m tokens": 1_000_000, "units": 1_000_000}
_CROSS_REGION = "cross-region global "
_DIMENSION = re.compile(r"[A-Z0-9]+-MP:[A-Z0-9]+_(.+)-Units")
_EDITION = " (Amazon Bedrock Edition)"


class Meter(NamedTuple):
    """What a rate is for; `place` is a region, with `/global` behind it where a call may run anywhere."""

    model: Words
    place: str


def recognises(document: Any) -> bool:
    """Whether a JSON document is such a file."""
    return isinstance(document, dict) and {"offerCode", "products", "terms"} <= document.keys()


def read(document: Any) -> PriceList:
    """The file as a price list."""
    rates: Rates[Meter] = Rates()
    terms = document["terms"].get("OnDemand") or {}
    for sku, product in document["products"].items():
        named = _named(product.get("attributes") or {})
        if named is not None:
            for nanos in _nanos(terms.get(sku) or {}):
                rates.add(*named, nanos)

    def quote(route: Route) -> Quote | None:
        if route.provider != "bedrock":
            return None
        deployment, name = route.deployment, route.upstream_model
        place = deployment.options.get("api_region") or deployment.region
        place += f"/{GLOBAL}" if name.startswith("global.") else ""
        return rates.quote(f"{name} in {place}", Meter(words_of_model(name), place))

    return quote


def _named(attributes: Mapping[str, str]) -> tuple[Meter, str] | None:
    """Which meter and class a product is; None if it is none of ours."""
    region = attributes.get("regionCode", "")
    service, model = attributes.get("servicename", ""), attributes.get("model", "")
    if service.endswith(_EDITION):
        found = _DIMENSION.fullmatch(attributes.get("usagetype", ""))
        said = found[1].lower() if found else ""
        anywhere, kind = "_global" in said, said.replace("_global", "").removesuffix("_standard")
        model, kind = service.removesuffix(_EDITION), _DIMENSIONS.get(kind, "")
    elif attributes.get("feature") == "On-demand Inference" and _standard(attributes):
        said = attributes.get("inferenceType", "").lower()
        anywhere = said.startswith(_CROSS_REGION)
        kind = _INFERENCE.get(said.removeprefix(_CROSS_REGION), "")
    else:
        return None
    place = f"{region}/{GLOBAL}" if anywhere else region
    return (Meter(words(model), place), kind) if kind and model else None


def _standard(attributes: Mapping[str, str]) -> bool:
    return attributes.get("service_tier", "").lower() in ("", "standard")


def _nanos(offers: Mapping[str, Any]) -> Iterator[int]:
    """The rates of a product's terms."""
    for offer in offers.values():
        for dimension in (offer.get("priceDimensions") or {}).values():
            tokens = _UNITS.get(str(dimension.get("unit", "")).lower())
            usd = (dimension.get("pricePerUnit") or {}).get("USD")
            nanos = nanos_per_million(usd, tokens) if tokens else None
            if nanos is not None:
                yield nanos
