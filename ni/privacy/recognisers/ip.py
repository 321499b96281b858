"""IP addresses (RFC 4632, RFC 4291), also before a full stop; not versions, and not those that name no machine.

Loopback, link-local, unspecified, broadcast and netmask addresses stay, and networks. Surrogates are of the
documentation ranges of RFC 5737 and RFC 3849.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address

from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d\.\d|:[0-9a-fA-F:]")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V4 = re.compile(
    rf"(?<![\w.-])(?<![vV]\.)(?:{_OCTET}\.){{3}}{_OCTET}(?![\w-])(?!\.\w)(?!/(?:[0-9]|[12]\d)(?!\d))"
)
_V6 = re.compile(r"(?<![\w:.-])[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){1,6}:[0-9a-fA-F]{1,4}(?![\w:-])(?!\.\d)")
_SAYS_VERSION = re.compile(
    r"(?i)(?:\bv(?:er(?:sion)?s?)?\.?|\brelease|[=~^<>]=|\bbuild|\bfirmware|@)[ :=\"'(]{0,3}$"
)
_STAY = (re.compile(r"(?:0|127|255|169\.254)\."), re.compile(r".*\.0\.0$"))
_V4_RANGES = ("192.0.2.", "198.51.100.", "203.0.113.")


def find(text: str) -> Iterator[Span]:
    """Addresses that could be a machine's."""
    for match in _V4.finditer(text):
        versioned = _SAYS_VERSION.search(text, max(match.start() - 12, 0), match.start())
        if not versioned and not any(rule.match(match[0]) for rule in _STAY):
            yield Span(*match.span(), Label.IP)
    if ":" in text:
        for match in _V6.finditer(text):
            if _is_v6(match[0]):
                yield Span(*match.span(), Label.IP)


def _is_v6(value: str) -> bool:
    """Whether it is an address of some machine: `::` and clock times are not."""
    if not re.search("[0-9a-fA-F]{2}", value) or (value.count(":") < 7 and "::" not in value):
        return False
    try:
        address = IPv6Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
