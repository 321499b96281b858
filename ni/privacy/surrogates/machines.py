"""Surrogates of addresses of machines and of secrets."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from ni.privacy.draw import Draw

_V4_RANGES = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737
_PREFIX = re.compile(
    r"(?:[A-Za-z]{2,12}[0-9]?[-_](?:(?:proj|svcacct|or|live|test|api|pat|ant|"
    r"v1)[-_](?:api03-?)?)*|AKIA|ASIA|AIza|eyJ|SG\.|ya29\.|hvs\.)(?=[\w.-]{12})"
)
_SHORTEST = 10


def ip(original: str, draw: Draw) -> str:
    """An address of a documentation range, whatever the range of the original."""
    try:
        version = ip_address(original).version
    except ValueError:
        return draw.like(original)
    if version == 6:
        return str(IPv6Address((0x20010DB8 << 96) + (draw.below(2**16) << 80) + 1 + draw.below(2**32)))
    if draw.attempt < 64:
        return draw.pick(_V4_RANGES) + str(1 + draw.below(254))
    return str(IPv4Address((240 << 24) + draw.below(2**27)))  # class E: reserved, and no machine has one


def mac(original: str, draw: Draw) -> str:
    """A locally administered, unicast address in the same format and case."""
    digits = "02" + f"{draw.below(2**40):010x}"
    if original.upper() == original:
        digits = digits.upper()
    left = iter(digits)
    return "".join(next(left) if char.isalnum() else char for char in original)


def secret(original: str, draw: Draw) -> str:
    """The issuer's prefix, then other characters of the same classes; short ones grow, so that they are unique."""
    prefix = _PREFIX.match(original)
    head = prefix[0] if prefix else ""
    body = original[len(head) :]
    made = _hex(body, draw) if re.fullmatch(r"[0-9a-f]{16,}", body) else draw.like(body)
    return head + made + draw.like("a0" * max(0, (_SHORTEST - len(original) + 1) // 2))


def _hex(body: str, draw: Draw) -> str:
    return "".join(draw.pick("0123456789abcdef") for _ in body)
