"""Overview: the first steps until the first request has come through, then what needs attention, spend and failures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from ni.access.keys import KeyStatus
from ni.alerts.receivers import OPERATOR
from ni.domain.alerts import AlertKind, sentence
from ni.domain.clock import to_ms
from ni.metering.days import day_starts_at
from ni.web.i18n import long_day, percent, rounded
from ni.web.portal.context import person, portal, services
from ni.web.portal.deployments import deployment_statuses, no_provider
from ni.web.portal.keys import listed_keys
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.usage_choices import Dimension, Measure, UsageFilter
from ni.web.portal.usage_views import (
    account_day,
    usage_page,
    usage_summary,
    usage_today,
    usage_totals,
)
from ni.web.security import AccessRule, authorised

bp = Blueprint("overview", __name__, url_prefix="/portal")

RECENT = 8
NEAR_CAP_PERCENT = 80
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Attention:
    """Something to act on, in words, and where."""

    text: str
    address: str
    action: str
    tone: str = "warning"


@dataclass(frozen=True, slots=True)
class Cause:
    """Requests of today that failed for one reason: what `labels.cause_of` gives."""

    code: str
    count: int


@bp.get("/")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The first steps; once a request came through, the account at a glance."""
    account_id = person().account_id
    recent = usage_page(account_id, UsageFilter(), RECENT).rows
    if not recent:
        has_key = bool(services().access.keys_of(account_id).list())
        example = example_of(callable_routes().routes)
        attention = list(_attention(account_id))
        return render_template(
            "portal/first_steps.html", has_key=has_key, example=example, attention=attention
        )
    today = account_day(account_id)
    month = UsageFilter(since=today.replace(day=1), until=today)
    last_30_days = UsageFilter(since=today - timedelta(days=29), until=today)
    return render_template(
        "portal/overview.html",
        attention=list(_attention(account_id)),
        today=usage_today(account_id),
        month=usage_totals(account_id, month),
        month_before=usage_totals(account_id, _month_before(month)),
        causes=_causes(account_id),
        summary=usage_summary(account_id, last_30_days, Measure.SPEND, Dimension.JURISDICTION),
        shown=partial(rounded, currency=portal().options.currency),
        recent=recent,
        balance=services().balances.of(account_id) if portal().options.prepaid else None,
    )


def _month_before(month: UsageFilter) -> UsageFilter:
    """The same days of the month before; its last day where it is shorter."""
    if month.since is None or month.until is None:
        raise ValueError("a month has a first and a last day")
    last = month.since - timedelta(days=1)
    return replace(month, since=last.replace(day=1), until=last.replace(day=min(month.until.day, last.day)))


def _causes(account_id: str) -> Sequence[Cause]:
    """Why requests failed today, the most frequent cause first."""
    day, zone = account_day(account_id), person().time_zone
    since, until = (to_ms(day_starts_at(at, zone)) for at in (day, day + timedelta(days=1)))
    rows = services().reports.failures(account_id, since, until)
    return [Cause(code, count) for code, count in rows]


def _attention(account_id: str) -> Iterator[Attention]:
    """What somebody should look at, the most urgent first."""
    if portal().options.prepaid and services().balances.of(account_id).nanos <= 0:
        used_up = gettext("The balance is used up: requests are refused. Ask the operator for credit.")
        yield Attention(
            used_up, url_for("balance.show") if person().owner else "", gettext("Balance"), "error"
        )
    for row in listed_keys():
        if row.status is KeyStatus.LIVE and row.percent_of_cap >= NEAR_CAP_PERCENT:
            near = gettext("The key “%(name)s” has used %(percent)s of its cap for today.")
            text = near % {"name": row.key.spec.name, "percent": percent(row.percent_of_cap)}
            yield Attention(text, url_for("keys.show"), gettext("Keys"))
        if row.status is KeyStatus.LIVE and row.key.reminds(services().clock.now()):
            ending = gettext("The key “%(name)s” expires soon.", name=row.key.spec.name)
            yield Attention(ending, url_for("keys.show"), gettext("Keys"))
    yield from _alerts(account_id)
    if person().operator:
        yield from _alerts(OPERATOR)
        yield from _of_the_instance()


def _alerts(account_id: str) -> Iterator[Attention]:
    """Alerts of the last day; drift has a line of its own, and a test is none."""
    since = services().clock.now() - timedelta(days=1)
    for raised in services().alerts.recent(account_id, RECENT):
        if raised.at >= since and raised.alert.kind not in (AlertKind.TEST, AlertKind.DRIFT):
            yield Attention(
                sentence(raised.alert, gettext, rounded), url_for("alerts.show"), gettext("Alerts")
            )


def _of_the_instance() -> Iterator[Attention]:
    """What the operator should look at."""
    statuses = deployment_statuses()
    if lacks_provider := no_provider():
        text = gettext("No provider is configured: only the sandbox and your own servers answer.")
        yield Attention(text, url_for("providers.show"), gettext("Add a provider"))
    closed = len(services().setup.closed())
    if closed:
        text = ngettext(
            "%(num)s stored credential of a provider does not open: enter it again.",
            "%(num)s stored credentials of providers do not open: enter them again.",
            closed,
        )
        yield Attention(text, url_for("providers.show"), gettext("Providers"), "error")
    refused = sum(status.refused for status in statuses)
    if refused:
        text = ngettext(
            "%(num)s deployment fails the residency rules.",
            "%(num)s deployments fail the residency rules.",
            refused,
        )
        yield Attention(text, url_for("deployments.show"), gettext("Deployments"), "error")
    yield from _of_the_catalog()
    waiting = sum(status.routes for status in statuses if status.missing)
    if waiting and not lacks_provider:
        text = ngettext(
            "%(num)s route waits for the credentials of its provider.",
            "%(num)s routes wait for the credentials of their providers.",
            waiting,
        )
        yield Attention(text, url_for("providers.show"), gettext("Providers"), "")


def _of_the_catalog() -> Iterator[Attention]:
    """What the catalog of this version offers, deployments found elsewhere, models that end."""
    offered = len(services().offers.open())
    if offered:
        text = ngettext(
            "This version’s catalog offers %(num)s change.",
            "This version’s catalog offers %(num)s changes.",
            offered,
        )
        yield Attention(text, url_for("catalog_offers.show"), gettext("Catalog updates"), "")
    drifts = services().drifts.met_since(services().clock.now() - timedelta(days=1))
    if drifts:
        text = ngettext(
            "%(num)s residency check failed in the last 24 hours.",
            "%(num)s residency checks failed in the last 24 hours.",
            drifts,
        )
        yield Attention(text, url_for("drift.show"), gettext("Residency checks"))
    yield from _endings()


def _endings() -> Iterator[Attention]:
    """The models in use that their providers end soon, or ended by their own word."""
    today, catalog = services().clock.now().date(), services().catalog
    last = (today + timedelta(days=SOON_DAYS)).isoformat()
    ending = [route for route in catalog.routes() if route.retires and route.retires <= last]
    days = sorted(date.fromisoformat(route.retires) for route in ending if catalog.is_ready(route))
    ended, soon = [day for day in days if day < today], [day for day in days if day >= today]
    if ended:
        text = ngettext(
            "%(num)s callable route is past the end of its model, announced for %(day)s.",
            "%(num)s callable routes are past the end of their models, the first announced for %(day)s.",
            len(ended),
            day=long_day(ended[0]),
        )
        yield Attention(text, url_for("models.show"), gettext("Models"))
    if soon:
        text = ngettext(
            "The model of %(num)s callable route ends on %(day)s.",
            "The models of %(num)s callable routes end, the first on %(day)s.",
            len(soon),
            day=long_day(soon[0]),
        )
        yield Attention(text, url_for("models.show"), gettext("Models"))


@bp.get("")
@authorised(AccessRule.SESSION)
def shorter() -> ResponseReturnValue:
    """The address as people type it."""
    return redirect(url_for("overview.show"), 308)


@bp.get("/overview/live")
@authorised(AccessRule.SESSION)
def live() -> ResponseReturnValue:
    """The newest rows alone, for the page's own script."""
    page = usage_page(person().account_id, UsageFilter(), RECENT)
    return render_template("portal/usage_rows.html", rows=page.rows)
