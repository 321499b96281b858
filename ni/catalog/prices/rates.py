"""Rates gathered from a vendor's list of meters, where each class of tokens of a model is a row of its own.

A rate counts only if all rows that could be meant agree: of two different numbers for one thing neither is quoted.
"""

from collections import defaultdict
from typing import Generic, TypeVar

from ni.catalog.prices.quote import Quote

Meter = TypeVar("Meter")


class Rates(Generic[Meter]):
    """Nano-USD per million tokens by meter (what identifies the model and place) and class of tokens."""

    def __init__(self) -> None:
        self._found: dict[tuple[Meter, str], set[int]] = defaultdict(set)

    def add(self, meter: Meter, kind: str, nanos: int) -> None:
        """One row of the list."""
        self._found[meter, kind].add(nanos)

    def quote(self, listed_as: str, meter: Meter) -> Quote | None:
        """What the rows say together; None without a price of input and of output."""
        fresh, output = self._only(meter, "input"), self._only(meter, "output")
        if fresh is None or output is None:
            return None
        cached, written, hour = (
            self._only(meter, kind) for kind in ("cached_input", "cache_write", "cache_write_1h")
        )
        return Quote(listed_as, fresh, output, cached, written, cache_write_1h=hour)

    def _only(self, meter: Meter, kind: str) -> int | None:
        found = self._found.get((meter, kind), set())
        return next(iter(found)) if len(found) == 1 else None
