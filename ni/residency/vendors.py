"""Reads the address lists that clouds publish, in the shapes in which they publish them.

AWS: https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html. Azure: service tags, download 56519 of
Microsoft's download centre. Google: https://www.gstatic.com/ipranges/cloud.json (with regions) and goog.json (all of
Google, without). Fields that are not known here are passed over; a row without a network makes the file unreadable.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from ni.residency.prefixes import Pause, Prefix, with_pauses

Read = Callable[[Mapping[str, Any]], Iterator[Prefix]]
_AZURE_TAG = re.compile(r"AzureCloud(?:\.(?P<region>[A-Za-z0-9]+))?", re.IGNORECASE)
_AZURE_DAY = re.compile(r"ServiceTags_\w+_(\d{8})\.json")
_AWS_SERVICE = "AMAZON"  # of which the others are parts; Bedrock has no code of its own


class Unreadable(Exception):
    """What was read is no address list, or not one that may be believed; the sentence says why."""


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
class Publication:
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


def read_publication(content: bytes, file_name: str = "", pause: Pause = lambda: None) -> Publication:
    """The list in a file, told by its shape. `pause` is called every so often. Raises `Unreadable`."""
    try:
        document = orjson.loads(content)
        vendor = _vendor_of(document)
        prefixes = tuple(with_pauses(vendor.read(document), pause))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, IndexError) as fault:
        raise Unreadable(
            f"this is not an address list of AWS, Azure or Google ({type(fault).__name__})"
        ) from fault
    return Publication(vendor, prefixes, _made_at(document, file_name))


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
