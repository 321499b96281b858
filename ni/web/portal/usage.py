"""Usage: what was asked, where it ran and what it cost; the filters are the address, so that a page can be shared.

The rows refresh themselves through `live`, which answers the same rows alone; without JavaScript a reload does it.
CSV and JSON give exactly the rows that the filters let through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import TypeVar

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.domain.reply import Outcome
from ni.domain.timeline import Phase
from ni.metering.usage_queries import MEASURED
from ni.web.exports import csv_lines, json_text
from ni.web.i18n import duration, number, rounded
from ni.web.portal.context import person, portal, services
from ni.web.portal.labels import key_choice
from ni.web.portal.latency import route_timings
from ni.web.portal.models import callable_routes
from ni.web.portal.usage_choices import PROTECTED, Dimension, Measure, UsageFilter
from ni.web.portal.usage_names import account_keys, people_names
from ni.web.portal.usage_views import (
    account_day,
    usage_objects,
    usage_page,
    usage_summary,
)
from ni.web.security import AccessRule, authorised

bp = Blueprint("usage", __name__, url_prefix="/portal/usage")

PAGE_ROWS = 50
TEXT_FILTERS = ("key_id", "route", "jurisdiction", "outcome", "error", "tag", "person", "end_user", "pii")
LAST_DAY = date.max - timedelta(days=1)
Choice = TypeVar("Choice", bound=StrEnum)


class Period(StrEnum):
    """The spans of days that the page offers; all end today."""

    TODAY = "today"
    WEEK = "7d"
    DAYS_30 = "30d"
    MONTH = "month"
    ALL = "all"

    def since(self, today: date) -> date | None:
        """The first day; None for all that there is."""
        match self:
            case Period.TODAY:
                return today
            case Period.WEEK:
                return today - timedelta(days=6)
            case Period.DAYS_30:
                return today - timedelta(days=29)
            case Period.MONTH:
                return today.replace(day=1)
        return None


@dataclass(slots=True)
class Query:
    """What the address asks for: the filter, what the chart shows, and what could not be understood, by field.

    `period` is None where days were chosen.
    """

    wanted: UsageFilter
    period: Period | None
    measure: Measure
    by: Dimension
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> Mapping[str, str]:
        """The address's own parameters without the cursor and without empty ones, for links."""
        names = (*TEXT_FILTERS, "since", "until", "period", "measure", "by")
        return {name: request.args[name] for name in names if request.args.get(name)}

    @property
    def filters(self) -> Mapping[str, str]:
        """The parameters that leave rows out, apart from the days."""
        return {name: value for name, value in self.chosen.items() if name in TEXT_FILTERS}


def query() -> Query:
    """The query of the address; a value that is none is left out and named in `problems`."""
    problems: dict[str, str] = {}
    texts = {name: request.args.get(name, "")[:200] for name in TEXT_FILTERS}
    if texts["outcome"] not in {"", Measure.FAILED, *Outcome}:
        problems["outcome"] = gettext("There is no such outcome: choose one of the list.")
        texts["outcome"] = ""
    if texts["pii"] != PROTECTED:
        texts["pii"] = ""
    since, until = _day("since", problems), _day("until", problems)
    if since and until and since > until:
        problems["since"] = gettext("The first day is after the last: change one of them.")
        since = until = None
    custom = since is not None or until is not None
    period = None if custom else _choice(Period, "period", Period.DAYS_30)
    if period is not None:
        since = period.since(account_day(person().account_id))
    measure = _choice(Measure, "measure", Measure.SPEND)
    by = _choice(Dimension, "by", Dimension.NONE)
    if by is Dimension.KIND and measure is not Measure.PROTECTED:
        problems["by"] = gettext("Only values protected have a kind: choose them as the chart’s figure.")
        by = Dimension.NONE
    return Query(UsageFilter(**texts, since=since, until=until), period, measure, by, problems)


def _day(name: str, problems: dict[str, str]) -> date | None:
    """The day of a field; None where it is empty, or has no beginning and end in every time zone."""
    text = request.args.get(name, "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is None or date.min < day < LAST_DAY:
        return day
    problems[name] = gettext("This is no date: write it as YYYY-MM-DD.")
    return None


def _choice(choices: type[Choice], name: str, otherwise: Choice) -> Choice:
    """The value of the list that the address names."""
    text = request.args.get(name, "")
    return choices(text) if text in set(choices) else otherwise


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """Filters, totals beside those of the days before, a chart, one page of rows."""
    account_id, asked, cursor = person().account_id, query(), request.args.get("cursor", "")
    keys, people, currency = account_keys(account_id), people_names(account_id), portal().options.currency
    return render_template(
        "portal/usage.html",
        asked=asked,
        wanted=asked.wanted,
        periods=Period,
        measures=Measure,
        dimensions=Dimension,
        outcomes=Outcome,
        cursor=cursor,
        page=usage_page(account_id, asked.wanted, PAGE_ROWS, cursor),
        summary=usage_summary(account_id, asked.wanted, asked.measure, asked.by),
        keys=keys,
        key_labels={key.id: key_choice(key) for key in keys},
        key_ids={key.spec.name: key.id for key in keys},
        people=people,
        people_ids={name: user_id for user_id, name in people.items()},
        shown=_shown(asked.measure, currency),
        digests=not services().label_policy.plain,
        routes=[route.id for route in callable_routes(account_id).routes],
    )


def _shown(measure: Measure, currency: str) -> Callable[[int], str]:
    """How values of a chart are written."""
    match measure:
        case Measure.SPEND:
            return partial(rounded, currency=currency)
        case Measure.LATENCY:
            return duration
    return number


@bp.get("/live")
@authorised(AccessRule.SESSION)
def live() -> ResponseReturnValue:
    """The newest rows alone, for the page's own script."""
    page = usage_page(person().account_id, query().wanted, PAGE_ROWS)
    return render_template("portal/usage_rows.html", rows=page.rows)


@bp.get("/timing")
@authorised(AccessRule.SESSION)
def timing() -> ResponseReturnValue:
    """Where the time of the newest requests went, by route."""
    asked = query()
    return render_template(
        "portal/usage_timing.html",
        asked=asked,
        phases=list(Phase),
        timings=route_timings(person().account_id, asked.wanted),
        most=MEASURED,
    )


@bp.get("/export.csv")
@authorised(AccessRule.SESSION)
def as_csv() -> ResponseReturnValue:
    """All rows that the filters let through, as CSV."""
    rows = usage_objects(person().account_id, query().wanted)
    return Response(
        stream_with_context(csv_lines(rows)),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="usage.csv"'},
    )


@bp.get("/export.json")
@authorised(AccessRule.SESSION)
def as_json() -> ResponseReturnValue:
    """All rows that the filters let through, as JSON."""
    rows = usage_objects(person().account_id, query().wanted)
    return Response(
        stream_with_context(json_text(rows)),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="usage.json"'},
    )
