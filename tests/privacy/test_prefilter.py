"""A pattern that is tried only where its signs stand finds what it would find anyway."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.prefilter import Prefiltered, lowered, prefiltered

PATTERNS = (
    (r"(?i)(?<![^\W_])(?:ssn|social[ _-]?security)(?![^\W_])", {"ssn"}),
    (r"(?i)t[ée]l(?:[ée]phone)?s?\b", {"tel", "tél"}),
    (r"(?:주민등록번호|id card)", {"주민등록번호", "id card"}),
    (r"(?i)дата рождения", {"дата рождения"}),
    (r"a(?:b|c)?d", {"ad", "abd", "acd"}),
    (r"[a-z]+key[0-9]+", {"key"}),
    (r"(?:xy){2,3}z", {"xy"}),
    (r"(?P<sign>['\"])x(?P=sign)y\1", {"'x", '"x'}),
    (r"(?i)straße", {"stra"}),
)
NOTHING_REQUIRED = (r"\d{9}", r"(?:password)?", r"pass|\w{3}")


@pytest.mark.parametrize(("pattern", "signs"), PATTERNS)
def test_signs_are_read_off_a_pattern(pattern: str, signs: set[str]) -> None:
    assert signs <= set(prefiltered(pattern).signs)


@pytest.mark.parametrize("pattern", NOTHING_REQUIRED)
def test_a_pattern_that_requires_no_string_is_always_tried(pattern: str) -> None:
    found = prefiltered(pattern)
    assert not found.signs
    assert found.may_match("")


def test_what_another_branch_holds_is_no_sign_of_all() -> None:
    assert prefiltered("password|pin").may_match("a pin")
    assert not prefiltered("password|pin").may_match("a pan")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?i)sin", "\u017f\u0131n"),  # long s and dotless i
        ("(?i)sin", "S\u0130N"),  # dotted capital I, whose small form is two characters
        ("(?i)key", "\u212aEY"),  # the sign of kelvin
        ("(?i)дата", "\u1c81\u0430\u1c84\u0430"),  # letters of old Slavonic print
        ("(?i)né", "NÉ"),
    ],
)
def test_letters_that_only_ignoring_case_makes_alike_are_found(pattern: str, text: str) -> None:
    assert re.search(pattern, text)
    assert prefiltered(pattern).search(text)


PIECES = st.sampled_from(
    (
        *(
            "tel",
            "TÉL",
            "ssn",
            "Social",
            " ",
            "-",
            "security",
            "key",
            "xy",
            "z",
            "a",
            "b",
            "c",
            "d",
            "'",
            '"',
            "x",
        ),
        *(
            "dATA рождения",
            "дата",
            " рождения",
            "\u017f\u017fn",
            "id",
            "card",
            "7",
            "STRASSE",
            "straße",
            "STRAẞE",
        ),
        *("주민등록번호", "y", "é"),
    )
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_it_finds_what_the_pattern_finds(text: str) -> None:
    for source, _ in PATTERNS:
        pattern = re.compile(source)
        found = [match.span() for match in Prefiltered(pattern).finditer(text)]
        assert found == [match.span() for match in pattern.finditer(text)]


@given(st.text(max_size=60))
def test_small_letters_keep_what_has_none(text: str) -> None:
    assert lowered(lowered(text)) == lowered(text)
