"""URLs are taken apart strictly."""

import pytest

from ni.outbound.addresses import parse_url
from ni.outbound.errors import Unsendable


@pytest.mark.parametrize(
    ("url", "origin", "path", "authority"),
    [
        ("https://api.openai.com/v1/x", ("https", "api.openai.com", 443), "/v1/x", "api.openai.com"),
        ("https://API.OpenAI.com:443", ("https", "api.openai.com", 443), "/", "api.openai.com"),
        ("http://127.0.0.1:8080/v1?a=b&c", ("http", "127.0.0.1", 8080), "/v1?a=b&c", "127.0.0.1:8080"),
        ("http://[::1]:80/", ("http", "::1", 80), "/", "[::1]"),
        ("https://example.ca/a#fragment", ("https", "example.ca", 443), "/a", "example.ca"),
    ],
)
def test_a_url_gives_origin_path_and_authority(
    url: str, origin: tuple[str, str, int], path: str, authority: str
) -> None:
    assert parse_url(url) == (origin, path, authority)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.openai.com/v1",
        "//api.openai.com",
        "ftp://a/",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://user@host/",
        "https://user:pass@host/",
        "https://good.example\\@evil/",
        "https://host/a b",
        "https://host/\r\nX: y",
        "https://host:99999/",
        "https://host:x/",
        "https://[::1%25eth0]/",
        "https://ex\u0430mple/",
        "https://[::1/",
        "gopher://127.0.0.1/",
        "https://%31%32%37.0.0.1/",
    ],
)
def test_an_odd_url_is_refused(url: str) -> None:
    with pytest.raises(Unsendable):
        parse_url(url)
