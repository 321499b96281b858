"""Rows say what was measured, and pass only on their median and without trouble."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.document import CLOSING, DOCUMENT, OPENING, write
from bench.plan import QUICK
from bench.report import number, table
from bench.rows import Gathered, Row, Target, at_least, at_most, spread


@pytest.mark.parametrize(
    ("target", "values", "verdict"),
    [
        (at_most(1.5), [1.4, 1.5, 9.0], "PASS"),
        (at_most(1.5), [1.4, 1.6, 1.7], "SHORT"),
        (at_least(1000), [1000.0], "PASS"),
        (at_least(1000), [999.0, 999.0, 2000.0], "SHORT"),
        (None, [1.0], ""),
    ],
)
def test_the_median_decides_the_verdict(target: Target | None, values: list[float], verdict: str) -> None:
    assert Row("row", "ms", spread(values), target).verdict == verdict


def test_a_row_with_trouble_never_passes() -> None:
    row = Row("row", "ms", spread([1.0]), at_most(2), trouble="1 broken of 2")
    assert row.verdict == "SHORT"
    assert "DID NOT END WELL: 1 broken of 2" in table([row])


def test_what_is_added_is_taken_within_each_repeat() -> None:
    found = Gathered()
    for direct, gateway in [(1.0, 2.0), (5.0, 6.5), (2.0, 2.5)]:
        found.add("direct", "latency", direct)
        found.add("gateway", "latency", gateway)
    row = found.added_row("gateway", "latency", "ms")
    assert row.what == "latency, added"
    assert (row.figure.median, row.figure.least, row.figure.most) == (1.0, 0.5, 1.5)


def test_the_first_trouble_of_the_server_in_question_is_kept() -> None:
    found = Gathered()
    for peer, trouble in [
        ("nginx", "of nginx"),
        ("gateway", ""),
        ("gateway", "first"),
        ("gateway", "second"),
    ]:
        found.add(peer, "rate", 1.0, trouble)
    assert found.row("gateway", "rate", "/s").trouble == "first"
    assert set(found.row("gateway", "rate", "/s").beside) == {"nginx"}


def test_a_line_of_the_table_shows_spread_target_verdict_and_what_stands_beside() -> None:
    row = Row("requests", "/s", spread([900, 1100, 1234]), at_least(1000), {"nginx": spread([35210.4])})
    assert table([row]).splitlines()[1].split() == [
        "requests", "1,100", "(900–1,234)", "/s", "≥", "1000", "PASS", "nginx", "35,210"]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "0.0123"), (9.876, "9.88"), (99.94, "99.9"), (1234.5, "1,234")]
)
def test_numbers_show_the_digits_that_say_something(value: float, text: str) -> None:
    assert number(value) == text


def test_the_page_on_performance_has_the_marks() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.index(OPENING) < text.index(CLOSING)


def test_figures_replace_what_stood_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{OPENING}old figures\n{CLOSING}after\n", encoding="utf-8")
    row = Row("requests", "/s", spread([1100]), at_least(1000), {"nginx": spread([35210])})
    write([row], QUICK, datetime(2026, 1, 2, tzinfo=UTC), page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{OPENING}")
    assert text.endswith(f"{CLOSING}after\n")
    assert "old figures" not in text
    assert "| requests | 1,100 (1,100–1,100) /s | ≥ 1000 | PASS | 35,210 |" in text


def test_a_page_without_the_marks_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="lost the marks"):
        write([], QUICK, datetime(2026, 1, 2, tzinfo=UTC), page)
    assert page.read_text(encoding="utf-8") == "nothing"
