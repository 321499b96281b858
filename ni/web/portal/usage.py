"""Usage: what was asked, where it ran and what it cost; the filters are the address, so that a page can be shared.

The rows refresh themselves through `live`, which answers the same rows alone; without JavaScript a reload does it.
CSV and JSON give exactly the rows that the filters let through.
"""

from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from ni.domain.reply import Outcome
from ni.web.exports import csv_lines, json_text
from ni.web.portal.context import person, services
from ni.web.portal.usage_views import Dimension, UsageFilter, usage_objects, usage_page, usage_summary
from ni.web.security import AccessRule, authorised

bp = Blueprint("usage", __name__, url_prefix="/portal/usage")

PAGE_ROWS = 50
TEXT_FILTERS = ("key_id", "route", "jurisdiction", "outcome")
LAST_DAY = date.max - timedelta(days=1)


def wanted() -> UsageFilter:
    """The filter that the address asks for; a day that is none is ignored."""
    texts = {name: request.args.get(name, "")[:200] for name in TEXT_FILTERS}
    return UsageFilter(
        **texts, since=_day(request.args.get("since", "")), until=_day(request.args.get("until", ""))
    )


def _day(text: str) -> date | None:
    """The day, or None where the text is none that has a beginning and an end in every time zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < LAST_DAY else None


def chosen() -> dict[str, str]:
    """The address's filters without the cursor and without empty ones, for links."""
    names = (*TEXT_FILTERS, "since", "until", "by")
    return {name: request.args[name] for name in names if request.args.get(name)}


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """Filters, totals, a chart, one page of rows."""
    account_id, asked, cursor = person().account_id, wanted(), request.args.get("cursor", "")
    by = _dimension(request.args.get("by", ""))
    return render_template(
        "portal/usage.html",
        wanted=asked,
        chosen=chosen(),
        by=by,
        dimensions=Dimension,
        outcomes=Outcome,
        cursor=cursor,
        page=usage_page(account_id, asked, PAGE_ROWS, cursor),
        summary=usage_summary(account_id, asked, by),
        keys=services().access.keys_of(account_id).list(),
    )


def _dimension(text: str) -> Dimension:
    return Dimension(text) if text in set(Dimension) else Dimension.DAY


@bp.get("/live")
@authorised(AccessRule.SESSION)
def live() -> ResponseReturnValue:
    """The newest rows alone, for the page's own script."""
    page = usage_page(person().account_id, wanted(), PAGE_ROWS)
    return render_template("portal/usage_rows.html", rows=page.rows)


@bp.get("/export.csv")
@authorised(AccessRule.SESSION)
def as_csv() -> ResponseReturnValue:
    """All rows that the filters let through, as CSV."""
    rows = usage_objects(person().account_id, wanted())
    return Response(
        stream_with_context(csv_lines(rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="usage.csv"'},
    )


@bp.get("/export.json")
@authorised(AccessRule.SESSION)
def as_json() -> ResponseReturnValue:
    """All rows that the filters let through, as JSON."""
    rows = usage_objects(person().account_id, wanted())
    return Response(
        stream_with_context(json_text(rows)),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="usage.json"'},
    )
