"""Both languages: nothing missing, nothing fuzzy, compiled as written; money, numbers and the choice of language."""

import ast
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from ni.domain.errors import Problem
from ni.web import i18n
from tests.assembled import ROOT
from tools.sentences import sentences

FRENCH = i18n.TRANSLATIONS / "fr_CA" / "LC_MESSAGES" / "messages.po"
METHODS = {"ni": ("**.py", "tools.sentences:extract"), "templates": ("**.html", "jinja2")}
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_": None}


@pytest.fixture(scope="module")
def french() -> Catalog:
    with FRENCH.open("rb") as text:
        return read_po(text, locale="fr")


def messages() -> Iterator[str | tuple[str, ...]]:
    """Every message of the pages, their code and the errors: its text, or the forms of one with a number."""
    for folder, method in METHODS.items():
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / folder), [method], keywords=KEYWORDS
        ):
            yield message


def used() -> set[str]:
    """Every message, by its text or its first form."""
    return {message if isinstance(message, str) else message[0] for message in messages()}


def test_no_text_is_asked_for_with_a_number_and_without_one() -> None:
    """The catalogue has one entry for both, with forms, in which Python 3.11 finds no text without a number."""
    alone = {message for message in messages() if isinstance(message, str)}
    counted = {message[0] for message in messages() if not isinstance(message, str)}
    assert alone & counted == set()


def test_every_message_is_in_french_and_none_is_fuzzy_or_left_over(french: Catalog) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in french if message.id}
    assert known == used()
    assert [message.id for message in french if message.id and (message.fuzzy or not message.string)] == []


def kinds_of(base: type[Problem]) -> list[type[Problem]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds_of(child))]


@pytest.mark.parametrize("kind", kinds_of(Problem))
def test_every_problem_has_a_french_sentence(french: Catalog, kind: type[Problem]) -> None:
    message = french.get(kind.text)
    assert message is not None
    assert message.string


def test_no_error_is_given_a_sentence_that_cannot_be_translated() -> None:
    made_up = [
        f"{path}:{line}"
        for path in sorted((ROOT / "ni").rglob("*.py"))
        for line, sentence in sentences(ast.parse(path.read_text()))
        if sentence is None
    ]
    assert made_up == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise BadRequest("No.", param="x")', ["No."]),
        ('raise Refused("name", "Not " "this.")', ["Not this."]),
        ('class Gone(NotFound):\n    text = (\n"Gone " "away."\n)', ["Gone away."]),
        ('class Named:\n    text: str = "A sentence."', ["A sentence."]),
        ('_SAID = "No."\nraise BadRequest(_SAID)', ["No."]),
        ('raise errors.BadRequest("No.")', ["No."]),
        ("raise BadRequest(made_up())", [None]),
        ('print("No.")', []),
        ("raise BadRequest()", []),
        ('class Search:\n    text: str = ""', []),
    ],
)
def test_sentences_are_found_where_errors_say_them(code: str, found: list[str | None]) -> None:
    known = "from ni.domain.errors import BadRequest\nfrom ni.access.refusals import Refused\n"
    assert [sentence for _, sentence in sentences(ast.parse(known + code))] == found


def test_translations_fill_in_the_same_values(french: Catalog) -> None:
    assert [fault for message in french if message.id for fault in message.check(french)] == []


def test_french_uses_typographic_spaces_and_apostrophes(french: Catalog) -> None:
    texts = [
        text
        for message in french
        if message.id
        for text in ([message.string] if isinstance(message.string, str) else message.string or ())
    ]
    wrong = (" :", " ;", "\u00a0;", "« ", " »", "'")
    assert [text for text in texts if any(sign in text for sign in wrong)] == []


def test_every_form_of_a_plural_is_a_text(french: Catalog) -> None:
    """A message that became a plural once had the letters of its text as its forms."""
    plurals = [message for message in french if message.id and not isinstance(message.id, str)]
    assert plurals
    assert [message.id for message in plurals if min(map(len, message.string or [""])) < 4] == []


def test_the_compiled_catalog_is_the_written_one(french: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, french)
    assert Path(FRENCH).with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make i18n`"


@pytest.fixture
def app() -> Flask:
    bare = Flask("ni")
    i18n.install(bare, lambda: "", lambda: "America/Toronto")
    return bare


@pytest.mark.parametrize(
    ("nanos", "english", "french"),
    [
        (5_000_000_000, "$5.00", "5,00\u00a0$"),
        (63_000, "$0.000063", "0,000063\u00a0$"),
        (1_234_567_890_123, "$1,234.567890123", "1\u00a0234,567890123\u00a0$"),
        (1, "$0.000000001", "0,000000001\u00a0$"),
    ],
)
def test_money_is_shown_exactly_in_either_language(app: Flask, nanos: int, english: str, french: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert i18n.money(nanos, "CAD") == english
    with app.test_request_context(headers={"Accept-Language": "fr-CA"}):
        assert i18n.money(nanos, "CAD") == french


@pytest.mark.parametrize(
    ("preferred", "cookie", "browser", "chosen"),
    [
        ("fr", "en", "en", "fr"),
        ("", "fr", "en", "fr"),
        ("", "", "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("", "xx", "de", "en"),
        ("", "", "", "en"),
    ],
)
def test_the_account_decides_then_the_cookie_then_the_browser(
    app: Flask, preferred: str, cookie: str, browser: str, chosen: str
) -> None:
    headers = {"Accept-Language": browser, "Cookie": f"{i18n.LANGUAGE_COOKIE}={cookie}"}
    with app.test_request_context(headers=headers):
        assert i18n.choose(preferred) == chosen


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("America/Toronto", ("2026-07-01 23:30", "23:30:15", "2026-07-01")),
        ("Pacific/Kiritimati", ("2026-07-02 17:30", "17:30:15", "2026-07-02")),
        ("UTC", ("2026-07-02 03:30", "03:30:15", "2026-07-02")),
    ],
)
def test_instants_are_shown_in_the_time_zone_of_the_account(zone: str, shown: tuple[str, str, str]) -> None:
    bare = Flask("ni")
    i18n.install(bare, lambda: "", lambda: zone)
    instant = datetime(2026, 7, 2, 3, 30, 15, tzinfo=UTC)
    with bare.test_request_context("/"):
        assert (i18n.moment(instant), i18n.clock(instant), i18n.iso_day(instant)) == shown
