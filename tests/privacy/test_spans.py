"""Overlapping spans are settled; the cache of findings holds offsets under keyed digests, within its bound."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.detect import FindingsCache, digest
from ni.privacy.spans import Findings, Label, Span, settle, within
from tests.growth import growth

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


def test_a_digest_depends_on_account_kind_and_text() -> None:
    names = {digest(key, kind, text) for key in (b"a", b"b") for kind in ("x", "y") for text in ("1", "2")}
    assert len(names) == 8
    assert digest(b"a", "x", "1\ud800") == digest(b"a", "x", "1\ud800")


def test_the_least_recently_used_is_forgotten_first() -> None:
    cache = FindingsCache(limit=3 * Findings().weight)
    for name in (b"1", b"2", b"3"):
        cache.put(name, Findings())
    cache.get(b"1")
    cache.put(b"4", Findings())
    assert cache.get(b"2") is None
    assert cache.get(b"1") is not None


def test_the_bound_counts_what_entries_hold() -> None:
    cache = FindingsCache(limit=1000)
    for number in range(500):
        cache.put(str(number).encode(), Findings((Span(0, 1, Label.EMAIL),) * 10))
    assert len(cache._findings) == 1000 // 14
    assert cache._weight <= 1000
    cache.put(b"499", Findings())
    assert cache._weight == sum(found.weight for found in cache._findings.values())


def test_a_chain_of_names_that_overlap_is_settled_in_linear_time() -> None:
    """`ni-ni-ni-…`: each syllable is a name, and so is every run of them that begins there."""

    def settled(text: str) -> None:
        places = range(0, len(text), 3)
        short = [Span(at, at + 2, Label.PERSON) for at in places]
        long = [Span(at, len(text), Label.PERSON, certain=False) for at in places]
        assert within(settle([*short, *long]), [(0, len(text))])

    assert growth(settled, "x" * 6_000, 8) <= 16
