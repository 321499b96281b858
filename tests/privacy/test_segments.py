"""What of a text names may stand in: prose, comments, literals; and that cutting is stable, bounded and complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.privacy.segments import CAP, Mode, Paragraph, paragraphs, prose


def _read(text: str) -> list[str]:
    return [
        text[part.start + start : part.start + end]
        for part in paragraphs(text)
        for start, end in prose(text[part.start : part.end], part.mode)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to Jean Tremblay.\nHe waits.", ["Write to Jean Tremblay.\nHe waits."]),
        ("From: Jean Tremblay <x@acme.ca>\nTo: Anne", ["From: Jean Tremblay <x@acme.ca>\nTo: Anne"]),
        ("def greet(name):\n    return name.upper()", []),
        ('owner = "Jean Tremblay"  # asked by Anne Roy', ["Jean Tremblay", "asked by Anne Roy"]),
        ("const a = { owner: 'Jean Tremblay', id: 3 };", ["Jean Tremblay"]),
        ("x = f(y); // see Jean Tremblay", ["see Jean Tremblay"]),
        ("/* written by Jean Tremblay */", ["written by Jean Tremblay"]),
        ("```python\nx = 'Jean Tremblay'\n```\nAsk Anne Roy.", ["Jean Tremblay", "\nAsk Anne Roy."]),
        ("```text\nAsk Anne Roy.\n```", ["\nAsk Anne Roy.\n"]),
        (
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-owner = 'Jean Tremblay'\n+owner = 'Anne Roy'",
            ["Jean Tremblay", "Anne Roy"],
        ),
        ('{"name": "Jean Tremblay", "id": "a1b2"}', ["Jean Tremblay"]),
        ("<li>Jean Tremblay</li>", ["Jean Tremblay"]),
        ("import os\nfrom a import b", []),
    ],
)
def test_names_are_looked_for_where_people_write(text: str, expected: list[str]) -> None:
    assert [piece.strip() for piece in _read(text)] == [piece.strip() for piece in expected]


@given(st.text(alphabet="ab .\n\t`~+-@{}\"'#/", max_size=6000))
def test_paragraphs_are_in_order_bounded_and_leave_only_white_space_and_fences_out(text: str) -> None:
    at = 0
    for part in paragraphs(text):
        assert at <= part.start < part.end <= part.start + CAP
        assert not text[at : part.start].strip(" \t\r\n`~>+-#ab.@{}\"'/") or "```" in text or "~~~" in text
        if "```" not in text and "~~~" not in text:
            assert not text[at : part.start].strip()
        at = part.end
    assert "```" in text or "~~~" in text or not text[at:].strip()


@given(st.text(max_size=400), st.sampled_from(Mode))
def test_the_prose_of_a_paragraph_lies_within_it_in_order(text: str, mode: Mode) -> None:
    at = 0
    for start, end in prose(text, mode):
        assert at <= start < end <= len(text)
        at = end


def _lines(count: int) -> list[str]:
    return [f"line {at} of a file = value_{at * 7919 % 1000}" for at in range(count)]


def test_a_line_inserted_into_a_giant_paragraph_moves_few_cuts() -> None:
    lines = _lines(2000)
    before = _contents("\n".join(lines))
    after = _contents("\n".join([*lines[:300], "one more line", *lines[300:]]))
    assert len(before) > 20
    assert len(set(after) - set(before)) <= 3


def _contents(text: str) -> list[str]:
    return [text[part.start : part.end] for part in paragraphs(text)]


def test_a_giant_line_is_cut_between_words() -> None:
    text = "word " * 5000
    cut = list(paragraphs(text))
    assert cut[0] == Paragraph(0, cut[1].start, Mode.OPEN)
    assert all(text[part.end - 1] == " " for part in cut)
