"""Pages of the reference in French say what the English ones do: the same rows, headings, links and names."""

import re
from pathlib import Path

import pytest

from tests.shape.copied_tree import ROOT

PAGES = sorted((ROOT / "docs").rglob("*.fr.md"))
FOR_MEMBERS = ("errors", "headers", "privacy", "residency")
CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def test_what_a_member_needs_is_in_french() -> None:
    assert {page.name.removesuffix(".fr.md") for page in PAGES} >= set(FOR_MEMBERS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_in_french_is_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.replace(".fr.md", ".md")).read_text("utf-8")
    french = page.read_text("utf-8")
    assert french.count("{{BLOCK}}") == len(CODE.findall(english))
    english = CODE.sub("", english)
    for mark in (r"^\| ", "^#+ ", "^- ", r"^\d\. "):
        assert len(re.findall(mark, french, re.MULTILINE)) == len(re.findall(mark, english, re.MULTILINE)), (
            mark
        )
    links = r"\]\(([^)]*)\)"
    assert sorted(re.findall(links, french)) == sorted(re.findall(links, english))
    rows = r"^\| (?:\d{3} \| )?(`[^|]+?`) \|"
    assert re.findall(rows, french, re.MULTILINE) == re.findall(rows, english, re.MULTILINE)
