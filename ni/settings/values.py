"""Readers of setting values: text to value, one reader per kind.

A reader raises `ValueError` with the end of a sentence that begins with the variable's name: what is wrong, and what to
write. It does not know which variable it reads.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting that refuses the start; the sentence names it, says what is wrong and what to write."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}.")
        self.name = name


def words(text: str) -> tuple[str, ...]:
    """Words separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def word(text: str) -> str:
    """The text, unchanged."""
    return text


def folder(text: str) -> Path:
    """An absolute path; a relative one starts at the working directory."""
    return Path(text).expanduser().absolute()


def optional_file(text: str) -> Path | None:
    """An absolute path, or nothing."""
    return folder(text) if text else None


def switch(text: str) -> bool:
    """`on` or `off`."""
    return choice("on", "off")(text) == "on"


def choice(*allowed: str) -> Callable[[str], str]:
    """A reader that accepts one of the `allowed` words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is {text!r}; write {' or '.join(allowed)}")
        return text

    return read


def count(least: int, most: int) -> Callable[[str], int]:
    """A reader that accepts whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
            raise ValueError(f"is {text!r}; write a whole number from {least} to {most}")
        return int(text)

    return read


def counts(least: int, most: int) -> Callable[[str], tuple[int, Mapping[str, int]]]:
    """A reader of a count, and of other counts for some names: `1000, local=4, azure-ca=50`."""
    one = count(least, most)

    def read(text: str) -> tuple[int, Mapping[str, int]]:
        every, *others = [part.strip() for part in text.split(",")]
        named = [part.rpartition("=") for part in others]
        if not all(name.strip() for name, _, _ in named):
            raise ValueError(f"is {text!r}; write a number, and after commas `name=number`")
        return one(every), {name.strip(): one(number.strip()) for name, _, number in named}

    return read


def contact(text: str) -> str:
    """An e-mail address or the https address of a page, by its form; empty for none."""
    form = r"(?:[^@\s<>\"'?&]+@[^@\s<>\"'?&/]+|https://[^\s<>\"']+)?"
    return _matching(form, text, "an e-mail address, or https://... of a page")


def jurisdiction(text: str) -> str:
    """An ISO 3166-1 alpha-2 code by its form."""
    return _matching(r"[A-Z]{2}", text, "two capital letters such as CA")


def currency(text: str) -> str:
    """An ISO 4217 code by its form."""
    return _matching(r"[A-Z]{3}", text, "three capital letters such as CAD")


def rate(text: str) -> int:
    """A positive decimal with at most six places, in millionths."""
    millionths = _millionths(text, Decimal(10**6), "a positive decimal such as 1.40")
    if not millionths:
        raise ValueError("is 0; write a positive decimal such as 1.40")
    return millionths


def fraction(text: str) -> int:
    """Percent, as millionths of one: 5 is 50,000."""
    return _millionths(text, Decimal(10**4), "a percentage from 0 to 1000 such as 5")


def address(text: str) -> str:
    """`host:port` or `unix:/path`."""
    if text.startswith("unix:/"):
        return text
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise ValueError(f"is {text!r}; write an address and a port such as 127.0.0.1:8000")
    return text


def url(text: str) -> str:
    """An http or https address without path, or nothing."""
    if not text:
        return ""
    wanted = "an address without a path such as https://ni.example.ca"
    try:
        parts = urlsplit(text)
        plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
        port = parts.port
    except ValueError:
        raise ValueError(f"is no address; write {wanted}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or port == 0:
        raise ValueError(f"is {text!r}; write {wanted}")
    return text.rstrip("/")


def full_url(text: str) -> str:
    """An http or https address with its path, or nothing."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        whole = False
    if text and not whole:
        raise ValueError(f"is {text!r}; write an address such as https://alerts.example.ca/ni")
    return text


def is_mail_server(url: str) -> bool:
    """Whether a URL names a mail server: scheme `smtp` or `smtps`, a host, and no path."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("smtp", "smtps") and not parts.path.strip("/")


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in CIDR notation, separated by commas."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as fault:
        raise ValueError(
            f"does not hold networks ({fault}); write CIDRs such as 127.0.0.0/8,10.1.0.0/16"
        ) from None


def origins(text: str) -> tuple[str, ...]:
    """Origins of pages (RFC 6454: scheme, host and port) separated by commas, as browsers write them."""
    normalised = []
    for part in words(text):
        try:
            origin = url(part).lower()
        except ValueError:
            raise ValueError(
                f"holds {part!r}, which is no origin; write one such as https://chat.example.ca"
            ) from None
        scheme, _, authority = origin.partition("://")
        default = {"https": ":443", "http": ":80"}[scheme]
        normalised.append(f"{scheme}://{authority.removesuffix(default)}")
    return tuple(normalised)


def is_loopback(bind: str) -> bool:
    """Whether only this machine reaches `host:port` (or `unix:/path`)."""
    if bind.startswith("unix:"):
        return True
    host = urlsplit(f"//{bind}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _matching(pattern: str, text: str, wanted: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"is {text!r}; write {wanted}")
    return text


def _millionths(text: str, unit: Decimal, wanted: str) -> int:
    try:
        scaled = Decimal(text) * unit
    except InvalidOperation:
        raise ValueError(f"is {text!r}; write {wanted}") from None
    if not scaled.is_finite() or not 0 <= scaled <= 10**10 or scaled != scaled.to_integral_value():
        raise ValueError(f"is {text!r}; write {wanted}")
    return int(scaled)
