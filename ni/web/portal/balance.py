"""Balance, for the owner of a prepaid account: what is left, and the statement of grants and daily charges."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from ni.metering.balance import StatementLine
from ni.web.exports import statement_csv
from ni.web.portal.context import person, portal, services
from ni.web.security import AccessRule, authorised

bp = Blueprint("balance", __name__, url_prefix="/portal/balance")

PAGE_LINES = 50


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Some lines, the newest first; `older` is the cursor of the next page, None at the end."""

    lines: Sequence[StatementLine]
    older: int | None
    first: bool


def statement_page(account_id: str) -> StatementPage:
    """The page that the address asks for: `before` counts lines from the oldest, which never move."""
    lines, text = services().balances.statement(account_id), request.args.get("before", "")
    before = min(int(text), len(lines)) if text.isdecimal() and len(text) < 10 else len(lines)
    start = max(0, before - PAGE_LINES)
    return StatementPage(lines[start:before][::-1], start or None, before == len(lines))


def statement_file(account_id: str) -> Response:
    """The whole statement as CSV, oldest line first."""
    return Response(
        "".join(statement_csv(services().balances.statement(account_id))),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="statement.csv"'},
    )


@bp.get("")
@authorised(AccessRule.OWNER)
def show() -> ResponseReturnValue:
    """The balance and its statement, where calls are held against balances; else 404."""
    account_id = _prepaid_account()
    balance = services().balances.of(account_id)
    return render_template("portal/balance.html", balance=balance, statement=statement_page(account_id))


@bp.get("/statement.csv")
@authorised(AccessRule.OWNER)
def as_csv() -> ResponseReturnValue:
    """The statement as CSV."""
    return statement_file(_prepaid_account())


def _prepaid_account() -> str:
    if not portal().options.prepaid:
        abort(404)
    return person().account_id
