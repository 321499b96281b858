"""What a price file says of a route, and the numbers and names that the readers share.

Quotes are in nano-USD per million tokens of each class. A file may be silent about a class, which is not the same as a
price of zero. Numbers are read as decimals, so that a price such as 4.4e-07 a token is exact.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from ni.domain.money import MILLION, NANOS
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


def nanos_per_million(usd: Any, tokens: int = 1) -> int | None:
    """Nano-USD per million tokens, of a price in USD for so many tokens; None for what is no price."""
    if isinstance(usd, bool) or not isinstance(usd, int | str | Decimal):
        return None
    try:
        amount = Decimal(usd)
        if not amount.is_finite() or amount < 0:
            return None
        return int((amount * MILLION / tokens * NANOS).quantize(Decimal(1), ROUND_HALF_EVEN))
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


PROFILE = re.compile(r"(?:global|us|eu|ca|apac)\.")
"""How the name of an inference profile of Bedrock begins: it says where the model runs."""
_VERSION = re.compile(r"-v\d+(?::\d+)?$")
_DATE = re.compile(r"[-@]\d{8}$")


def names_anywhere(route: Route) -> Iterator[str]:
    """The names under which a file that tells no regions apart may price the route, the most exact first.

    Such a file has the prices of global deployments of Azure, and of Bedrock in the United States, unless the name of
    an inference profile says where. The last names leave out a version and a date.
    """
    name = route.upstream_model.lower()
    if route.provider == "azure" and route.jurisdiction != "GLOBAL":
        return
    if route.provider == "bedrock" and route.jurisdiction != "US" and not PROFILE.match(name):
        return
    unversioned = _VERSION.sub("", name)
    yield from dict.fromkeys((name, unversioned, _DATE.sub("", unversioned)))
