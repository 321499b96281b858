"""Which addresses may be reached, by example: near misses are as important as hits."""

import pytest

from ni.outbound.addresses import parse_networks, refusal, unwrap

REFUSED = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254 "
    "168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1 "
    "192.88.99.1 192.168.1.1 198.18.0.1 198.19.1.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 "
    "240.0.0.1 255.255.255.255 "
    ":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 "
    "64:ff9b::a9fe:a9fe 64:ff9b:1::808:808 100::1 2001::1 2001:0:53aa:64c:0:7c4d:f5ff:fffe 2001:db8::1 "
    "2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd12::1 fe80::1 fe80::1%eth0 "
    "fec0::1 ff02::1"
)

ALLOWED = (
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 "
    "169.253.1.1 172.15.0.1 172.32.0.1 192.0.1.1 192.167.1.1 198.17.1.1 198.20.0.1 223.255.255.255 "
    "2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 ::ffff:8.8.8.8 64:ff9b::808:808"
)


@pytest.mark.parametrize("text", REFUSED.split())
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert refusal(unwrap(text), ()) is not None


@pytest.mark.parametrize("text", ALLOWED.split())
def test_a_public_address_is_allowed(text: str) -> None:
    assert refusal(unwrap(text), ()) is None


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("10.1.2.3", "192.168.0.0/16, 10.1.0.0/16"),
        ("::1", "::1/128"),
        ("::ffff:10.1.2.3", "10.0.0.0/8"),
        ("fd12::7", "fd12::/16"),
    ],
)
def test_a_named_network_is_open(text: str, networks: str) -> None:
    assert refusal(unwrap(text), parse_networks(networks)) is None


@pytest.mark.parametrize(
    "text", ["169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254"]
)
def test_metadata_stays_closed_whatever_is_named(text: str) -> None:
    assert refusal(unwrap(text), parse_networks("0.0.0.0/0 ::/0")) == "a cloud metadata service"


def test_an_inner_address_does_not_open_its_wrapping() -> None:
    assert refusal(unwrap("64:ff9b::a00:1"), parse_networks("10.0.0.0/8")) is not None
    assert refusal(unwrap("2002:a00:1::"), parse_networks("10.0.0.0/8")) is not None
