"""A price taken apart into its components, for pages that show, compare and preview prices."""

from collections.abc import Mapping
from dataclasses import dataclass

from ni.domain.route import Band, Price

CLASSES = ("input", "cached_input", "cache_write", "cache_write_1h", "output")
"""The classes of tokens, in the order in which pages and files have them."""
SINGLE = ("request", "image")
"""What is priced one by one."""


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """One amount of a price. `above` is the size of prompts, in tokens, beyond which it holds; 0 for all."""

    above: int
    name: str


def components(price: Price | None) -> Mapping[Component, int]:
    """The amounts in nano-USD: of each class by band, of requests and images where they cost; in millionths: `margin`.

    `cache_write_1h` is what is charged, whether the price says it or not.
    """
    if price is None:
        return {}
    amounts: dict[Component, int] = {}
    for band in (price.band(0), *price.bands):
        amounts |= {Component(band.above, name): _amount(band, name) for name in CLASSES}
    amounts |= {Component(0, name): getattr(price, name) for name in SINGLE if getattr(price, name)}
    if price.margin_millionths is not None:
        amounts[Component(0, "margin")] = price.margin_millionths
    return amounts


def _amount(band: Band, name: str) -> int:
    amount: int = band.hour_write if name == "cache_write_1h" else getattr(band, name)
    return amount


@dataclass(frozen=True, slots=True)
class ComponentChange:
    """A component before and after a change; None where there is none."""

    component: Component
    before: int | None
    after: int | None


def compare_prices(before: Price | None, after: Price) -> list[ComponentChange]:
    """Every component of either price, in order, with both amounts."""
    old, new = components(before), components(after)
    places = {name: place for place, name in enumerate((*CLASSES, *SINGLE, "margin"))}
    known = sorted({*old, *new}, key=lambda one: (one.above, places[one.name]))
    return [ComponentChange(one, old.get(one), new.get(one)) for one in known]
