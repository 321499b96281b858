"""What a call cost the operator and what it costs the account, in integers. No other module computes an amount.

The provider's cost is the sum over disjoint token classes of tokens times the dated price, divided once and rounded
half to even, plus whole nanos per image and per request; converting and adding the margin round once more each.
`CostBreakdown` writes the arithmetic as one line, stored with the row as `working`:

`(1,204 × 3.00 + 88 × 15.00) / 1,000,000 = 0.004932 USD × 1.40 = 0.0069048 CAD + 10 % = 0.00759528 CAD`. It is the same
in all languages; amounts are exact to the nano-unit, and `=` may stand for half-even rounding to it.
"""

from dataclasses import dataclass

from ni.domain.money import MILLION, NANOS, convert, divide_half_even, format_amount
from ni.domain.reply import Usage
from ni.domain.route import Price

_PERCENT = NANOS // 10_000  # a millionth is a ten-thousandth of a percent; shown as an amount of percents


@dataclass(frozen=True, slots=True)
class CostBreakdown:
    """The list price of a call in nano-USD and in nanos of the instance's currency."""

    usd_nanos: int
    listed_nanos: int
    rate_millionths: int
    currency: str

    def of_charge(
        self, summands: list[tuple[int, int, bool]], margin_millionths: int, charge_nanos: int
    ) -> str:
        """The arithmetic of a charge, with its margin if there is one."""
        if not margin_millionths:
            return self._listed(summands)
        margin = f" + {_percent(margin_millionths)} = {format_amount(charge_nanos)} {self.currency}"
        return self._listed(summands) + margin

    def of_fee(self, summands: list[tuple[int, int, bool]], fee_millionths: int, fee_nanos: int) -> str:
        """The arithmetic of the routing fee on a call with the account's own credential."""
        fee = f" × {_percent(fee_millionths)} = {format_amount(fee_nanos)} {self.currency}"
        return self._listed(summands) + fee

    def _listed(self, summands: list[tuple[int, int, bool]]) -> str:
        rate = format_amount(self.rate_millionths * (NANOS // 1_000_000))
        return (
            f"{_sum(summands)} = {format_amount(self.usd_nanos)} USD × {rate} = "
            f"{format_amount(self.listed_nanos)} {self.currency}"
        )


def _sum(summands: list[tuple[int, int, bool]]) -> str:
    tokens = [_product(count, each) for count, each, per_million in summands if per_million]
    pieces = [_product(count, each) for count, each, per_million in summands if not per_million]
    if tokens:
        pieces.insert(0, f"({' + '.join(tokens)}) / 1,000,000")
    return " + ".join(pieces) or "0"


def _product(count: int, each_nanos: int) -> str:
    return f"{count:,} × {format_amount(each_nanos)}"


def _percent(millionths: int) -> str:
    return f"{format_amount(millionths * _PERCENT, 0)} %"


@dataclass(frozen=True, slots=True)
class Terms:
    """The instance's terms: margin and BYOK fee in millionths, the rate in millionths per USD."""

    currency: str
    rate_millionths: int
    margin_millionths: int = 0
    byok_fee_millionths: int = 50_000


@dataclass(frozen=True, slots=True)
class Quantities:
    """What is paid for: tokens by class, images in the prompt, and whether the provider was asked at all."""

    usage: Usage
    images: int = 0
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """Amounts in nanos: list price in USD, then in the instance's currency what the provider and NI charge."""

    provider_usd_nanos: int = 0
    provider_nanos: int = 0
    charge_nanos: int = 0
    working: str = ""


def list_price(used: Quantities, price: Price) -> int:
    """Nano-USD by the catalog's price; a long prompt is priced whole by the band that it reaches."""
    band, usage = price.band(used.usage.prompt), used.usage
    tokens = divide_half_even(
        usage.uncached * band.input
        + usage.cached * band.cached_input
        + (usage.cache_write - usage.cache_write_1h) * band.cache_write
        + usage.cache_write_1h * band.hour_write
        + usage.output * band.output,
        MILLION,
    )
    return tokens + used.images * price.image + used.requests * price.request


def cost(used: Quantities, price: Price, terms: Terms, byok: bool) -> Cost:
    """Both amounts of a call. With the account's own credential the provider bills it: only the fee is ours."""
    usd = list_price(used, price)
    listed = convert(usd, terms.rate_millionths)
    margin_millionths = _margin(price, terms)
    breakdown = CostBreakdown(usd, listed, terms.rate_millionths, terms.currency)
    if byok:
        fee = divide_half_even(listed * terms.byok_fee_millionths, MILLION)
        return Cost(0, 0, fee, breakdown.of_fee(_summands(used, price), terms.byok_fee_millionths, fee))
    charge = listed + divide_half_even(listed * margin_millionths, MILLION)
    return Cost(usd, listed, charge, breakdown.of_charge(_summands(used, price), margin_millionths, charge))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that a call can be charged, by the output it may have: every input token at the dearest input class."""

    input_amount: int
    """Nano-USD times a million, like `output_price`: both are divided once, together."""
    output_price: int
    flat_usd_nanos: int
    rate_millionths: int
    share_millionths: int

    def nanos(self, output: int) -> int:
        """In nanos of the instance's currency; what is rounded once here may be rounded up twice in `cost`."""
        tokens = divide_half_even(self.input_amount + output * self.output_price, MILLION)
        listed = convert(tokens + self.flat_usd_nanos, self.rate_millionths)
        charge = divide_half_even(listed * self.share_millionths, MILLION)
        return charge + 1 if charge else 0


def ceiling(most: Quantities, price: Price, terms: Terms, byok: bool) -> Ceiling:
    """The bound of a call that uses at most `most`, whatever its output.

    A price can fall where a band begins, so that the bound takes the dearest rate of all bands within reach; that of
    writes which are kept for an hour only if `most` has such.
    """
    prompt = most.usage.prompt
    reached = [price.band(0), *(band for band in price.bands if band.above < prompt)]
    dearest_input = max(max(band.input, band.cache_write, band.cached_input) for band in reached)
    if most.usage.cache_write_1h:
        dearest_input = max(dearest_input, *(band.hour_write for band in reached))
    return Ceiling(
        prompt * dearest_input,
        max(band.output for band in reached),
        most.images * price.image + most.requests * price.request,
        terms.rate_millionths,
        terms.byok_fee_millionths if byok else MILLION + _margin(price, terms),
    )


def _margin(price: Price, terms: Terms) -> int:
    return terms.margin_millionths if price.margin_millionths is None else price.margin_millionths


def _summands(used: Quantities, price: Price) -> list[tuple[int, int, bool]]:
    """Count, nano-USD each, and whether that is per million."""
    usage, band = used.usage, price.band(used.usage.prompt)
    summands = [
        (usage.uncached, band.input, True),
        (usage.cached, band.cached_input, True),
        (usage.cache_write - usage.cache_write_1h, band.cache_write, True),
        (usage.cache_write_1h, band.hour_write, True),
        (usage.output, band.output, True),
        (used.images, price.image, False),
        (used.requests, price.request, False),
    ]
    return [summand for summand in summands if summand[0] and (summand[1] or summand[2])]
