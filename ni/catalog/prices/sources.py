"""The table of price files that can be read. A file is known by its shape, never by its name or address."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ni.catalog.prices import aws, azure, litellm, openrouter
from ni.catalog.prices.quote import PriceList, Quote
from ni.domain.route import Route


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
