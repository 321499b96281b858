"""Values x carriers: a value of each patterned kind is found wherever developers put it.

`UNABLE` lists what is not found, or cannot be, and why; everything else must hold. No model is needed: patterns alone.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.masking import Masked, Substitution, derived
from ni.privacy.names import NoNames
from ni.privacy.reading import read
from ni.privacy.recognisers.recogniser import alnum
from ni.privacy.spans import Label
from tests.privacy.carriers import CARRIERS
from tests.privacy.cast import answered, call, caller, says, sent

# What is written is before the bar with what explains it; what must be hidden stands between the bars.
VALUES: dict[Label, tuple[str, ...]] = {
    Label.EMAIL: ("|ana.roy@acme-sante.ca|", "|j_t+news@mail.acme.co.uk|", "|p.singh2@gmail.com|"),
    Label.PHONE: (
        "|514-555-0143|", "|(416) 967-1111|", "|+1 604 555 0134|", "|819 555 0177|",
        "|+33 6 12 34 56 78|", "|613.992.4793|",
        "tel |5149876543|",
    ),
    Label.CREDIT_CARD: (
        "|4111 1111 1111 1111|", "|5555-5555-5555-4444|", "|3782 822463 10005|", "|6011111111111117|",
    ),
    Label.SIN: ("|046-454-286|", "|932 456 718|", "SIN |046454286|", "NAS : |130 692 544|"),
    Label.HEALTH_CARD: (
        "|TREM 7855 1234|", "|ROYA55010115|", "|1234-567-897 AB|", "PHN |9123 456 782|", "health card |12345-6789|",
    ),
    Label.IBAN: (
        "|GB82 WEST 1234 5698 7654 32|", "|DE89370400440532013000|", "|FR14 2004 1010 0505 0001 3M02 606|",
    ),
    Label.BANK_ACCOUNT: ("|00412-003-1234567|", "account no |1234567|"),
    Label.PASSPORT: ("passport |AB123456|", "passeport no |P123456AA|"),
    Label.DRIVER_LICENCE: (
        "|A1234-56789-01234|", "|T1234-567890-12|", "licence |T22833914739723|", "permis de conduire |T123456789012|",
    ),
    Label.DOB: ("born |1990-05-14|", "DOB |14/05/1990|", "née le |1er mai 1985|", "birthday |May 14, 1990|"),
    Label.IP: ("|24.48.0.1|", "|206.167.88.14|", "|2607:f8b0:4020:801::200e|"),
    Label.MAC: ("|00:1B:44:11:3A:B7|", "|00-1b-44-11-3a-b7|", "|001b.4411.3ab7|"),
    Label.ADDRESS: (
        "|123 Main Street, Unit 4, Toronto, ON M5V 2T6|", "|4500, boul. des Laurentides, Laval H7K 2J5|",
        "|15 Grande Allée Est|", "|12 Broadway|", "|12 Concession Road 7, Puslinch ON N0B 2J0|",
    ),
    Label.POSTAL_CODE: ("|M5V 2T6|", "postal code |h2x1y4|", "Toronto, ON |M5V2T6|"),
    Label.SECRET: (
        "|ghp_Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0Ei|", "|glpat-x8Qk2mPz7LwT4bV9nR3c|", "|AKIAIOSFODNN7EXAMPLQ|",
        "password: |Xk92mQp7Lw|", "mongodb://app:|Xk92mQp7Lw|@c0.example.net/db",
    ),
}  # fmt: skip

UNABLE: dict[tuple[str, str], str] = {
    ("|932 456 718|", "price before"): "with a price sign before it, it is a sum with its thousands apart",
    ("|819 555 0177|", "price before"): "with a price sign before it, it is a row of numbers",
}


def _cases() -> Iterator[tuple[str, str, str]]:
    for label, values in VALUES.items():
        for value in values:
            for carrier in CARRIERS:
                yield str(label), value, carrier


def missed(label: str, marked: str, carrier: str) -> str:
    """What is left of a value in a carrier; empty where all of it is hidden under its label."""
    value = marked.split("|")[1]
    text = CARRIERS[carrier](marked.replace("|", ""))
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    rest: list[str] = []
    at = 0
    for span in spans:
        rest += text[at : span.start], "\x00"
        at = span.end
    left = read("".join(rest) + text[at:]).text
    words = set(re.findall(r"[^\W_]+", left))
    parts = [part for part in re.findall(r"[^\W_]{3,}", value) if part in words]
    if not parts and alnum(value) not in alnum(left) and any(span.label == label for span in spans):
        return ""
    return f"{text!r}: {[(text[span.start : span.end], str(span.label)) for span in spans]}"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_values_are_found_wherever_they_stand(carrier: str) -> None:
    left = {
        (label, value): fault
        for label, value, where in _cases()
        if where == carrier and not _excused(value, where) and (fault := missed(label, value, where))
    }
    assert not left


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_was_masked_in_a_carrier_comes_back_as_it_was(carrier: str) -> None:
    shield = Substitution(NoNames(), derived(b"an instance's secret of 32 bytes"))
    for _, value, where in _cases():
        if where == carrier:
            text = CARRIERS[carrier](value.replace("|", ""))
            result = shield.substitute(caller(), call(says(text)))
            assert answered(result, sent(result)) == text
            assert _streamed(result, sent(result)) == text
            if _is_json(text):
                assert shape(json.loads(sent(result))) == shape(json.loads(text))


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("sin", 932456718),
        ("sin", 234876795),
        ("phone", 5145550142),
        ("account", 100200300400),
        ("card", 4111111111111111),
    ],
)
def test_a_number_in_json_stays_a_number_and_comes_back(key: str, number: int) -> None:
    for account in range(24):
        shield = Substitution(NoNames(), derived(b"an instance's secret of 32 bytes"))
        text = json.dumps({"email": "ana@acme.ca", key: number, "n": account})
        result = shield.substitute(caller(f"acc_{account}"), call(says(text)))
        made = json.loads(sent(result))[key]
        assert isinstance(made, int)
        assert made != number
        assert answered(result, sent(result)) == text


def _streamed(result: Masked, text: str) -> str:
    """What the client reads when the model answers `text` character by character."""
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": char}, "finish_reason": None}]} for char in text
    ] + [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    made = [released for chunk in chunks for released in result.restorer.chunk(chunk)]
    return "".join(choice["delta"].get("content", "") for chunk in made for choice in chunk["choices"])


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def shape(value: Any) -> Any:
    """The structure of a JSON value: its keys and the types of its values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("unit", ["word ", '","'])
@pytest.mark.parametrize(
    "value",
    [
        "4111 1111 1111 1111", "514 555 0143", "GB82 WEST 1234 5698 7654 32", "TREM 7855 1234", "passport AB123456",
        "123 Main Street, Unit 4, Toronto, ON M5V 2T6",
    ],
)  # fmt: skip
def test_a_value_is_found_wherever_a_giant_line_is_cut(unit: str, value: str) -> None:
    core = value.removeprefix("passport ")
    for length in range(1960, 2080, 13):
        before = (unit * length)[:length] + " " + value.removesuffix(core)
        text = before + core + " " + (unit * 1500)[:1500]
        spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
        assert (len(before), len(before) + len(core)) in {(span.start, span.end) for span in spans}


NEAR_MISSES = (
    "versions 1.22.333, 10.0.19045.3996, v3.0.13.1, openssl 3.0.13.1 is out, nginx:1.25.3.1, Chrome/120.0.0.0",
    "build 20240102101112, epoch 1700000000123, epoch 1700000000, serial 000000000, run 123-456",
    "3f786850e387550fdab836ed7e6dc881de23001b 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "0f8fad5b-d9cd-469f-a165-70867728950e 00000000-0000-0000-0000-000000000000",
    "lat 45.5017, lon -73.5673; [45.501700, -73.567300]; 45°30'N 73°34'W",
    "$12.50, 1,234,567.89, 1 234 567,89 $, €1.234.567, 50 %, CAD 1 046 454 286",
    "ISBN 978-0-306-40615-7, ISBN 0-306-40615-2, ISSN 0378-5955, EAN 4006381333931, DOI 10.1000/182",
    "part AB-1234-567, SKU 4165-5501-43, model X1234-567, PN 100-200-3000, lot A1B2C3",
    "2024-01-02, 02/01/2024, 10:11:12, 2024-01-02T10:11:12.123Z, 20240102, 1999/2000, Q3 2024",
    "git log 3f78685..de23001b, refs/pull/514/head, #4165551234x, @@ -514,7 +514,9 @@",
    "100 200 300 400 500 600, 1 2 3 4 5 6 7 8 9, 416 967 1111 1200 1300",
    "127.0.0.1, 10.1.2.3, 192.168.0.1, 172.16.4.5, fe80::1, ::1, 0.0.0.0, 255.255.255.0, 10.0.0.0/8",
    "user@host, @decorator, a@b, pkg@1.2.3, icon@2x.png, git@github.com:a/b.git, deploy@build7.acme.ca:/srv/app.git",
    "-----BEGIN PUBLIC KEY-----, -----BEGIN CERTIFICATE-----",
    "password = os.environ['DB_PASSWORD'], token: get_token(), secret: ${SECRET}, key=value, Basic auth, Bearer token",
    "risk-assessment-of-long-names, task-sk-loading-spinner-big, mask_pattern, docker run -u 1000:1000 x",
    "10 Park, 15 minutes drive, 404 errors in place, 5 New Line, 12 Broadway shows, line 12 of 340, 3 Way merge",
    "rgba(10, 20, 30, 0.5) #a1b2c3 12px 24px 0xDEADBEEF 1e10 0b1010 07:00-09:00",
    "C:\\new\\table.txt, \\d{3}-\\d{3}-\\d{4}, [0-9]{3}[- ]?[0-9]{3}, \\nabla \\times, %s:%d, %2f %02x",
    "for i in range(1000000): x[i] = 4165 * 55 + 1234  # 416 and 555",
    "SELECT id FROM users WHERE id = 123456789 LIMIT 100 OFFSET 2000000000",
    "https://acme.ca/a/4165551234?x=046-454-286 and data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB",
)


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_looks_like_a_value_is_left_alone(text: str) -> None:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    assert [text[span.start : span.end] for span in spans] == []


def test_no_exception_is_listed_that_is_none() -> None:
    assert [
        (value, carrier)
        for label, value, carrier in _cases()
        if _excused(value, carrier) and not missed(label, value, carrier)
    ] == []


def _excused(value: str, carrier: str) -> bool:
    return (value, carrier) in UNABLE
