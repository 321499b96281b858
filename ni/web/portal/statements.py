"""A page of a statement, and the statement as a file, for the operator's page of an account and the owner's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request

from ni.metering.balance import StatementLine
from ni.web.exports import statement_csv

PAGE_LINES = 50


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Some lines, the newest first; `older` is the cursor of the next page, None at the end."""

    lines: Sequence[StatementLine]
    older: int | None
    first: bool


def page_of(lines: Sequence[StatementLine]) -> StatementPage:
    """The page that the address asks for: `before` counts lines from the oldest, which never move."""
    text = request.args.get("before", "")
    before = min(int(text), len(lines)) if text.isdecimal() and len(text) < 10 else len(lines)
    start = max(0, before - PAGE_LINES)
    return StatementPage(lines[start:before][::-1], start or None, before == len(lines))


def as_file(lines: Sequence[StatementLine]) -> Response:
    """The whole statement as CSV, oldest line first."""
    return Response(
        "".join(statement_csv(lines)),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="statement.csv"'},
    )
