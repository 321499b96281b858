"""The documentation: every file is a page, links lead somewhere, a question finds its section, in both languages."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from ni.web.docs import Guides
from ni.web.portal.context import EXTENSION, Portal
from ni.web.portal.reference import GROUPS
from tests.portal.conftest import Browser

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = DOCS.parent / "tests" / "user_run_tests" / "integrations"
NAMES = sorted({path.stem.removesuffix(".fr") for path in DOCS.rglob("*.md")})


@pytest.fixture
def pages(nobody: Browser) -> dict[str, str]:
    """All pages of the reference, as they are answered."""
    return {name: nobody.get(f"/docs/{name}.html").text for name in NAMES}


def test_every_file_of_the_reference_has_its_place_on_the_index(nobody: Browser) -> None:
    assert {name for group in GROUPS for name in group.names} <= set(NAMES)
    index = nobody.get("/docs/").text
    assert [name for name in NAMES if f'href="/docs/{name}.html"' not in index] == []


def test_links_between_pages_lead_to_a_page_and_its_heading(pages: dict[str, str]) -> None:
    known = {f"/docs/{name}.html" for name in NAMES}
    ids = {name: set(re.findall(r'id="([^"]+)"', text)) for name, text in pages.items()}
    broken = []
    for name, text in pages.items():
        for path, anchor in re.findall(r'href="(/docs/[^"#]+)?#?(s-[^"]*)?"', text):
            target = Path(path).stem if path else name
            if path.endswith(".html") and path not in known and target != "a-tool":
                broken.append(f"{name}: {path}")
            elif anchor and anchor not in ids.get(target, set()):
                broken.append(f"{name}: {path}#{anchor}")
    assert broken == []


def test_links_to_files_that_are_no_pages_are_words(pages: dict[str, str]) -> None:
    assert "<code>ni/gateway/pipeline.py</code>" in pages["architecture"]
    assert [name for name, text in pages.items() if re.search(r'href="\.\./|\.md"', text)] == []


def test_ids_of_a_page_are_its_own(pages: dict[str, str]) -> None:
    twice = {name: re.findall(r' id="([^"]+)"', text) for name, text in pages.items()}
    assert {name: sorted(ids) for name, ids in twice.items() if len(ids) != len(set(ids))} == {}


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("NI_PUBLIC_URL", "settings"),
        ("insufficient_quota", "errors"),
        ("X-NI-Residency-Evidence", "headers"),
        ("receipts verify", "custody"),
        ("a-tool", "a-tool"),
    ],
)
def test_a_question_finds_its_page(nobody: Browser, asked: str, page: str) -> None:
    text = nobody.get(f"/docs/?{urlencode({'q': asked})}").text
    assert f'href="/docs/{page}.html' in text
    assert "<mark>" in text


@pytest.mark.parametrize("asked", ['"', "-", "é" * 300, "zzzznothing"])
def test_a_question_that_finds_nothing_is_told_so(nobody: Browser, asked: str) -> None:
    answer = nobody.get(f"/docs/?{urlencode({'q': asked})}")
    assert answer.status_code == 200
    assert "Nothing found" in answer.text


@pytest.mark.parametrize("asked", ["* OR NEAR(", "'; DROP", "name:key", "NOT a", "^key", "{title}: x"])
def test_what_the_index_has_a_syntax_for_is_a_word(nobody: Browser, asked: str) -> None:
    assert nobody.get(f"/docs/?{urlencode({'q': asked})}").status_code == 200


def test_what_is_asked_is_shown_literally(nobody: Browser) -> None:
    text = nobody.get("/docs/?q=%3Cb%3Ekey%3C/b%3E").text
    assert "<b>key" not in text
    assert 'value="&lt;b&gt;key' in text


def test_signed_in_people_read_it_in_the_portal(alice: Browser, nobody: Browser) -> None:
    assert 'class="trail"' in alice.get("/docs/money.html").text
    assert "All documentation" in nobody.get("/docs/money.html").text


def test_a_guide_is_read_in_the_language_of_the_reader(nobody: Browser, app: Flask) -> None:
    portal: Portal = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(portal, guides=Guides(GUIDES, portal.options.public_url))
    english = nobody.get("/docs/cursor.html").text
    french = nobody.get("/docs/cursor.html", Accept_Language="fr").text
    assert '<article class="guide" lang="fr">' in french
    assert "L’adresse doit être publique" in french
    codes = re.compile(r'<code id="block-\d+">.*?</code>', re.DOTALL)
    assert codes.findall(french) == codes.findall(english) != []
    assert 'lang="fr"' in nobody.get("/docs/?q=certificat", Accept_Language="fr").text
