"""Where a name that was found stands alone: in cells, names of files, lists and marks, in any case.

And where the same letters are a word, an identifier or a segment of a path."""

from collections.abc import Callable

import pytest

from tests.privacy.cast import answered, call, caller, says, sent, shield

PEOPLE = ("Anouk Pikutelekan", "Gordon Wapachee", "Zeynep Karaduman", "Ludivine Charest")
PLACES = (
    *(
        "7|{}|x",
        "| 7 | {} |",
        "|7|{}|418|",
        "|{}|7|",
        "| # | Nom |\n|---|---|\n| 7 | {} |",
        "x;{};7",
        "7\t{}\tx",
    ),
    *(
        "_{}_",
        "*{}*",
        "~{}~",
        "[{}]",
        "#{}",
        "- {}",
        "rapport_{}_2025.pdf",
        "{}.docx",
        "scan-{}.jpg",
    ),
    *(
        "```\n7|{}|x\n```",
        "```python\nrows = [('{}', 3)]\n```",
        "```sql\nVALUES (7, '{}')\n```",
        "the {}s called",
    ),
)
CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower)
PATHS = ("/{}/", "2025/{}", "Dossiers/{}/", "C:\\{}\\x", "/srv/clients/{}/notes.md")
IDENTIFIERS = (
    *("class {}(Base):", "x = {}.find(1)", "x = {}(1)", "std::{}::run()", "import {}", "{}_utils.run(1)"),
    *("self.{} = 3", "const x = new {}()", "https://acme.ca/{}?page=2", "${} = 3"),
)


def _sent(person: str, rest: str) -> str:
    """What is sent of `rest` behind a sentence that names the person, who comes back from it as written."""
    text = f"Client: {person}, tel 418-555-8827.\n\n{rest}"
    masked = shield(PEOPLE).substitute(caller(), call(says(text)))
    assert answered(masked, sent(masked)) == text
    return sent(masked).partition("\n\n")[2]


@pytest.mark.parametrize("place", PLACES)
def test_a_known_surname_is_hidden_wherever_it_stands_alone(place: str) -> None:
    for person, change in zip(PEOPLE, CASES, strict=False):
        written = change(person.split()[1])
        assert written not in _sent(person, place.format(written)), (place, written)


@pytest.mark.parametrize("place", ["7|{0}|{1}|x", "| 7 | {0} | {1} |", "7;{1};{0};x", "{1}\t{0}\tx"])
def test_both_parts_of_a_known_name_are_hidden_in_a_row(place: str) -> None:
    for person in PEOPLE[:2]:
        parts = person.split()
        left = _sent(person, place.format(*parts))
        assert not any(part in left for part in parts), (place, person)


@pytest.mark.parametrize("path", PATHS)
def test_a_segment_of_a_path_is_left(path: str) -> None:
    for person in PEOPLE[:2]:
        written = path.format(person.split()[1])
        assert _sent(person, f"see {written} please") == f"see {written} please"


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_an_identifier_is_left_in_code(identifier: str) -> None:
    for person in PEOPLE[:2]:
        code = identifier.format(person.split()[1])
        assert _sent(person, f"```python\n{code}\n```") == f"```python\n{code}\n```"


@pytest.mark.parametrize(
    "rest",
    [
        "| Page | 3 |",
        "```\nPage|3\n```",
        "static/page/3",
        "page_2.pdf",
        "```\ncode;page;rows\n```",
        "x/Rose/2",
    ],
)
def test_a_word_is_left_where_nothing_says_that_it_is_the_person(rest: str) -> None:
    masked = shield(("Rose Page",)).substitute(caller(), call(says(f"Client: Rose Page.\n\n{rest}")))
    assert sent(masked).partition("\n\n")[2] == rest


@pytest.mark.parametrize("rest", ["| 7 | Rose | Page |", "```\n7|Rose|Page\n```", "```\nPage;Rose;3\n```"])
def test_a_word_is_hidden_beside_another_part_of_the_name(rest: str) -> None:
    masked = shield(("Rose Page",)).substitute(caller(), call(says(f"Client: Rose Page.\n\n{rest}")))
    left = sent(masked).partition("\n\n")[2]
    assert "Rose" not in left
    assert "Page" not in left
