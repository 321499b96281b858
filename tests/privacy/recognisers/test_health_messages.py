"""Numbers in the fields of HL7 segments: each field with every value, repeated and with components; others stay."""

from itertools import product

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, scan_text
from ni.privacy.masking import Substitution, derived
from ni.privacy.names import NoNames
from ni.privacy.recognisers.health_messages import find
from ni.privacy.spans import Label
from tests.privacy.cast import answered, call, caller, says, sent

IDENTIFIERS = ("00482913", "A00492817", "MRN-44120", "771209933", "TREM 5555 1234")
TELEPHONES = (
    "(807) 737-0042", "807-737-0042", "8077370042", "+1 807 737 0042",
    "^PRN^PH^^^807^7370042", "^^^^1^807^737-0042",
)  # fmt: skip
PLACES = (
    ("PID", 2, Label.HEALTH_CARD), ("PID", 3, Label.HEALTH_CARD), ("PID", 18, Label.HEALTH_CARD),
    ("PID", 19, Label.SIN), ("PID", 20, Label.DRIVER_LICENCE), ("PV1", 19, Label.HEALTH_CARD), ("GT1", 12, Label.SIN),
)  # fmt: skip
PHONES = (("PID", 13), ("PID", 14), ("NK1", 5), ("NK1", 6), ("GT1", 6))
AROUND = ("{}", "{}^^^HGH^MR", "X^^^A~{}^^^ON^JHN", "{}^3^M11|F|rest")


def message(segment: str, place: int, field: str) -> str:
    """A message with one field filled."""
    return f"MSH|^~\\&|LAB|HGH|20261104\n{segment}{'|' * place}{field}\nOBX|1|NM|718-7||132|g/L"


def found(text: str) -> dict[str, Label]:
    return {text[span.start : span.end]: span.label for span in find(text)}


@pytest.mark.parametrize(("place", "value", "around"), list(product(PLACES, IDENTIFIERS, AROUND)))
def test_an_identifier_is_found_in_its_field(place: tuple[str, int, Label], value: str, around: str) -> None:
    segment, field, label = place
    assert found(message(segment, field, around.format(value)))[value] is label


@pytest.mark.parametrize(("place", "value"), list(product(PHONES, TELEPHONES)))
def test_a_telephone_is_found_in_its_field(place: tuple[str, int], value: str) -> None:
    text = message(*place, f"{value}~^NET^Internet^a@b.ca")
    ends = ("807^7370042", "807^737-0042", value)
    assert any(label is Label.PHONE and number in ends for number, label in found(text).items())


@pytest.mark.parametrize("value", TELEPHONES)
def test_a_message_comes_back_as_it_was(value: str) -> None:
    text = message("PID", 13, value) + message("PID", 18, "00482913^^^HGH")
    shield = Substitution(NoNames(), derived(b"an instance's secret of 32 bytes"))
    result = shield.substitute(caller(), call(says(text)))
    assert "7370042" not in sent(result).replace("-", "").replace(" ", "")
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    "text",
    [
        "The PID segment: PID|1||MRN^^^FACILITY^MR||LAST^FIRST", "| PID | NAME | STATE |\n| 12 | init | S |",
        "  PID|TTY|TIME|CMD\n", "PV1|1|I|4N^412^A", "ps -eo PID|head", "NK1|1||SPO||", "PID|1||MRN|||19570819|F",
    ],
)  # fmt: skip
def test_other_fields_and_prose_stay(text: str) -> None:
    assert found(text) == {}
    assert not any(
        span.label in (Label.HEALTH_CARD, Label.PHONE)
        for span in scan_text(Detector(NoNames(), DetectionPolicy(), FindingsCache()), b"key", text)
    )
