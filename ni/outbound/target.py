"""Where a request goes: a URL taken apart once, strictly, before anything is resolved.

Only `http` and `https` are known; user information, backslashes, white space and control characters are refused
because readers of URLs disagree about them (RFC 3986 section 7, WHATWG URL). Fragments never reach the wire.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from ni.outbound.faults import Unsendable

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """What a connection belongs to."""

    scheme: str
    host: str
    port: int


class Target(NamedTuple):
    """An origin, the request target and the value of `Host`."""

    origin: Origin
    path: str
    authority: str


def parse_target(url: str) -> Target:
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
    return Target(Origin(parts.scheme, parts.hostname, port), path, authority)
