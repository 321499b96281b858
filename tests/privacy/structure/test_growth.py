"""No text makes the reading of structure cost more than linear time, nor fail."""

import pytest

from ni.privacy.structure import read
from tests.growth import growth

UNITS = (
    "a", "a ", "a,", "a|", "a;", "a\t", '"', "'", "{", "}", "[", "(", ":", "=", "a:", "name:", "name: ",
    'name="', 'name: ["a",',
    "<a>", "<td>", "<tr><td>x</td>", "@", "a@b.c ", "<a@b.c> ", "Maude Roy, ", "\n", "\n\n", "\n- ",
    "name:\n - ", "a,b\n",
    "first,last\n", "first,last\nx,y\n", "|a|b|\n", "|---|\n", "values (", "into t (first) values (1),",
    "(1),", "\\", 'name: \\"',
    ";CN=a", "BEGIN:VCARD\nN:a;b\n", "1:a\n", "  a", "first  last\n", "name (", "Name? ", "password=", "''",
    "card: 1", "phone: (5 ",
    "address: 1 a ", "\u0301", "नाम: अ", "d'", "A.", "DOB: ", "your name ", "key\t1\n",
    '{"name":"A","list":[{"a":1},', "a.", "a-", "a.b-c_d.", "http://a.", "name.a.",
)  # fmt: skip
SHORT, TIMES, LARGE = 4_000, 8, 1_000_000


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_costs_linear_time(unit: str) -> None:
    assert growth(read, unit * (SHORT // len(unit)), TIMES) <= 2 * TIMES


@pytest.mark.parametrize("unit", ["word and so on, ", '{"name": "Imre", "x": [', "first,last\nImre,Szalai\n"])
def test_a_text_of_a_megabyte_is_read(unit: str) -> None:
    read(unit * (LARGE // len(unit)))
