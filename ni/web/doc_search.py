"""Search in the documentation: SQLite's full-text index (FTS5), in memory, made at the first question.

Accents and endings of English words do not count; every word that is asked for must occur, the last letters of each
may be missing. Words in titles and headings weigh more than those of the text (BM25).
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ni.web.docs import Guide

MOST_LETTERS = 100
MOST_WORDS = 8
MOST_HITS = 20
_OPEN, _CLOSE = "\x02", "\x03"
_CREATE = (
    "CREATE VIRTUAL TABLE sections USING fts5("
    "title, heading, text, name UNINDEXED, anchor UNINDEXED, language UNINDEXED, "
    "tokenize = 'porter unicode61 remove_diacritics 2')"
)
_FIND = (
    "SELECT name, anchor, language, title, heading, snippet(sections, 2, ?, ?, '…', 24) FROM sections "
    "WHERE sections MATCH ? ORDER BY bm25(sections, 8, 4, 1) LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that holds the words: its page, its heading, and the text around them with the words marked."""

    name: str
    anchor: str
    language: str
    title: str
    heading: str
    excerpt: Markup


class DocSearch:
    """The index of some pages."""

    def __init__(self, pages: Iterable[Guide]) -> None:
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute(_CREATE)
        self._database.executemany(
            "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)",
            (
                (page.title, section.heading, section.text, page.name, section.anchor, page.language)
                for page in pages
                for section in page.sections
            ),
        )

    def find(self, asked: str) -> Sequence[Hit]:
        """The sections with all the words, the best first; none for a question without a word."""
        words = re.findall(r"\w+", asked[:MOST_LETTERS])[:MOST_WORDS]
        if not words:
            return []
        question = " ".join(f'"{word}"*' for word in words)
        rows = self._database.execute(_FIND, (_OPEN, _CLOSE, question, MOST_HITS)).fetchall()
        return [
            Hit(name, anchor, language, title, heading, _marked(excerpt))
            for name, anchor, language, title, heading, excerpt in rows
        ]


def _marked(text: str) -> Markup:
    """The text escaped, with the marks of the index as elements."""
    marked = str(escape(text)).replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>")
    return Markup(marked)  # noqa: S704 - escaped above
