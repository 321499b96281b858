"""Reads the address lists that clouds publish (`read_publication`), and finds the longest prefix of an address.

`flattened` turns prefixes into disjoint spans of numbers, so that one bisection finds the longest prefix. IPv4 is kept
as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that there is one order and one look-up. A prefix without label takes
the label of the prefix around it.

AWS: https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html. Azure: service tags, download 56519 of
Microsoft's download centre. Google: https://www.gstatic.com/ipranges/cloud.json (with regions) and goog.json (all of
Google, without). Unknown fields are ignored; a row without a network makes the file unreadable.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import Any, TypeVar

import orjson

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
class RangeTable:
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


def flattened(prefixes: Iterable[Prefix], pause: Pause = lambda: None) -> RangeTable:
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
    """Disjoint spans from sorted ones, outer before inner; inner spans replace parts of outer ones."""
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
    """Yield the rest of a span after the ones inside it; returns the next free number."""
    _, end, label = span
    if reached <= end:
        yield reached, end, label
    return max(reached, end + 1)


def _merged(spans: Iterable[Span]) -> RangeTable:
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
    return RangeTable(starts, ends, labels)


Read = Callable[[Mapping[str, Any]], Iterator[Prefix]]
_AZURE_TAG = re.compile(r"AzureCloud(?:\.(?P<region>[A-Za-z0-9]+))?", re.IGNORECASE)
_AZURE_DAY = re.compile(r"ServiceTags_\w+_(\d{8})\.json")
_AWS_SERVICE = "AMAZON"  # of which the others are parts; Bedrock has no code of its own


class Unreadable(Exception):
    """The content is not a usable address list; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One list: its name here, where it is published, what must be in it, and how it is read.

    `index` is a page that names the list's address, where that changes; `least` the fewest rows a list can have.
    """

    name: str
    source: str
    regions: frozenset[str]
    least: int
    read: Read
    index: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class RangeList:
    """A list as it was published: whose, its prefixes, and when it was made, if it says so."""

    vendor: Vendor
    prefixes: tuple[Prefix, ...]
    made_at: datetime | None


def _aws(document: Mapping[str, Any]) -> Iterator[Prefix]:
    for rows, field in (("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix")):
        for row in document[rows]:
            if row.get("service") == _AWS_SERVICE:
                yield Prefix(row[field], str(row.get("region") or "").lower())


def _azure(document: Mapping[str, Any]) -> Iterator[Prefix]:
    for tag in document["values"]:
        named = _AZURE_TAG.fullmatch(tag["name"])
        if named:
            region = tag["properties"].get("region") or named["region"] or ""
            for network in tag["properties"]["addressPrefixes"]:
                yield Prefix(network, str(region).lower())


def _google(document: Mapping[str, Any]) -> Iterator[Prefix]:
    for row in document["prefixes"]:
        network = row["ipv4Prefix"] if "ipv4Prefix" in row else row["ipv6Prefix"]
        yield Prefix(network, str(row.get("scope") or "").lower())


AWS = Vendor(
    "aws",
    "https://ip-ranges.amazonaws.com/ip-ranges.json",
    frozenset({"ca-central-1", "ca-west-1", "us-east-1"}),
    20,
    _aws,
)
AZURE = Vendor(
    "azure",
    "https://www.microsoft.com/en-us/download/details.aspx?id=56519",
    frozenset({"canadacentral", "canadaeast", "eastus"}),
    20,
    _azure,
    re.compile(r"https://download\.microsoft\.com/download/[A-Za-z0-9/_-]+/ServiceTags_Public_\d{8}\.json"),
)
GOOGLE_CLOUD = Vendor(
    "google-cloud",
    "https://www.gstatic.com/ipranges/cloud.json",
    frozenset({"northamerica-northeast1", "northamerica-northeast2", "us-central1"}),
    10,
    _google,
)
GOOGLE = Vendor("google", "https://www.gstatic.com/ipranges/goog.json", frozenset(), 5, _google)
VENDORS = (AWS, AZURE, GOOGLE_CLOUD, GOOGLE)


def read_publication(content: bytes, file_name: str = "", pause: Pause = lambda: None) -> RangeList:
    """The list in a file, recognised by its shape. `pause` is called every so often. Raises `Unreadable`."""
    try:
        document = orjson.loads(content)
        vendor = _vendor_of(document)
        prefixes = tuple(with_pauses(vendor.read(document), pause))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError) as fault:
        raise Unreadable(
            f"this is not an address list of AWS, Azure or Google ({type(fault).__name__})"
        ) from fault
    return RangeList(vendor, prefixes, _made_at(document, file_name))


def _vendor_of(document: Any) -> Vendor:
    if "values" in document:
        return AZURE
    if "ipv6_prefixes" in document:
        return AWS
    rows = document["prefixes"]
    return GOOGLE_CLOUD if any("scope" in row for row in rows) else GOOGLE


def _made_at(document: Mapping[str, Any], file_name: str) -> datetime | None:
    """When the vendor made the list: AWS and Google write it into the file, Microsoft into its name."""
    created, text = str(document.get("createDate", "")), str(document.get("creationTime", ""))
    day = _AZURE_DAY.search(file_name)
    try:
        if created:
            return datetime.strptime(created, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)
        if text:
            made_at = datetime.fromisoformat(text)
            return made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC)
        return datetime.strptime(day[1], "%Y%m%d").replace(tzinfo=UTC) if day else None
    except ValueError:
        return None
