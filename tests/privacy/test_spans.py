"""Overlapping spans are settled: certain ones win, and of a name that lost what is left stays hidden."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.spans import Label, Span, settle

spans = st.builds(
    lambda start, length, label, certain: Span(start, start + length, label, certain),
    st.integers(0, 40),
    st.integers(1, 20),
    st.sampled_from(Label),
    st.booleans(),
)


@given(st.lists(spans, max_size=20))
def test_settled_spans_are_in_order_and_apart(found: list[Span]) -> None:
    kept = settle(found)
    assert all(first.end <= second.start for first, second in itertools.pairwise(kept))
    assert settle(kept) == kept
    assert settle(reversed(found)) == kept


@given(st.lists(spans, max_size=12), st.lists(spans, max_size=12))
def test_what_overlaps_nothing_of_a_group_changes_nothing_in_it(near: list[Span], far: list[Span]) -> None:
    moved = [span.moved(100) for span in far]
    assert settle([*near, *moved]) == [*settle(near), *settle(moved)]


@given(st.lists(spans.map(lambda span: Span(span.start, span.end, Label.PERSON, span.certain)), max_size=20))
def test_all_that_was_found_of_names_stays_hidden(found: list[Span]) -> None:
    covered = {at for span in found for at in range(span.start, span.end)}
    assert {at for span in settle(found) for at in range(span.start, span.end)} == covered


def test_a_certain_value_wins_over_a_longer_guess_and_leaves_the_rest_of_it() -> None:
    guess, certain = Span(0, 20, Label.PERSON, False), Span(5, 10, Label.PHONE)
    assert settle([guess, certain]) == [
        Span(0, 5, Label.PERSON, False),
        certain,
        Span(10, 20, Label.PERSON, False),
    ]


def test_an_address_gives_way_to_a_number_that_reaches_out_of_it() -> None:
    phone = Span(4, 24, Label.PHONE)
    assert settle([phone, Span(22, 60, Label.ADDRESS)]) == [phone, Span(24, 60, Label.ADDRESS)]
    assert settle([phone, Span(0, 8, Label.ADDRESS)]) == [Span(0, 4, Label.ADDRESS), phone]


def test_an_address_keeps_the_code_within_it() -> None:
    address = Span(0, 40, Label.ADDRESS)
    assert settle([address, Span(30, 37, Label.POSTAL_CODE)]) == [address]


def test_half_a_number_is_not_kept() -> None:
    assert settle([Span(0, 10, Label.IBAN), Span(8, 15, Label.PHONE)]) == [Span(0, 10, Label.IBAN)]
