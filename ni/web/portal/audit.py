"""PII audit, for the operator: kinds and numbers of the values that requests of an account held.

Counts only. There are no values to show: none are stored.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, services
from ni.web.portal.usage_choices import PROTECTED, UsageFilter
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
    wanted = UsageFilter(pii=PROTECTED if request.args.get("pii") == PROTECTED else "")
    page = usage_page(chosen, wanted, PAGE_ROWS, cursor)
    return render_template(
        "portal/audit.html",
        accounts=accounts,
        chosen=chosen,
        cursor=cursor,
        page=page,
        wanted=wanted,
        totals=usage_totals(chosen, wanted),
    )
