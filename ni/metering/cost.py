"""What a call cost the operator and what it costs the account, in integers.

The provider's cost is the sum over disjoint token classes of tokens times the dated price, divided once and
rounded half to even; converting and adding the margin round once more each. Nothing else in the project
computes an amount.
"""

from dataclasses import dataclass

from ni.domain.money import MILLION, convert, divide_half_even
from ni.domain.reply import Usage
from ni.domain.route import Price


@dataclass(frozen=True, slots=True)
class Terms:
    """The instance's terms: margin and BYOK fee in millionths, the rate in millionths per USD."""

    currency: str
    rate_millionths: int
    margin_millionths: int = 0
    byok_fee_millionths: int = 50_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Amounts in nanos: list price in USD, then in the instance's currency what the provider and NI charge."""

    provider_usd_nanos: int = 0
    provider_nanos: int = 0
    charge_nanos: int = 0
    working: str = ""


def list_price(usage: Usage, price: Price) -> int:
    """Nano-USD by the catalog's price."""
    return divide_half_even(
        usage.uncached * price.input
        + usage.cached * price.cached_input
        + usage.cache_write * price.cache_write
        + usage.output * price.output,
        MILLION,
    )


def cost(usage: Usage, price: Price, terms: Terms, byok: bool) -> Cost:
    """Both amounts of a call. With the account's own credential the provider bills it: only the fee is ours."""
    usd = list_price(usage, price)
    listed = convert(usd, terms.rate_millionths)
    if byok:
        fee = divide_half_even(listed * terms.byok_fee_millionths, MILLION)
        return Cost(0, 0, fee, _working(usage, price))
    margin = divide_half_even(listed * terms.margin_millionths, MILLION)
    return Cost(usd, listed, listed + margin, _working(usage, price))


def ceiling(most: Usage, price: Price, terms: Terms, byok: bool) -> int:
    """The most that a call bounded by `most` can be charged, in nanos: every input token at the dearest input class."""
    dearest = Price(price.since, max(price.input, price.cache_write, price.cached_input), price.output, 0, 0)
    return cost(most, dearest, terms, byok).charge_nanos + 1


def _working(usage: Usage, price: Price) -> str:
    """The arithmetic, for the page: `1204*3000000000+88*15000000000` (tokens times nano-USD per million)."""
    classes = (
        (usage.uncached, price.input),
        (usage.cached, price.cached_input),
        (usage.cache_write, price.cache_write),
        (usage.output, price.output),
    )
    return "+".join(f"{tokens}*{each}" for tokens, each in classes if tokens)
