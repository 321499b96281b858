"""IP addresses (RFC 4632, RFC 4291) and MAC addresses (IEEE 802).

Loopback, link-local, unspecified, broadcast and netmask addresses stay, and so do networks and version numbers.
Private addresses are found; the policy decides whether they are masked (`is_private`).
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from ni.privacy.recognisers.recogniser import alnum, matches
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

IP_NEEDS = re.compile(r"\d\.\d|:[0-9a-fA-F:]")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V4 = re.compile(
    rf"(?<![^\W_])(?<!\.)(?<![A-Za-z][-/])(?<![vV]\.)((?:{_OCTET}\.){{3}}{_OCTET})(?:/(?P<bits>[12]?\d|3[0-2])(?!\d))?"
    r"(?![^\W_])(?!\.[^\W_])(?!-[A-Za-z])"
)
_V6 = re.compile(
    r"(?<![^\W_])(?<!::)(?<!\.)[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){1,6}:[0-9a-fA-F]{1,4}(?![^\W_])(?!:[\w:])(?!\.\d)"
)
_SAYS_VERSION = re.compile(
    r"(?i)(?:\bv\.? ?$|\b(?:ver(?:sion)?s?|sect(?:ion)?|clause|chapter|chapitre|article|annexe?|"
    r"appendix|figure|table|step)\.?|§|\brelease|\bbuild|\bfirmware)[ :=\"'(]{0,3}$"
)
_SAYS_PROGRAM = re.compile(
    r"(?i)(?:@|[=~^<>]=|(?<![^\W_])(?:openssl|openssh|nginx|apache|httpd|python|node(?:js)?|npm|java|jdk|jre|php|ruby|rails|perl|golang|"
    r"rust|gcc|glibc|clang|llvm|cmake|linux|kernel|ubuntu|debian|fedora|rhel|centos|windows|macos|ios|android|chrom(?:e|"
    r"ium)|firefox|safari|edge|opera|postgres(?:ql)?|mysql|mariadb|sqlite|redis|mongodb|elasticsearch|kafka|kubernetes|"
    r"k8s|docker|drivers?|pilotes?|bios|kext|plug-?ins?|extensions?|sdk|agent|helm|terraform|ansible|django|flask|react|angular|vue|spring|tomcat|hadoop|spark|numpy|pandas|"
    r"tensorflow|pytorch|cuda|cudnn|curl|git|bash|busybox|systemd|log4j|zlib|dotnet|"
    r"(?:up|down)graded? to|updated? to|mise à jour vers))[ :=\"'(/_-]{0,3}$"
)
_GROUP_BEFORE = re.compile(r"(?:^|[^0-9A-Za-z])[0-9a-fA-F]{1,4}:$")
_LOWEST_USUAL_OCTET = 24
"""Versions of programs begin with smaller numbers than this; most addresses do not."""
_VERSION_AFTER = re.compile(
    r"(?i)[\"'`)]{0,2} (?:is out|(?:was|is|has been) released|or (?:later|newer|above|earlier)|"
    r"and (?:later|newer|above|up)|"
    r"released?|"
    r"ou plus|et plus|est sortie?|changelog|release notes)(?!\w)"
)
_UNMASKED = (re.compile(r"(?:0|127|255|169\.254)\."), re.compile(r".*\.0\.0$"))
_PRIVATE = tuple(
    map(
        ip_network,
        listed("""
            10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16
            fe80::/10 fc00::/7 ::1/128
        """),
    )
)


def find_ip_addresses(text: str) -> Iterator[Span]:
    """IP addresses that may be a machine's."""
    for match in _V4.finditer(text):
        if (
            not _is_version(match)
            and not _is_network(match)
            and not any(rule.match(match[1]) for rule in _UNMASKED)
        ):
            yield Span(*match.span(1), Label.IP)
    if ":" in text:
        for match in _V6.finditer(text):
            if _is_v6(match[0]) and not _GROUP_BEFORE.search(text, max(match.start() - 6, 0), match.start()):
                yield Span(*match.span(), Label.IP)


def is_private(value: str) -> bool:
    """Whether it is a private, shared, loopback or link-local address (RFC 1918, RFC 4193, RFC 4291, RFC 6598)."""
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE if network.version == address.version)


def _is_version(match: re.Match[str]) -> bool:
    """Whether words on either side say that it is the version of a program."""
    text, start = match.string, match.start()
    before = max(start - 24, 0)
    low = int(match[1].partition(".")[0]) < _LOWEST_USUAL_OCTET
    return (
        _SAYS_VERSION.search(text, before, start) is not None
        or (low and _SAYS_PROGRAM.search(text, before, start) is not None)
        or _VERSION_AFTER.match(text, match.end()) is not None
    )


def _is_network(match: re.Match[str]) -> bool:
    """Whether it names a network and no machine in it (RFC 4632): zeros follow its prefix, and 32 bits leave none."""
    bits = int(match["bits"] or 32)
    return bits < 32 and int(IPv4Address(match[1])) & (2 ** (32 - bits) - 1) == 0


def _is_v6(value: str) -> bool:
    """Whether it is the IPv6 address of a machine; `::` and clock times are not."""
    if not re.search("[0-9a-fA-F]{2}", value) or (value.count(":") < 7 and "::" not in value):
        return False
    try:
        address = IPv6Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


MAC_NEEDS = re.compile(r"[:.-][0-9a-fA-F]{2,4}[:.-]")
_MAC = re.compile(
    r"(?<![^\W_])(?:(?P<before>(?<=[0-9a-fA-F]{2}:))?[0-9a-fA-F]{2}:(?:[0-9a-fA-F]{2}:){4}[0-9a-fA-F]{2}(?!:[0-9a-fA-F]{2})|"
    r"(?<![0-9a-fA-F]{2}-)[0-9a-fA-F]{2}-(?:[0-9a-fA-F]{2}-){4}[0-9a-fA-F]{2}(?!-[0-9a-fA-F]{2})|"
    r"(?<!\.)[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}(?!\.[^\W_]))(?![^\W_])"
)
_GREP_PREFIX = re.compile(r"(?:^|\n)[^\s:]{1,200}:\d{1,7}:$")
"""What `grep -n` puts before a line."""


def find_mac_addresses(text: str) -> Iterator[Span]:
    """MAC addresses of one machine: not broadcast, not all zeros, not a part of a longer identifier."""
    for match in matches(text, _MAC, _is_mac):
        yield Span(*match.span(), Label.MAC)


def _is_mac(match: re.Match[str]) -> bool:
    start = match.start()
    part = match["before"] is not None and not _GREP_PREFIX.search(match.string, max(start - 210, 0), start)
    return not part and len(set(alnum(match[0]))) > 1
