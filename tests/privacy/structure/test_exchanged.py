"""People and values in what programs exchange: rows whose column names stand apart, HL7, EDIFACT, OFX, forms, Slack."""

import json
from itertools import product

import pytest

from ni.privacy.spans import Label
from ni.privacy.structure import find
from tests.privacy.cast import answered, masked, sent

NAMES = (("Delia", "Wabie"), ("Abelard", "Cree"), ("Anouk", "Pikutelekan"))
HEADERS = (("first", "last", "dob"), ("first_name", "last_name", "birthdate"), ("prénom", "nom", "ddn"))
SHAPES = (
    '{{"cols": {names}, "rows": {rows}}}',
    '{{"rows": {rows}, "columns": {names}}}',
    "pd.DataFrame({rows}, columns={names})",
    "data = {rows}\nheaders = {names}",
)
NOT_PEOPLE = (
    ["host", "port", "up"],
    ["product", "sku", "on"],
    ["city", "country", "date"],
    ["x", "y", "z"],
)


def _people(text: str) -> set[str]:
    return {text[span.start : span.end] for span in find(text) if span.label is Label.PERSON}


@pytest.mark.parametrize(("header", "shape"), list(product(HEADERS, SHAPES)))
def test_rows_are_read_under_the_names_of_columns_that_stand_apart(
    header: tuple[str, str, str], shape: str
) -> None:
    rows = [[*name, "1988-04-05"] for name in NAMES]
    text = shape.format(names=json.dumps(header, ensure_ascii=False), rows=json.dumps(rows))
    assert _people(text) >= {part for name in NAMES for part in name}
    assert "1988-04-05" in {text[span.start : span.end] for span in find(text) if span.label is Label.DOB}


def test_a_comment_behind_rows_names_their_columns() -> None:
    assert "Wapachee" in _people('const rows = [["Gordon", "Wapachee"], ["Anouk", "Cree"]]; // first, last')


@pytest.mark.parametrize(("header", "shape"), list(product(NOT_PEOPLE, SHAPES)))
def test_rows_of_things_are_no_people(header: list[str], shape: str) -> None:
    rows = [["Quorvex", "Tandril", "2024-01-02"], ["Zimbel", "Ostrava", "2024-01-03"]]
    text = shape.format(names=json.dumps(header), rows=json.dumps(rows))
    assert find(text) == []


def test_rows_of_another_length_than_the_header_stay() -> None:
    assert find('{"cols": ["first", "last"], "rows": [["Zimbel", "Ostrava", "x"]]}') == []


PAID, SUM, TRACE = "622021000021", "0000185000EMP0041        ", "0021000020000001"
"""An entry of the clearing house around the account and the name."""
EXCHANGED = (
    ("DCS{}\nDCTANA\nDAQR1234-56789-01234", "WAPACHEE", Label.PERSON),
    ("DLDAQR1234-56789-01234\nDAC{}\n", "HENDRIKA", Label.PERSON),
    ("DLDAQ{}\nDCSROY\n", "R1234-56789-01234", Label.DRIVER_LICENCE),
    ("DAG{}\nDAIBARRIE\nDAQR1234-56789-01234", "41 LAKEVIEW CRES", Label.ADDRESS),
    ("DAK{}\nDAQR1234-56789-01234", "L4M 2B7", Label.POSTAL_CODE),
    (f"{PAID}{{}}        {SUM}ROULEAU STEPHANIE       {TRACE}", "448201930", Label.BANK_ACCOUNT),
    (f"{PAID}448201930        {SUM}{{}}        {TRACE}", "ST-AMANT YOLANDE", Label.PERSON),
    ("PID|1||A1^^^X||Roy^Ana^{}||19851119|F", "Adaeze", Label.PERSON),
    ("NAD+BY+++{}+Bahnhofweg 17+Bern++3007+CH'", "Hofstetter Ursula", Label.PERSON),
    ("UNH+1'NAD+CN+123::9++{}+Rue Haute 4+Genève'", "Jean Tremblay", Label.PERSON),
    ("<STMTTRN><NAME>{}<MEMO>loyer</STMTTRN>", "RUTENDO CHIKWANHA", Label.PERSON),
    ("<mailto:gw@cree.ca|{}>", "Gordon Wapachee", Label.PERSON),
    ("<@U02ABCDEF|{}> joined", "Gordon Wapachee", Label.PERSON),
    ("_{}_ left", "Owen Tadros", Label.PERSON),
    ("~{}~ set the topic", "Ludmila Kowalczyk", Label.PERSON),
    ("ok *{}* wrote", "Owen Tadros", Label.PERSON),
    (r"{{\rtf1\ansi {{\b Patient:}} {}\par}}", "Gwendolyn Pettigrew", Label.PERSON),
)


@pytest.mark.parametrize(("shape", "value", "label"), EXCHANGED)
def test_the_place_of_a_value_in_an_exchange_format_tells_it(shape: str, value: str, label: Label) -> None:
    text = shape.format(value)
    assert value in {text[span.start : span.end] for span in find(text) if span.label is label}


@pytest.mark.parametrize(
    "text",
    [
        "**Getting Started** and _Release Notes_, *Hello World*, ~~Old Stuff~~, __Private Field__",
        "*Monte Carlo* and **Visual Studio**, a_b_c * d * e",
        "<NAME>Checking Account<MEMO>x",
        "<https://x.ca|Read More> <#C02|general>",
        "NAD+BY+5412345000013::9'",
        "NK1|1||SPO||",
        "DCSROY and DACANA without a licence",
        "DAQ\nDAGENHAM\nDACIA Duster",
        "1 NAME x\n1 BIRT\n1 RESI\n2 PLAC Church Point",
    ],
)
def test_emphasis_links_and_codes_are_no_people(text: str) -> None:
    assert _people(text) == set()


FORMS = (
    ("name=Jean+Tremblay&phone=4185552219", ("Jean+Tremblay", "4185552219")),
    (
        "https://x.ca/c?name=Jean+Tremblay&tel=5145552290&email=jean.tremblay@acme.ca",
        ("Jean+Tremblay", "5145552290"),
    ),
    ("https://x.ca/c?first=Priya&last=Tremblay&dob=1980-02-14", ("Priya", "1980-02-14")),
    ("GET /s?name=Jean%20Tremblay&n=3 HTTP/1.1", ("Jean%20Tremblay",)),
)


@pytest.mark.parametrize(("text", "values"), FORMS)
def test_a_form_value_keeps_its_encoding_and_comes_back(text: str, values: tuple[str, ...]) -> None:
    result = masked(text)
    assert not [value for value in values if value in sent(result)]
    assert " " not in sent(result).removeprefix("GET ").removesuffix(" HTTP/1.1")
    assert answered(result, sent(result)) == text


def test_pages_and_sums_are_no_forms() -> None:
    text = "https://x.ca/list?first=10&last=20&q=python+list+sort&page=3 and x=a+b&c=d+e"
    assert sent(masked(text)) == text
