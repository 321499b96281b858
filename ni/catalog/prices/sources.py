"""The table of price files that can be read. A file is known by its shape, never by its name or address."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ni.catalog.prices import aws, azure, litellm, openrouter
from ni.catalog.prices.quote import PriceList


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of price file."""

    name: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], PriceList]


SOURCES = (
    Source("AWS", aws.recognises, aws.read),
    Source("Azure", azure.recognises, azure.read),
    Source("OpenRouter", openrouter.recognises, openrouter.read),
    Source("LiteLLM", litellm.recognises, litellm.read),
)


class NoPriceFile(Exception):
    """A document that no source recognises; the text says what was expected."""


def parse(text: str | bytes) -> Any:
    """JSON with exact numbers. Raises `NoPriceFile`."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as fault:
        raise NoPriceFile(f"is not JSON: {fault}") from fault


def read_prices(document: Any) -> tuple[str, PriceList]:
    """The name of the source, and its prices. Raises `NoPriceFile`."""
    for source in SOURCES:
        if source.recognises(document):
            try:
                return source.name, source.read(document)
            except (AttributeError, KeyError, TypeError) as fault:
                raise NoPriceFile(f"looks like a price file of {source.name} but is not whole") from fault
    known = ", ".join(source.name for source in SOURCES)
    raise NoPriceFile(f"is none of the price files that can be read ({known})")
