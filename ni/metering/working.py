"""The arithmetic of a charge as one line that a person can follow and a test can recompute.

`(1,204 × 3.00 + 88 × 15.00) / 1,000,000 = 0.004932 USD × 1.40 = 0.0069048 CAD + 10 % = 0.00759528 CAD`. The notation is
of no language; amounts are exact to the nano-unit, and `=` stands where half-even rounding to it may have happened.
"""

from dataclasses import dataclass

from ni.domain.money import NANOS, format_amount

_PERCENT = NANOS // 10_000  # a millionth is a ten-thousandth of a percent; shown as an amount of percents


@dataclass(frozen=True, slots=True)
class Working:
    """What every charge begins with: the list price in nano-USD, and in nanos of the instance's currency."""

    usd_nanos: int
    listed_nanos: int
    rate_millionths: int
    currency: str

    def of_charge(
        self, summands: list[tuple[int, int, bool]], margin_millionths: int, charge_nanos: int
    ) -> str:
        """The working of a charge with a margin, if there is one."""
        if not margin_millionths:
            return self._listed(summands)
        margin = f" + {_percent(margin_millionths)} = {format_amount(charge_nanos)} {self.currency}"
        return self._listed(summands) + margin

    def of_fee(self, summands: list[tuple[int, int, bool]], fee_millionths: int, fee_nanos: int) -> str:
        """The working of the routing fee on a call with the account's own credential."""
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
