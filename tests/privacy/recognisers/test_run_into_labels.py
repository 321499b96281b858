"""Values that their label runs into, answers behind a name, and streets without a type beside their unit."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.names import NoNames
from ni.privacy.spans import Label
from ni.privacy.structure.pairs import pairs
from tests.privacy.cast import answered, masked, sent

LINES = ("{}", "SMALLBOY  {}  TEL7052354410", "x|{}|y", "{}\n{}")
GLUED = (
    ("DOB19540318", Label.DOB),
    ("DDN19881205", Label.DOB),
    ("HC2463141818AB", Label.HEALTH_CARD),
    ("HCN2463141818", Label.HEALTH_CARD),
)
UNITS = (
    "3475 de la Montagne apt 1405", "1550 Metcalfe, suite 400", "88 des Pins app. 3", "12 Sherbrooke apartment 7",
)  # fmt: skip
QUESTIONS = ("May I have your full name and date of birth?", "Votre nom et votre date de naissance?")
ANSWERS = ("Customer: sure, it's danielle whiteduck, {}", "danielle whiteduck, {}", "Client: oui, {}")
THINGS = ("JOB19540318", "DOB12345678", "HC1234567890", "sudo apt 2.4", "2 Install apt 2.4", "hc2463141818")


def _found(text: str) -> dict[str, Label]:
    spans = scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    return {text[span.start : span.end]: span.label for span in spans}


@pytest.mark.parametrize(("glued", "line"), list(product(GLUED, LINES)))
def test_a_label_may_run_into_its_value(glued: tuple[str, Label], line: str) -> None:
    text = line.format(*[glued[0]] * line.count("{}"))
    assert _found(text)[glued[0]] is glued[1]
    result = masked(text)
    assert glued[0] not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(("question", "answer"), list(product(QUESTIONS, ANSWERS)))
@pytest.mark.parametrize("date", ["march 3 1990", "1990-03-03", "3 mars 1990"])
def test_an_answer_may_give_a_name_before_the_date(question: str, answer: str, date: str) -> None:
    assert _found(f"{question}\n{answer.format(date)}").get(date) is Label.DOB


@pytest.mark.parametrize("street", UNITS)
@pytest.mark.parametrize("line", ["{}", "Livrer au {}, merci", "- {}\n- ok"])
def test_a_street_without_a_type_is_found_beside_its_unit(street: str, line: str) -> None:
    assert _found(line.format(street)).get(street) is Label.ADDRESS


def test_a_suite_before_the_number_tells_a_street() -> None:
    assert any("1550 Metcalfe" in value for value in _found("Return to Suite 400, 1550 Metcalfe, Montréal"))


@pytest.mark.parametrize("text", THINGS)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert _found(text) == {}


def test_a_telephone_number_of_fhir_is_found_without_its_system() -> None:
    assert "2506149939" in _found('{"name": {"text": "x"}, "telecom": [{"value": "2506149939"}]}')


def test_a_section_begins_another_record() -> None:
    found = list(pairs('[web]\nhost=a\nport=80\n[vars]\noncall_name="Temperance Wuttunee"\n', 0))
    assert len({cell.row for cell in found}) > 1
