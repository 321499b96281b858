"""Numbers of vehicles, devices, memberships and files behind the words that name them; their neighbours stay."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.recognisers.identifiers import is_vehicle
from ni.privacy.spans import Label
from tests.privacy.cast import answered, masked, sent

NAMED = (
    ("plate {}", "CRKT 482"), ("licence plate {}", "ABCD 123"), ("plaque {}", "K48 RLT"),
    ("plaque d'immatriculation {}", "K48 RLT"),
    ("Kennzeichen {}", "B-MW 1234"), ("number plate: {}", "AB12 CDE"), ("VIN {}", "2HGFC2F59KH512904"),
    ("châssis {}", "WVWZZZ1JZXW000001"), ("IMEI {}", "35693803564380 9"), ("IMEI: {}", "356938035643809"),
    ("NEXUS {}", "980846182"), ("Global Entry no. {}", "980846182"), ("Aeroplan {}", "482 913 557"),
    ("carte de fidélité no {}", "482913557"), ("registration no. {}", "0730184201"), ("Student no. {}", "314362842"),
    ("matricule {}", "1834567"), ("PEI health {}", "95249425"), ("NWT {}", "N8314362"), ("RAMQ:{}", "KANM5512041 8"),
    ("SIN {}", "942/117/336"), ("NAS {}", "942 117 336"), ("SIN: {}", "9 4 2 1 1 7 3 3 6"), ("SIN {}", "942_117_336"),
    ("NI number {}", "QQ 48 29 13 C"), ("Reisepass Nr. {}", "C01X00T47"), ("card {}", "4539_1488_0343_6467"),
    ("UCI {}", "1104-8821-33"), ("mi UCI es {}", "11-0482-9917"), ("File: {}", "S304482917"),
    ("dossier {}", "E004821733"),
    ("número de solicitud {}", "E004821733"), ("PR card {}", "RA0482-9173"),
    ("PP {}", "HK201938"), ("PP: {}", "HK201938"),
    ("code_perm: {}", "COUJ12038804"),
    ("matricule {}", "204417"), ("employee id {}", "EMP-448120"), ("Emp #: {}", "40218"),
    ("OL AB {}", "148823-917"), ("thẻ y tế {}", "58821-0447"), ("tarjeta sanitaria {}", "482 917 330"),
    ("kat sante {}", "482 917 330"), ("seguro social {}", "942 117 336"),
)  # fmt: skip
CARRIERS = (
    "{}",
    "Note: {}, thanks.",
    "- {}\n- ok",
    '{{"note": "{}"}}',
    "| 7 | {} |",
    "// {}",
    "It is {}; call me",
)
NEIGHBOURS = (
    "The plate is 12 MM thick, hot plate HX 200",
    "status 0123456789 in the log",
    "vin rouge 2019",
    "nexus-6 and Nexus 5000 switches",
    "registration is open until 2024",
    "license AGPL 30, template ABC 123",
    "students 2019-2020",
    "<ol> 148823-917",
    "PP HEADER1234 and pp 12",
    "file S3000 and file S12345678901",
    "employee handbook 2024",
    "the dossier of 2024-10-11",
    "sin(942) + 117",
    "cos and sin 1 2 3 4",
    "JS4F5A6B7C8D9E0F1",
)


def _hidden(text: str) -> str:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return "|".join(text[span.start : span.end] for span in spans)


@pytest.mark.parametrize(("named", "carrier"), list(product(NAMED, CARRIERS)))
def test_a_number_behind_its_name_is_hidden_and_comes_back(named: tuple[str, str], carrier: str) -> None:
    name, value = named
    text = carrier.format(name.format(value))
    assert value in _hidden(text)
    result = masked(text)
    assert value not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_what_only_stands_near_such_a_word_stays(text: str) -> None:
    assert _hidden(text) == ""


def test_a_vehicle_number_proves_itself_by_its_check_digit() -> None:
    assert is_vehicle("1HGCM82633A004352")
    assert not is_vehicle("1HGCM82643A004352")
    assert _hidden("seen 1HGCM82633A004352 in a log") == "1HGCM82633A004352"
    assert Label.DRIVER_LICENCE.lower() in str(masked("seen 1HGCM82633A004352 there").summary)
