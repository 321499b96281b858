"""The longest prefix wins, whatever the order and the nesting, for both families, and is found as a search would."""

from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.residency.ip_ranges import Prefix, flattened
from tests.residency.world import prefix

PREFIXES = st.builds(
    lambda number, length, label: Prefix(
        f"{IPv4Address(number >> (32 - length) << (32 - length))}/{length}", label
    ),
    st.integers(0x0A000000, 0x0A00FFFF),
    st.integers(18, 32),
    st.sampled_from(["a", "b", "c"]),
)


def searched(prefixes: list[Prefix], address: str) -> set[str] | None:
    """The labels of the longest prefixes that hold the address, one by one."""
    holding = [one for one in prefixes if ip_address(address) in ip_network(one.network)]
    longest = max((ip_network(one.network).prefixlen for one in holding), default=None)
    found = {one.label for one in holding if ip_network(one.network).prefixlen == longest}
    return found or None


@given(st.lists(PREFIXES, max_size=12), st.integers(0x0A000000, 0x0A00FFFF))
def test_the_label_found_is_that_of_the_longest_prefix(prefixes: list[Prefix], number: int) -> None:
    address = str(IPv4Address(number))
    found, wanted = flattened(prefixes).find(address), searched(prefixes, address)
    assert found is None if wanted is None else found in wanted


@given(st.lists(PREFIXES, min_size=1, max_size=12))
def test_spans_are_sorted_disjoint_and_joined_where_they_touch_under_one_label(
    prefixes: list[Prefix],
) -> None:
    spans = flattened(prefixes)
    for at in range(len(spans.starts) - 1):
        assert spans.starts[at] <= spans.ends[at] < spans.starts[at + 1]
        assert spans.ends[at] + 1 < spans.starts[at + 1] or spans.labels[at] != spans.labels[at + 1]


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("15.193.0.1", "ap-south-1"),
        ("15.193.1.1", "global"),
        ("15.193.31.255", "global"),
        ("15.193.32.0", None),
        ("2600:1f11::1", "ca"),
        ("2600:1f12::1", None),
        ("::ffff:15.193.0.1", "ap-south-1"),
    ],
)
def test_both_families_lie_in_one_order(address: str, label: str | None) -> None:
    spans = flattened(
        [
            prefix("15.193.0.0/19", "global"),
            prefix("2600:1f11::/36", "ca"),
            prefix("15.193.0.0/24", "ap-south-1"),
        ]
    )
    assert spans.find(address) == label


def test_a_prefix_without_label_takes_that_of_the_one_around_it() -> None:
    spans = flattened([prefix("10.0.0.0/8", "a"), prefix("10.1.0.0/16"), prefix("11.0.0.0/8")])
    assert [spans.find(address) for address in ("10.1.2.3", "11.1.2.3")] == ["a", ""]


def test_reading_a_long_list_gives_way_to_others() -> None:
    paused: list[None] = []
    flattened(
        [prefix(f"10.{at // 256}.{at % 256}.0/24", "a") for at in range(1000)], lambda: paused.append(None)
    )
    assert len(paused) == 8  # each of two rounds over a thousand rows
