"""Rows without a header: where one row shows a given name beside a surname, both columns hold names."""

from itertools import product

import pytest

from ni.privacy.spans import Label
from ni.privacy.structure import find

LISTED = (("Tremblay", "Camille"), ("Singh", "Anirban"), ("Beauregard-Tran", "Camille"))
UNLISTED = ("Esfandiariyan", "Weyabamush", "Kilabukassak")
ROWS = (
    "{};{};310 rue Principale;J2G 2W2;450 372 9911;",
    "7,{},{},a.b@example.ca,514-555-0143",
    "{}\t{}\t1988-04-05\t514-555-0143",
    "({{}}, '{}', '{}', 'a.b@example.ca', '514-555-0143')",
)
STATEMENT = "INSERT INTO patrons VALUES {};"
THINGS = (
    "Frobnitz;Quorvex;450 372 9911\nZimbel;Tandril;450 372 9912",
    "Purolator,Granby,450 372 9911\nDicom,Laval,450 372 9912",
    "for (i;j;k);\nfor (a;b;c);",
)


def _people(text: str) -> set[str]:
    return {text[span.start : span.end] for span in find(text) if span.label is Label.PERSON}


def _table(row: str, names: list[tuple[str, str]]) -> str:
    if row.startswith("("):
        rows = [row.format(*name).replace("{}", str(at)) for at, name in enumerate(names)]
        return STATEMENT.format(", ".join(rows))
    return "\n".join(row.format(*name) for name in names)


@pytest.mark.parametrize(("listed", "unlisted", "row"), list(product(LISTED, UNLISTED, ROWS)))
def test_a_name_in_no_list_is_found_below_one_that_is(
    listed: tuple[str, str], unlisted: str, row: str
) -> None:
    text = _table(row, [listed, (unlisted, listed[1]), ("Roy", unlisted)])
    assert _people(text) >= {*listed, unlisted}


@pytest.mark.parametrize("text", THINGS)
def test_columns_of_things_are_no_people(text: str) -> None:
    assert _people(text) == set()


@pytest.mark.parametrize("part", ["Agent", "Moi", "Conseillère", "Customer", "Visitor", "Me"])
def test_what_somebody_is_in_a_talk_is_no_name(part: str) -> None:
    text = f"{part}: hello, how can I help you today?\n{part} Kristjan: all is well with us today"
    assert _people(text) <= {"Kristjan"}
