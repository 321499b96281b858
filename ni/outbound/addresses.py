"""Which addresses may be connected to, and the strict parsing of URLs.

`refusal` judges resolved addresses, never the text of a URL, by its own table, because `ipaddress.is_global` admits
some that are not public. IPv6 is allowed in global unicast space only; addresses that carry an IPv4 address are
unwrapped or refused. Networks that the operator names are allowed; cloud metadata services never are. `parse_url`
takes `http` and `https` only, and refuses user information, backslashes, white space and control characters, because
parsers disagree about them (RFC 3986 section 7, WHATWG URL).
Sources: the IANA special-purpose address registries (RFC 6890), RFC 6052 (NAT64), RFC 7526 (6to4 anycast).
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from ni.outbound.errors import Unsendable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google, Oracle
            "169.254.170.2",  # AWS containers
            "169.254.170.23",  # AWS EKS pod identity
            "168.63.129.16",  # Azure's wire server
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle's older address
            "fd00:ec2::254",  # AWS over IPv6
            "fd00:ec2::23",
            "fd20:ce::254",  # Google over IPv6
        ),
    )
)

_DENIED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)

_GLOBAL_V6 = IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",
            "2002::/16",  # 6to4: the inner address would be reached through somebody's relay
            "3fff::/20",
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks of a comma- or space-separated list of CIDRs. Raises `ValueError`."""
    return tuple(ip_network(part) for part in text.replace(",", " ").split())


def unwrap(text: str) -> Address:
    """The address that a resolver's answer stands for: v4-mapped IPv6 is the IPv4 inside. Raises `ValueError`."""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_private(address: Address, opened: Sequence[Network]) -> bool:
    """Whether the address is in a network that the operator opened."""
    return address not in _METADATA and any(address in network for network in opened)


def refusal(address: Address, opened: Sequence[Network]) -> str | None:
    """Why the address may not be reached, in a few words, or None if it may."""
    if address in _METADATA:
        return "a cloud metadata service"
    if is_private(address, opened):
        return None
    if isinstance(address, IPv4Address):
        return "not a public address" if any(address in network for network in _DENIED_V4) else None
    if address in _NAT64:
        return refusal(IPv4Address(address.packed[12:]), ())
    if address not in _GLOBAL_V6 or any(address in network for network in _DENIED_V6):
        return "not a public address"
    return None


_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host and port of a URL."""

    scheme: str
    host: str
    port: int


class ParsedUrl(NamedTuple):
    """An origin, the request target and the value of `Host`."""

    origin: Origin
    path: str
    authority: str


def parse_url(url: str) -> ParsedUrl:
    """Take a URL apart. Raises `Unsendable`."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Unsendable("the address has characters that a URL may not have")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        raise Unsendable("the address is not a URL") from fault
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or "%" in parts.netloc:
        raise Unsendable("the address must be http(s)://host[:port]/path, without user name")
    port = port or _PORTS[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    authority = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
    return ParsedUrl(Origin(parts.scheme, parts.hostname, port), path, authority)
