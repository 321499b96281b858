"""Balance, for the owner of a prepaid account: what is left, and the statement of grants and daily charges."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, portal, services
from ni.web.portal.statements import as_file, page_of
from ni.web.security import AccessRule, authorised

bp = Blueprint("credit", __name__, url_prefix="/portal/balance")


@bp.get("")
@authorised(AccessRule.OWNER)
def show() -> ResponseReturnValue:
    """The page; it exists where calls are held against balances."""
    account_id = _prepaid_account()
    return render_template(
        "portal/balance.html",
        balance=services().credit.balance(account_id),
        statement=page_of(services().credit.statement(account_id)),
    )


@bp.get("/statement.csv")
@authorised(AccessRule.OWNER)
def as_csv() -> ResponseReturnValue:
    """The statement as CSV."""
    return as_file(services().credit.statement(_prepaid_account()))


def _prepaid_account() -> str:
    if not portal().options.prepaid:
        abort(404)
    return person().account_id
