"""Money as whole integers: nano-units of a currency (10^-9), never floats.

A price is nano-USD per million tokens, a rate is millionths of the instance's currency per USD. Rounding happens
once per amount, half to even, so that a sum of stored rows is the total that pages show.
"""

from decimal import Decimal, InvalidOperation
from functools import lru_cache

NANOS = 1_000_000_000
MILLION = 1_000_000


def divide_half_even(numerator: int, denominator: int) -> int:
    """`numerator / denominator` for non-negative integers, rounded to the nearest, ties to the even one."""
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        whole += 1
    return whole


def parse_amount(text: str) -> int:
    """Nanos of a decimal such as `5.00`. Raises `ValueError` if it is no amount, negative, or finer than a nano."""
    try:
        scaled = Decimal(text.strip()).scaleb(9)
        if not scaled.is_finite() or scaled < 0 or scaled != scaled.to_integral_value():
            raise ValueError(text)
    except InvalidOperation as fault:
        raise ValueError(text) from fault
    if scaled > 10**18:
        raise ValueError(text)
    return int(scaled)


def parse_signed_amount(text: str) -> int:
    """Nanos of a decimal that may be below zero, such as `-5.00`. Raises `ValueError` as `parse_amount` does."""
    plain = text.strip()
    return -parse_amount(plain[1:]) if plain.startswith("-") else parse_amount(plain)


@lru_cache(maxsize=4096)  # a few prices and rates are shown with every call
def format_amount(nanos: int, least_decimals: int = 2) -> str:
    """The exact decimal of an amount, with at least `least_decimals` places: `0.000063`, `5.00`."""
    sign, whole = ("-" if nanos < 0 else ""), abs(nanos)
    places = f"{whole % NANOS:09d}"
    shown = places.rstrip("0").ljust(least_decimals, "0")
    return f"{sign}{whole // NANOS}" + (f".{shown}" if shown else "")


def convert(usd_nanos: int, rate_millionths: int) -> int:
    """An amount of nano-USD in nanos of the instance's currency."""
    return divide_half_even(usd_nanos * rate_millionths, MILLION)
