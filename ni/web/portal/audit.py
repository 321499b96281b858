"""PII audit, for the operator: what kinds of values were replaced in each request of an account, and how many.

Counts only. There are no values to show: none are stored.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, services
from ni.web.portal.usage_choices import UsageFilter
from ni.web.portal.usage_views import usage_page, usage_totals
from ni.web.security import AccessRule, authorised

bp = Blueprint("audit", __name__, url_prefix="/portal/pii-audit")

PAGE_ROWS = 50


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """One page of an account's requests, with kinds and counts."""
    accounts = services().access.accounts.list()
    asked = request.args.get("account", "")
    chosen = asked if any(one.id == asked for one in accounts) else person().account_id
    cursor = request.args.get("cursor", "")
    page = usage_page(chosen, UsageFilter(), PAGE_ROWS, cursor)
    return render_template(
        "portal/audit.html",
        accounts=accounts,
        chosen=chosen,
        cursor=cursor,
        page=page,
        totals=usage_totals(chosen, UsageFilter()),
    )
