"""Values in URLs: what proves itself and what a personal key names is found; hosts, paths and other keys stay."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames

URLS = (
    "https://x.ca/a?{}",
    "http://x.ca/?p=1&{}&n=2",
    "app://open/a#{}",
    "<https://x.ca:8443/?{}>",
    "[a](https://x.ca/?{})",
)
VALUES = (
    ("q", "chloe.m@ulaval.ca"),
    ("email", "chloe.m%40ulaval.ca"),
    ("user[email]", "chloe.m@ulaval.ca"),
    ("pan", "4539288040723861"),
    ("q", "4539288040723861"),
    ("sin", "046454286"),
    ("employee_sin", "046-454-286"),
    ("tel", "514-555-0143"),
    ("phoneNumber", "5145550143"),
    ("phone", "514%20555%200143"),
    ("dob", "1984-03-02"),
    ("client_ip", "24.48.0.1"),
)
PLACES = (
    ("https://x.ca/u/{}/edit", "chloe.m@ulaval.ca"),
    ("otpauth://totp/ACME:{}?issuer=ACME", "nina@acme.ca"),
    ("https://wa.me/{}", "15145550143"),
)
STAY = (
    "https://x.ca/?q=046454286&id=5145550143",
    "https://x.ca/orders/046-454-286",
    "https://x.ca/photo?fbid=4539288040723861",
    "http://127.0.0.1:8080/a https://x.ca/8.4.2.1/a https://24.48.0.1.isp.net/",
    "https://git@github.com/a/b.git ssh://ana@host.ca/x",
    "https://unpkg.com/react@18.2.0/umd/react.js https://cdn.x.ca/npm/bootstrap@5.3.0/dist",
    "https://medium.com/@ana.roy/post-514",
)  # fmt: skip


def _values(text: str) -> list[str]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(("url", "pair"), list(product(URLS, VALUES)))
def test_a_personal_value_of_a_query_is_found(url: str, pair: tuple[str, str]) -> None:
    assert _values(url.format("=".join(pair))) == [pair[1]]


@pytest.mark.parametrize(("url", "value"), PLACES)
def test_a_personal_value_of_a_path_is_found(url: str, value: str) -> None:
    assert _values(url.format(value)) == [value]


@pytest.mark.parametrize(
    "url", ["http://{}/a", "https://{}:8443", "ssh://git@{}/x.git", "ws://{}?a=1", "http://{}"]
)
def test_an_address_that_is_the_host_is_found(url: str) -> None:
    assert _values(url.format("24.48.0.1")) == ["24.48.0.1"]
    assert _values(url.format("10.1.2.3")) == []


@pytest.mark.parametrize("text", STAY)
def test_the_rest_of_a_url_stays(text: str) -> None:
    assert _values(text) == []
