"""Reads one dated price of a catalog file: decimals as strings, in USD, so that none passes through a float.

`cached_input` and `cache_write` default to `input`; `cache_write_1h` is for what is cached for an hour. `request` and
`image` are USD each; `bands` give other prices to calls whose input is more than `above` tokens; `margin_percent`
overrides the instance's margin for the route.
"""

import re
from contextlib import suppress
from datetime import date
from typing import Any

from ni.catalog.fields import only, rows_of, shown, text_of
from ni.catalog.sheet import CatalogFault
from ni.domain.money import parse_amount
from ni.domain.route import Band, Price

_KEYS = {
    "since",
    "input",
    "output",
    "cached_input",
    "cache_write",
    "cache_write_1h",
    "request",
    "image",
    "bands",
    "margin_percent",
}
_BAND_KEYS = {"above", "input", "output", "cached_input", "cache_write", "cache_write_1h"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERCENT = 100_000  # nano-percent in a millionth


def read_price(row: dict[str, Any], owner: str) -> Price:
    """The price. Raises `CatalogFault`."""
    named = f"A price of {owner}"
    only(row, _KEYS, named)
    return Price(
        _since(row.get("since"), owner),
        *_classes(row, owner),
        request=_maybe(row, "request", owner) or 0,
        image=_maybe(row, "image", owner) or 0,
        bands=_bands(row, owner),
        margin_millionths=_margin(row, owner),
        cache_write_1h=_maybe(row, "cache_write_1h", owner),
    )


def _since(value: object, owner: str) -> str:
    """The day in the one form in which days are kept and compared, `YYYY-MM-DD`; TOML's own dates will do too."""
    text = value.isoformat() if isinstance(value, date) else value
    if isinstance(text, str) and _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text).isoformat()
    raise CatalogFault(
        f"{owner} needs the price's `since` as a date such as 2026-11-23, not `{shown(value)}`."
    )


def _classes(row: dict[str, Any], owner: str) -> tuple[int, int, int, int]:
    """Input, output, cached input, cache write."""
    fresh, output = _amount(row, "input", owner), _amount(row, "output", owner)
    cached, written = (_maybe(row, name, owner) for name in ("cached_input", "cache_write"))
    return fresh, output, fresh if cached is None else cached, fresh if written is None else written


def _bands(row: dict[str, Any], owner: str) -> tuple[Band, ...]:
    bands: list[Band] = []
    for _, band in rows_of(row, "bands", f"A price of {owner}"):
        only(band, _BAND_KEYS, f"A band of {owner}")
        above = band.get("above")
        if type(above) is not int or above <= (bands[-1].above if bands else 0):
            raise CatalogFault(
                f"{owner} needs the `above` of its bands as whole numbers of tokens, ascending."
            )
        bands.append(Band(above, *_classes(band, owner), _maybe(band, "cache_write_1h", owner)))
    return tuple(bands)


def _margin(row: dict[str, Any], owner: str) -> int | None:
    percent = _maybe(row, "margin_percent", owner)
    if percent is not None and percent % _PERCENT:
        raise CatalogFault(f"{owner} needs `margin_percent` with at most four decimals.")
    return None if percent is None else percent // _PERCENT


def _maybe(row: dict[str, Any], name: str, owner: str) -> int | None:
    return _amount(row, name, owner) if name in row else None


def _amount(row: dict[str, Any], name: str, owner: str) -> int:
    try:
        return parse_amount(text_of(row, name, f"A price of {owner}"))
    except ValueError as fault:
        raise CatalogFault(
            f"{owner} needs the price `{name}` as a decimal string in USD per million tokens, such as "
            f'"3.00", not `{shown(row[name])}`.'
        ) from fault
