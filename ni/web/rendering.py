"""Pages are rendered so that the calls of others go on meanwhile: a page takes 10 to 50 ms of the processor.

Jinja joins the pieces of each macro, each block and the whole page with `Environment.concat`: there others may run. One
page is rendered at a time, since of many that give way to each other a turn of the loop would run a step of each.
Templates are compiled at their first use, for up to 0.2 s, in a thread, beside which the event loop turns.
"""

import re
from collections.abc import Iterable, Sequence
from threading import RLock
from typing import Any

from flask import Flask
from flask.templating import Environment
from markupsafe import Markup, escape

from ni.domain.clock import give_way, paced
from ni.providers.base import aside

PIECES = 8
"""How many pieces of a page may be made until others may run; most are short, or come out of a macro."""

_ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(?P<kind>th|td)\b(?P<attributes>[^>]*)>")
_NO_LABEL = re.compile(r"\b(?:data-label|colspan)=")


class PacedEnvironment(Environment):
    """Flask's environment, which lets others run while it compiles and renders."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self._page = RLock()
        self.filters["labelled"] = labelled

    def concat(self, pieces: Iterable[str]) -> str:
        """The pieces as one text: those of a macro, or of a page or a block, which are made while they are joined."""
        give_way()
        if isinstance(pieces, list):
            return "".join(pieces)
        with self._page:
            return "".join(paced(pieces, PIECES))

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """The code of a template."""
        made: list[Any] = []
        compiled = super().compile
        aside(lambda: made.append(compiled(*args, **kwargs)))
        return made[0]


def labelled(rows: Markup, columns: Sequence[tuple[str, str]]) -> Markup:
    """The rows of a table, each cell with the title of its column as `data-label`, which cards on a phone show.

    `columns` are titles with their classes. Rows of another length stay as they are, and so do cells that have a label.
    """

    def row(found: re.Match[str]) -> str:
        cells = list(_CELL.finditer(found[0]))
        if len(cells) != len(columns):
            return found[0]
        titles = iter(columns)
        return _CELL.sub(lambda cell: _with_label(cell, next(titles)[0]), found[0])

    return Markup(_ROW.sub(row, rows))  # noqa: S704 - the rows are markup, and titles are escaped


def _with_label(cell: re.Match[str], title: str) -> str:
    if cell["kind"] == "th" or _NO_LABEL.search(cell["attributes"]):
        return cell[0]
    return f'<td{cell["attributes"]} data-label="{escape(title)}">'
