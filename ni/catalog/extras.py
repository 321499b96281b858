"""What some prices have besides their four classes, as one JSON value per price: hour-long writes, per request, per
image, bands, margin.

Amounts are nanos, as in the columns beside it. Most prices have none of these, and their value is `{}`.
"""

from collections.abc import Mapping
from dataclasses import asdict

import orjson

from ni.domain.route import Band, Price


def extras_of(price: Price) -> str:
    """The JSON text for the column."""
    extras: dict[str, object] = {}
    if price.request:
        extras["request"] = price.request
    if price.image:
        extras["image"] = price.image
    if price.bands:
        extras["bands"] = [asdict(band) for band in price.bands]
    if price.cache_write_1h is not None:
        extras["cache_write_1h"] = price.cache_write_1h
    if price.margin_millionths is not None:
        extras["margin_millionths"] = price.margin_millionths
    return orjson.dumps(extras).decode()


def price_of(since: str, classes: Mapping[str, int], extras: str) -> Price:
    """The price that a row describes."""
    more = orjson.loads(extras)
    return Price(
        since,
        classes["input"],
        classes["output"],
        classes["cached_input"],
        classes["cache_write"],
        more.get("request", 0),
        more.get("image", 0),
        tuple(Band(**band) for band in more.get("bands", ())),
        more.get("margin_millionths"),
        more.get("cache_write_1h"),
    )
