"""The catalog beside a price file: which routes the file quotes, and where it disagrees."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from ni.catalog.price_lists import Difference, adopted, differences
from ni.catalog.price_sources.quotes import PriceList
from ni.catalog.routes import build
from ni.catalog.sheet import Sheet
from ni.domain.route import Price, Route, Tier


def priced_routes(sheet: Sheet, today: date) -> list[Route]:
    """The routes that providers price (not those on own hardware), with the price in force today."""
    deployments = {deployment.id: deployment for deployment in sheet.deployments}
    return [
        build(row, deployments[row.deployment], today)
        for row in sheet.routes
        if row.tier is not Tier.OWN_HARDWARE
    ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ids of the routes that a file quotes, its differences, and by route the price that would say what it says."""

    quoted: set[str] = field(default_factory=set)
    differing: list[Difference] = field(default_factory=list)
    offered: dict[str, Price] = field(default_factory=dict)


def compared(routes: Iterable[Route], prices: PriceList, since: str, source: str = "") -> Comparison:
    """Set routes beside a price list. Raises `BadRequest`.

    `since` is the day of the prices offered, and `source` what they say of where they are from.
    """
    found = Comparison()
    for route in routes:
        quote = prices(route)
        if quote is None:
            continue
        found.quoted.add(route.id)
        differing = differences(route, quote)
        if differing:
            found.differing.extend(differing)
            found.offered[route.id] = adopted(route, quote, since, source)
    return found


def source_text(name: str, day: date) -> str:
    """What a price says of a file that it was taken from, and of the day on which that was read."""
    return f"{name} ({day.isoformat()})"
