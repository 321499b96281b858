"""The price of a call on a machine that is paid by the hour.

A call keeps the machine busy for as long as its tokens take: input at the speed of reading, output at the speed of
writing, both measured at full load. So a million tokens cost `1,000,000 / (3,600 x speed)` hours. Amounts are whole
nano-USD, rounded up, so that a machine that is always busy is paid for.
"""

from dataclasses import dataclass
from fractions import Fraction

from ni.domain.money import MILLION
from ni.domain.route import Price

SECONDS = 3600


@dataclass(frozen=True, slots=True)
class HourlyTerms:
    """What an hour costs, in nano-USD, and how many tokens a second the whole machine reads and writes."""

    hour_nanos: int
    input_per_s: Fraction
    output_per_s: Fraction

    def price(self, since: str) -> Price:
        """The price in force from a day on; what is read from the server's own cache costs as any input does."""
        reading, writing = self._million(self.input_per_s), self._million(self.output_per_s)
        return Price(since, reading, writing, reading, reading)

    def _million(self, per_s: Fraction) -> int:
        exact = Fraction(self.hour_nanos * MILLION, SECONDS) / per_s
        return -(-exact.numerator // exact.denominator)


def read_speed(text: str) -> Fraction:
    """Tokens a second, such as `850` or `42.5`. Raises `ValueError`."""
    speed = Fraction(text.strip())
    if not 0 < speed <= MILLION or "/" in text:
        raise ValueError(text)
    return speed
