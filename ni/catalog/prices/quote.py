"""What a source says that a model costs, in the catalog's own units: nano-USD per million tokens of each class.

A source may be silent about a class, which is not the same as saying that it costs nothing. Numbers are read as
decimals, so that a price such as 4.4e-07 a token is exact.
"""

from collections.abc import Callable, Sequence
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
"""A price file that was read: what it says about a route, or None."""


def nanos_per_million(usd: Any) -> int | None:
    """Nano-USD per million tokens, of a price in USD per token; None for what is no price."""
    if isinstance(usd, bool) or not isinstance(usd, int | str | Decimal):
        return None
    try:
        amount = Decimal(usd)
        if not amount.is_finite() or amount < 0:
            return None
        return int((amount * MILLION * NANOS).quantize(Decimal(1), ROUND_HALF_EVEN))
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
