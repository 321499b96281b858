"""Amounts: whole integers, disjoint classes, rounding where it is said, and a working that recomputes."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.money import parse_amount
from ni.domain.reply import Usage
from ni.domain.route import Band, Price
from ni.metering.cost import Quantities, Terms, ceiling, cost, list_price

CAD = Terms("CAD", 1_400_000, 100_000)
PRICE = Price("2026-01-01", 3 * 10**9, 15 * 10**9, 3 * 10**8, 375 * 10**7)
LONG = replace(PRICE, bands=(Band(200_000, 6 * 10**9, 225 * 10**8, 6 * 10**8, 75 * 10**8),))

counts = st.integers(0, 2_000_000)
usages = st.builds(
    lambda fresh, cached, writes, output: Usage(
        fresh, cached, max(writes), output, cache_write_1h=min(writes)
    ),
    counts, counts, st.tuples(counts, counts), counts,
)  # fmt: skip
amounts = st.integers(0, 200 * 10**9)
hours = st.none() | amounts
bands = st.builds(Band, st.integers(1, 10**6), amounts, amounts, amounts, amounts, hours)
prices = st.builds(
    Price, st.just("2026-01-01"), amounts, amounts, amounts, amounts, st.integers(0, 10**8),
    st.integers(0, 10**8), st.lists(bands, max_size=1).map(tuple), st.none() | st.integers(0, 10**6),
    hours,
)  # fmt: skip
quantities = st.builds(Quantities, usages, st.integers(0, 30))
terms = st.builds(Terms, st.just("CAD"), st.integers(1, 10**8), st.integers(0, 10**6), st.integers(0, 10**6))


@pytest.mark.parametrize(
    ("usage", "nanos"),
    [
        (Usage(uncached=1204, output=88), 4_932_000),
        (Usage(cached=1000), 300_000),
        (Usage(cache_write=1000), 3_750_000),
        (
            Usage(cache_write=1000, cache_write_1h=400),
            4_650_000,
        ),  # an hour costs twice the input, unless it is said
        (Usage(uncached=10, output=100, reasoning=90), 1_530_000),  # reasoning lies inside output
        (Usage(), 0),
    ],
)
def test_each_class_of_tokens_has_its_price(usage: Usage, nanos: int) -> None:
    assert list_price(Quantities(usage), PRICE) == nanos


@pytest.mark.parametrize(("prompt", "usd"), [(200_000, "0.60"), (200_001, "1.200006")])
def test_a_long_prompt_is_priced_whole_by_the_band_it_reaches(prompt: int, usd: str) -> None:
    assert list_price(Quantities(Usage(uncached=prompt)), LONG) == parse_amount(usd)


@pytest.mark.parametrize(
    ("written", "said", "usd"), [("3.75", None, "6"), ("3", None, "3"), ("7", None, "7"), ("3.75", "5", "5")]
)
def test_what_is_cached_for_an_hour_has_a_price_of_its_own(written: str, said: str | None, usd: str) -> None:
    price = replace(
        PRICE, cache_write=parse_amount(written), cache_write_1h=parse_amount(said) if said else None
    )
    used = Quantities(Usage(cache_write=1_000_000, cache_write_1h=1_000_000))
    assert list_price(used, price) == parse_amount(usd)


def test_images_and_requests_have_prices_of_their_own() -> None:
    price = replace(PRICE, image=parse_amount("0.04"), request=parse_amount("0.005"))
    assert list_price(Quantities(Usage(), images=3), price) == parse_amount("0.125")


def test_the_margin_is_added_and_a_route_may_have_its_own() -> None:
    used = Quantities(Usage(uncached=1_000_000))
    assert cost(used, PRICE, CAD, byok=False).charge_nanos == parse_amount("4.62")
    own = replace(PRICE, margin_millionths=0)
    assert cost(used, own, CAD, byok=False).charge_nanos == parse_amount("4.20")


def test_with_an_own_credential_only_the_fee_is_charged() -> None:
    made = cost(Quantities(Usage(uncached=1_000_000)), PRICE, CAD, byok=True)
    assert (made.provider_usd_nanos, made.provider_nanos) == (0, 0)
    assert made.charge_nanos == parse_amount("0.21")


@pytest.mark.parametrize(("tokens", "nanos"), [(1, 0), (3, 2), (5, 2), (7, 4)])
def test_halves_of_a_nano_go_to_the_even_one(tokens: int, nanos: int) -> None:
    half = Price("2026-01-01", 500_000, 0, 0, 0)
    assert list_price(Quantities(Usage(uncached=tokens)), half) == nanos


@given(quantities, prices, terms)
def test_each_amount_is_within_its_rounding_of_the_exact_one(
    used: Quantities, price: Price, agreed: Terms
) -> None:
    band, usage = price.band(used.usage.prompt), used.usage
    exact = (
        Fraction(
            usage.uncached * band.input
            + usage.cached * band.cached_input
            + (usage.cache_write - usage.cache_write_1h) * band.cache_write
            + usage.cache_write_1h * band.hour_write
            + usage.output * band.output,
            10**6,
        )
        + used.images * price.image
        + used.requests * price.request
    )
    made = cost(used, price, agreed, byok=False)
    assert abs(made.provider_usd_nanos - exact) <= Fraction(1, 2)
    rated = Fraction(made.provider_usd_nanos * agreed.rate_millionths, 10**6)
    assert abs(made.provider_nanos - rated) <= Fraction(1, 2)
    margin = agreed.margin_millionths if price.margin_millionths is None else price.margin_millionths
    assert abs(made.charge_nanos - made.provider_nanos - Fraction(made.provider_nanos * margin, 10**6)) <= (
        Fraction(1, 2)
    )


@given(quantities, prices, terms, st.booleans(), st.data())
def test_the_bound_is_never_below_the_charge(
    most: Quantities, price: Price, agreed: Terms, byok: bool, data: st.DataObject
) -> None:
    # Bounds know input, not its classes; and whether some of it may be kept for an hour.
    prompt, output = most.usage.prompt, most.usage.output
    longer = data.draw(st.booleans())
    bound = (
        Usage(output=output, cache_write=prompt, cache_write_1h=prompt)
        if longer
        else Usage(prompt, output=output)
    )
    whole = replace(most, usage=bound)
    first, second = sorted(data.draw(st.integers(0, prompt)) for _ in range(2))
    hour = data.draw(st.integers(0, prompt - second)) if longer else 0
    used = Usage(
        first, second - first, prompt - second, data.draw(st.integers(0, output)), cache_write_1h=hour
    )
    charged = cost(replace(whole, usage=used), price, agreed, byok).charge_nanos
    assert charged <= ceiling(whole, price, agreed, byok).nanos(whole.usage.output)


@given(quantities, prices, terms, st.booleans())
def test_the_working_recomputes_to_the_amounts(
    used: Quantities, price: Price, agreed: Terms, byok: bool
) -> None:
    made = cost(used, price, agreed, byok)
    steps = [step.strip() for step in made.working.split("=")]
    usd = _summand(steps[0].replace(") / 1,000,000", ")"))
    assert abs(usd - _amount(steps[1].split(" × ")[0])) <= Fraction(1, 2 * 10**9)
    rate = Fraction(steps[1].split(" × ")[1])
    listed = _amount(steps[2])
    assert abs(_amount(steps[1].split(" × ")[0]) * rate - listed) <= Fraction(1, 2 * 10**9)
    assert round(_amount(steps[-1]) * 10**9) == made.charge_nanos


def test_the_working_is_one_line_that_a_person_can_follow() -> None:
    made = cost(Quantities(Usage(uncached=1204, output=88)), PRICE, CAD, byok=False)
    assert made.working == (
        "(1,204 × 3.00 + 88 × 15.00) / 1,000,000 = 0.004932 USD × 1.40 = 0.0069048 CAD + 10 % = 0.00759528 CAD"
    )


def _amount(text: str) -> Fraction:
    """The number that a step begins with."""
    found = re.match(r"[\d.,]+", text)
    assert found, text
    return Fraction(found[0].replace(",", ""))


def _summand(text: str) -> Fraction:
    """The value of `(1,204 × 3.00 + 88 × 15.00) + 2 × 0.04`, where the bracket is per million."""
    inside, _, outside = text.removeprefix("(").partition(")") if text.startswith("(") else ("", "", text)
    per_million = sum((_product(part) for part in inside.split(" + ") if part), Fraction())
    rest = sum((_product(part) for part in outside.split(" + ") if part.strip(" 0")), Fraction())
    return per_million / 10**6 + rest


def _product(text: str) -> Fraction:
    count, each = text.split(" × ")
    return _amount(count.strip()) * _amount(each.strip())
