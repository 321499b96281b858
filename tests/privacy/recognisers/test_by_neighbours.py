"""Streets and plain numbers that only what stands beside them proves: each with every neighbour, and without one."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label


def found(text: str) -> list[tuple[Label, str]]:
    """What patterns and structure find, with its label."""
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return [(span.label, text[span.start : span.end]) for span in spans if span.label is not Label.PERSON]


def hidden(text: str, value: str) -> bool:
    """Whether every letter and digit of the value is in a span."""
    at = text.index(value)
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    covered = {place for span in spans for place in range(span.start, span.end)}
    return all(place in covered for place in range(at, at + len(value)) if text[place].isalnum())


STREETS = (
    "44 MAPLE ST", "44 MAPLE STREET", "9 KING RD W", "19 DUNROBIN CRT", "88 SUNNYVIEW CT", "7 BAYVIEW HTS",
    "60 MILL GATE", "21 HARBOUR SQ", "14 BEECH TERR", "3 PINE GROVE", "5 FOX TRAIL", "8 OAK LANE",
    "4402-310 LAKESHORE BLVD W",
    "123 MAIN STREET EAST", "55 ST CLAIR AVE W", "7712 128 ST", "450 10E AVENUE", "1450 CH STE-FOY", "77 COTE ST-LUC",
    "44 RUE DES ÉRABLES", "12 BOUL. LAURIER", "9 PLACE ROYALE",
)  # fmt: skip
AROUND_STREETS = (
    "SHIP TO: {}, BARRIE ON L4M 1A1", "JANE FOWLER\n{}\nBARRIE ON  L4M 1A1", "{} BARRIE ON L4M1A1",
    "{}, HAMILTON, ONTARIO", "ID 7|{}^^SUDBURY^ON^P3E 2N1|705", "N3*{}~N4*BARRIE*ON*L4M1A1~", "{} APT 3, LÉVIS QC",
)  # fmt: skip


@pytest.mark.parametrize(("street", "around"), list(product(STREETS, AROUND_STREETS)))
def test_a_street_in_capitals_is_found_by_its_neighbours(street: str, around: str) -> None:
    assert hidden(around.format(street), street)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LIVES AT 44 MAPLE ST WITH HER SON", "44 MAPLE ST"),
        ("44 MAPLE ST", "44 MAPLE ST"),
        ("INS. ADDRESS 44 MAPLE ST UNIT 3", "44 MAPLE ST UNIT 3"),
        ("I'm at unit 1206, 33 harbour sq", "unit 1206, 33 harbour sq"),
        ("demeure au 2300 papineau app 6", "2300 papineau app 6"),
        ("Her address is 44 Maple in Barrie.", "44 Maple"),
        ("Her address is 100 Queen W in Barrie.", "100 Queen W"),
        ("j'habite 44 des érables à Lévis", "44 des érables"),
        ("Suite 200, 45 Elm St", "Suite 200, 45 Elm St"),
        ("Unit 4 - 12 Kluane Dr", "Unit 4 - 12 Kluane Dr"),
        ("45 Elm St, Fl 3", "45 Elm St, Fl 3"),
        ("880, chemin Sainte-Foy, bureau 4.12", "880, chemin Sainte-Foy, bureau 4.12"),
        ("1er étage, 55 côte du Palais", "1er étage, 55 côte du Palais"),
        ("77 JARRY E, MONTRÉAL QC H2P 1T1", "77 JARRY E, MONTRÉAL QC H2P 1T1"),
        ("RR 2, Site 14, Box 8, Stony Plain, AB T7Z 1X2", "RR 2, Site 14, Box 8, Stony Plain, AB T7Z 1X2"),
    ],
)
def test_an_address_is_found_with_all_that_belongs_to_it(text: str, value: str) -> None:
    assert (Label.ADDRESS, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "ERROR 404 NOT FOUND ON THE WAY", "PRINT 10 NEW LINE", "see 3 open points in line 4 st",
        "STEP 2 TEST DR PLAN",
        "2 BEDROOM GARDENS COMMON AREA", "the 12 monkeys app 6", "we live at 3 am", "he lives at 12 different places",
        "1 HARD DRIVE FAILED", "Chapter 7 Oaks", "5 Forks, 3 Knives", "int x = 44 MAPLE;", "LIMIT 10 OFFSET 20",
    ],
)  # fmt: skip
def test_counts_and_headings_are_no_addresses(text: str) -> None:
    assert found(text) == []


NUMBERS = ("4165550122", "9054820144", "16475550101")
LABELS = (
    "ph {}", "cel {}", "cel. {}", "mob. {}", "cb {}", "bur. {}", "Tél. trav. : {}", "tél. rés. {}", "sans frais {}",
    "toll-free {}", "fax {}", "FAX{}", "call back: {}", "m. {}", "t: {}", "(c) {}", "x | m: {} | y",
    "{} called twice",
    "from={}&q=1", "PER*IC*X*TE*{}~", "B1979-05-04Phone:{}",
)  # fmt: skip


@pytest.mark.parametrize(("label", "number"), list(product(LABELS, NUMBERS)))
def test_plain_digits_behind_a_short_word_are_a_telephone_number(label: str, number: str) -> None:
    assert hidden(label.format(number), number[-10:])


@pytest.mark.parametrize(
    "text",
    [
        "t: 2147483647", "from=2026050100&to=2026060100", "m: 4165550122x", "{t:2505550122,u:1}", "graph 4165550122",
        "t: 1416555012", "id 4165550122", "n: 4165550122", "epoch 4165550122", "telegraph4165550122",
    ],
)  # fmt: skip
def test_other_plain_digits_are_no_telephone_number(text: str) -> None:
    assert found(text) == []


BY_CUE = (
    ("acct {}", ("004-12345-5012345", "1234567")),
    ("Payee: X  Acct {}  Memo: rent", ("004-12345-5012345",)),
    ("my account at RBC is {}", ("1234567",)),
    ("spécimen : {}", ("30077 - 815 - 1234567", "004 / 10202 / 5012345", "815-30077-1234567")),
    ("Transit #: 00012   Institution #: {}   Account #: 123-456-7", ("003", "815")),
    ("void cheque: transit 00012 inst {} acct 1234567", ("003", "815")),
    ('{{"transit": "00012", "institution_number":"{}"}}', ("003", "004")),
    ("routing {} acct 5012345", ("000412345", "021000021")),
    ("MICR: {}", ("⑆00012⑉003⑆ 123⑉456⑉7",)),
    ("<NAME>X<MEMO>RENT<ACCTID>{}", ("5012345",)),
    ("UCI: {}", ("1123-4567", "11234567", "11-2345-6789")),
    ("IUC {}, demande", ("11-2345-6789",)),
    ("Unique Client Identifier {}; more", ("11-0234-5678",)),
    ("Work permit no. {}", ("U123456789",)),
    ("application no. {}", ("W304512345",)),
    ("Permanent resident card number: {}", ("PA0123456", "RA0302123456")),
    ('val hc = "{}"', ("9876543217",)),
    ('case class P(hc: String = "{}")', ("9876543217",)),
    ("patient MRN {}", ("00482913",)),
    ("Chart no. {}", ("482913",)),
    ("MSH|^~&|A\nPID|1||{}^^^HOSP||", ("483920",)),
    ("NM1*IL*1*X*Y*M***MI*{}~", ("123456789A",)),
    ("MCP# {}", ("123 456 789 012",)),
    ("ohip {}", ("5384472917jk", "5384472917JK")),
    ('<birthTime value="{}"/>', ("19900504",)),
    ("NM1*IL*1*X~\nDMG*D8*{}*F~", ("19720605",)),
    ("ppt# {}", ("AB123456",)),
    ("{}", ("ZE000509<9CAN8501019F2301147<<<<<<<<<<<<<<08",)),
)


@pytest.mark.parametrize(
    ("around", "number"), [(cue, number) for cue, numbers in BY_CUE for number in numbers]
)
def test_a_number_is_found_behind_its_cue(around: str, number: str) -> None:
    assert hidden(around.format(number), number)


@pytest.mark.parametrize(
    "text",
    [
        "our institution 003 moved", "institution: 4 branches", "the routing table has 512 entries", "inst 400 ops",
        "9781-23456-1234567", "hc = 1234567890", "chart version 1234567", "status card 42",
        "the work permit expires 2027",
        "application number 12", "PID 48392 exited", "NM1 resolved", "UCI engine 2024-2025 match",
        "account is 2 days late",
    ],
)  # fmt: skip
def test_other_numbers_beside_such_words_stay(text: str) -> None:
    assert found(text) == []
