"""Surrogates: the format of the original, a range that belongs to nobody, a valid check, and never the original."""

import re
from ipaddress import ip_address, ip_network

import pytest
from stdnum import iban as stdnum_iban
from stdnum import luhn

from ni.privacy.recognisers.registry import find
from ni.privacy.spans import Label
from ni.privacy.surrogates.draw import Draw
from ni.privacy.surrogates.values import MAKERS
from tests.privacy.recognisers.test_examples import EXAMPLES

VALUES = [
    (label, value)
    for label, texts in EXAMPLES.items()
    for text in texts
    for value in re.findall(r"\[(.*?)\]", text)
]
DRAWS = range(20)
KEPT_SHAPE = frozenset(EXAMPLES) - {Label.EMAIL, Label.ADDRESS, Label.DOB, Label.IP, Label.SECRET}


def _surrogates(label: Label, value: str) -> list[str]:
    surrogate = MAKERS[label]
    return [
        surrogate(value, Draw(b"an account's secret", value, attempt, lambda part, _: part[::-1]))
        for attempt in DRAWS
    ]


def _shape(value: str) -> str:
    return re.sub(r"\d", "0", re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", value)))


@pytest.mark.parametrize(("label", "value"), VALUES)
def test_the_same_draw_gives_the_same_surrogate_and_another_another(label: Label, value: str) -> None:
    surrogates = _surrogates(label, value)
    assert surrogates == _surrogates(label, value)
    assert len(set(surrogates)) > 8
    assert value not in surrogates[1:]


@pytest.mark.parametrize(
    ("label", "value"),
    [pair for pair in VALUES if pair[0] in KEPT_SHAPE and pair[0] not in {Label.MAC, Label.IBAN}],
)
def test_the_format_is_kept(label: Label, value: str) -> None:
    assert {_shape(surrogate) for surrogate in _surrogates(label, value)} == {_shape(value)}


@pytest.mark.parametrize(("label", "value"), VALUES)
def test_no_surrogate_needs_escaping_in_json(label: Label, value: str) -> None:
    assert not any(re.search(r"[\"\\\x00-\x1f]", surrogate) for surrogate in _surrogates(label, value))


@pytest.mark.parametrize("value", [value for label, value in VALUES if label is Label.PHONE])
def test_telephone_numbers_are_of_fiction(value: str) -> None:
    for surrogate in _surrogates(Label.PHONE, value)[:16]:
        digits = re.sub(r"\D", "", re.split(" (?:poste|x)", surrogate)[0])
        assert re.search(r"55501\d\d$", digits) or digits.startswith(("3363998", "063998"))


def test_numbers_pass_the_check_of_their_kind() -> None:
    for surrogate in _surrogates(Label.SIN, "046 454 286"):
        assert surrogate.startswith("0")
        assert luhn.is_valid(surrogate.replace(" ", ""))
    for value, prefix in (("4111 1111 1111 1111", "4"), ("378282246310005", "37"), ("5555555555554444", "5")):
        assert all(
            surrogate.startswith(prefix) and luhn.is_valid(surrogate.replace(" ", ""))
            for surrogate in _surrogates(Label.CREDIT_CARD, value)
        )
    assert all(
        luhn.is_valid(re.sub(r"\D", "", surrogate))
        for surrogate in _surrogates(Label.HEALTH_CARD, "1234-567-897 AB")
    )
    assert all(
        stdnum_iban.is_valid(surrogate, check_country=False)
        and surrogate.startswith("DE")
        and surrogate[4:10] == "00" + surrogate[6:10]
        for surrogate in _surrogates(Label.IBAN, "DE89370400440532013000")
    )


def test_addresses_of_machines_are_of_documentation() -> None:
    networks = [
        ip_network(network)
        for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    ]
    for value in ("24.48.0.1", "2607:f8b0::1"):
        assert all(
            any(ip_address(surrogate) in network for network in networks)
            for surrogate in _surrogates(Label.IP, value)
        )
    assert all(int(surrogate[:2], 16) & 3 == 2 for surrogate in _surrogates(Label.MAC, "00:1B:44:11:3A:B7"))


def test_mail_goes_to_reserved_domains() -> None:
    assert all(
        re.search(r"@example\.(?:ca|com|org|net)$", surrogate)
        for surrogate in _surrogates(Label.EMAIL, "jean.tremblay@acme.ca")
    )
    assert _surrogates(Label.EMAIL, "info@acme.ca")[0] == "info@example.ca"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("15 Grande Allée Est", "Grande"), ("12 Broadway", "Broadway"), ("12 Concession Road 7", "Concession"),
        ("3 Grand Rang Saint-François", "François"), ("1 Yonge St", "Yonge"), ("45 Highway 407 East", "407"),
    ],
)  # fmt: skip
def test_an_address_loses_its_street_s_name(address: str, name: str) -> None:
    assert not any(
        name in surrogate.replace("-", " ").split() for surrogate in _surrogates(Label.ADDRESS, address)[1:8]
    )
    assert address not in _surrogates(Label.ADDRESS, address)


def test_an_address_keeps_its_city_and_its_kind_of_street() -> None:
    for surrogate in _surrogates(Label.ADDRESS, "123 Main Street, Unit 4, Toronto, ON M5V 2T6"):
        assert re.fullmatch(r"\d{3} [A-Z][a-z]+ Street, Unit \d, Toronto, ON M\d[A-Z] \d[A-Z]\d", surrogate)
        assert "Main" not in surrogate


@pytest.mark.parametrize(
    ("label", "value"), [("sk-proj-", "sk-proj-abcdefghijklmnopqrstuvwx1234"), ("ghp_", "ghp_" + "a1" * 18)]
)
def test_a_key_keeps_its_issuer_s_prefix_and_length(label: str, value: str) -> None:
    assert all(
        surrogate.startswith(label) and len(surrogate) == len(value)
        for surrogate in _surrogates(Label.SECRET, value)
    )


@pytest.mark.parametrize(
    ("label", "value"), [pair for pair in VALUES if pair[0] in {Label.PHONE, Label.ADDRESS, Label.EMAIL}]
)
def test_a_surrogate_is_itself_a_value_of_its_kind(label: Label, value: str) -> None:
    introduced = f"call {_surrogates(label, value)[0]}"
    assert label in {span.label for span in find(introduced)}
