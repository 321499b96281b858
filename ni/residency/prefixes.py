"""Prefixes flattened into disjoint spans of numbers, so that the longest prefix is found by one bisection.

IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that there is one order and one look-up. A prefix
without label belongs to the vendor and takes the label of the prefix around it.
"""

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import TypeVar

_MAPPED = 0xFFFF << 32
_EVERY = 256
Pause = Callable[[], None]
Span = tuple[int, int, str]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Prefix:
    """A network in CIDR notation and the region that its vendor says it serves, or an empty label."""

    network: str
    label: str


@dataclass(frozen=True, slots=True)
class Spans:
    """Sorted, disjoint spans: `starts[n]` to `ends[n]`, both inside, are `labels[n]`."""

    starts: Sequence[int]
    ends: Sequence[int]
    labels: Sequence[str]

    def find(self, address: str) -> str | None:
        """The label of the longest prefix that holds the address; None if there is none. Raises `ValueError`."""
        number = number_of(address)
        at = bisect_right(self.starts, number) - 1
        return self.labels[at] if at >= 0 and number <= self.ends[at] else None


def number_of(address: str) -> int:
    """The address as a number of 128 bits. Raises `ValueError`."""
    parsed = ip_address(address)
    return int(parsed) | _MAPPED if isinstance(parsed, IPv4Address) else int(parsed)


def flattened(prefixes: Iterable[Prefix], pause: Pause = lambda: None) -> Spans:
    """The spans of prefixes in any order, nested or not. `pause` is called every so often. Raises `ValueError`."""
    spans = [_span(prefix) for prefix in with_pauses(prefixes, pause)]
    spans.sort(key=lambda span: (span[0], -span[1], not span[2]))
    return _merged(_disjoint(with_pauses(spans, pause)))


def with_pauses(items: Iterable[Item], pause: Pause) -> Iterator[Item]:
    """The items, with a pause every so often: a list of a cloud is tens of thousands of rows."""
    for at, item in enumerate(items):
        if at % _EVERY == 0:
            pause()
        yield item


def _span(prefix: Prefix) -> Span:
    if not isinstance(prefix.network, str):  # a number or a truth value would be taken for an address
        raise ValueError("no network")  # noqa: TRY004 - what is read is wrong, not the program
    network = ip_network(prefix.network)
    mapped = _MAPPED if isinstance(network, IPv4Network) else 0
    return int(network[0]) | mapped, int(network[-1]) | mapped, prefix.label


def _disjoint(spans: Iterable[Span]) -> Iterator[Span]:
    """Outer spans come first; each inner one cuts a piece out of the one around it."""
    around: list[Span] = []
    reached = 0
    for start, end, label in spans:
        while around and around[-1][1] < start:
            reached = yield from _rest(around.pop(), reached)
        if around and reached < start:
            yield reached, start - 1, around[-1][2]
        reached = start
        around.append((start, end, label or (around[-1][2] if around else "")))
    while around:
        reached = yield from _rest(around.pop(), reached)


def _rest(span: Span, reached: int) -> Generator[Span, None, int]:
    """What is left of a span behind the ones inside it; gives where the next begins."""
    _, end, label = span
    if reached <= end:
        yield reached, end, label
    return max(reached, end + 1)


def _merged(spans: Iterable[Span]) -> Spans:
    starts: list[int] = []
    ends: list[int] = []
    labels: list[str] = []
    for start, end, label in spans:
        if ends and ends[-1] + 1 == start and labels[-1] == label:
            ends[-1] = end
        else:
            starts.append(start)
            ends.append(end)
            labels.append(label)
    return Spans(starts, ends, labels)
