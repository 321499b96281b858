"""Values that a line break goes through are hidden on both lines, and come back; numbers below each other stay."""

from itertools import product

import pytest

from ni.privacy.spans import Label
from tests.privacy.cast import answered, masked, sent
from tests.privacy.recognisers.test_by_neighbours import found

BROKEN = (
    ("card: ", "4111 1111", "1111 1111"), ("pay with ", "4111-1111-", "1111-1111"), ("", "4111111111", "111111"),
    ("SIN ", "130 692", "544"), ("NAS : ", "046-454-", "286"), ("", "046-454-", "286"), ("call ", "416 555", "0122"),
    ("call ", "(416)", "555-0122"), ("", "416-", "555-0122"), ("at ", "416-555-", "0122"), ("", "jane.roe@",
    "example.com"),
    ("", "jane.roe", "@example.com"), ("born on ", "May 4,", "1990"), ("DOB: ", "1990-05-", "1990"),
    ("", "eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
)  # fmt: skip
CARRIERS = (
    "{lead}{first}\n{second}", "> {lead}{first}\n> {second} and so on",
    ">> well, {lead}{first}\n>>  {second}\n>> bye",
    "note: >\n    {lead}{first}\n    {second}\n",
    "# {lead}{first}\n# {second}",
    "// owner: A, {lead}{first}\n//        {second}", '{{"body": "see {lead}{first}\\n{second} ok"}}',
    " * {lead}{first}\r\n * {second}.",
)  # fmt: skip
AREA_CODES = ("(416)", "416-")  # alone, they identify nobody and stay
SOFT = "Bonjour, =\n{lead}{first}=\n{second} merci"
CASES = [
    (value, carrier) for value, carrier in product(BROKEN, CARRIERS) if value[:2] != ("DOB: ", "1990-05-")
]


@pytest.mark.parametrize(("value", "carrier"), CASES)
def test_both_lines_of_a_broken_value_are_hidden_and_come_back(
    value: tuple[str, str, str], carrier: str
) -> None:
    lead, first, second = value
    text = carrier.format(lead=lead, first=first, second=second)
    result = masked(text)
    assert second not in sent(result)
    assert first in AREA_CODES or first not in sent(result)
    assert answered(result, sent(result)) == text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("514-555-", "0133"),
        ("4111-11", "11-1111-1111"),
        ("jane.r", "oe@example.com"),
        ("jane.roe@exam", "ple.com"),
    ],
)
def test_a_soft_break_of_quoted_printable_parts_no_value(first: str, second: str) -> None:
    text = SOFT.format(lead="", first=first, second=second)
    assert {value for _, value in found(text)} == {first, second}


def test_a_token_of_many_lines_is_hidden_whole() -> None:
    lines = [
        "eyJhbGciOiJIUzI1NiIsInR5cCI6",
        "IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3",
        "ODkwIiwibmFtZSI6IkEifQ.dozjgNr",
    ]
    text = "token:\n" + "\n".join(lines) + "yP4J3jVmNHl0w5N"
    assert [label for label, _ in found(text)] == [Label.SECRET] * 3


@pytest.mark.parametrize(
    "text",
    [
        "1990 2000\n1200 1300", "12 130 692\n544 10", "130 692\n544 118", "5.1.2-\n4.2", "416\n555\n0122",
        "total 4539 1488\n0343 6467 9921 1200", "follow @\nfoo.com", "ring @alice\nexample.com",
        "root@web1\nexample.com",
        "mail me@example.\nCome back", "2020-2021-\n2022-2023", "10.0.0.\n1", "pages 416-\n555",
        "@property\ndef name(self):", "\n4111", "=\n@a", "x\n",
        "import eyJ\nfrom x", "a = 1 -\n2", "- 416 555\n- 0122", "x,416\n555-0122,y",
    ],
)  # fmt: skip
def test_numbers_below_each_other_are_no_value(text: str) -> None:
    assert found(text) == []
