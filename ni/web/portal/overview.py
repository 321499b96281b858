"""Overview: the first steps until the first request has come through, then the day at a glance."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, portal, services
from ni.web.portal.figures import UsageFilter, UsagePage
from ni.web.portal.models import example_of
from ni.web.security import AccessRule, authorised

bp = Blueprint("overview", __name__, url_prefix="/portal")

RECENT = 8


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which of the first steps are done; they tick themselves off as they happen."""

    has_key: bool
    has_request: bool

    @property
    def done(self) -> bool:
        """Whether the list has served its purpose."""
        return self.has_request


@bp.get("/")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The page."""
    account_id = person().account_id
    recent: UsagePage = services().usage.rows(account_id, UsageFilter(), RECENT)
    steps = FirstSteps(bool(services().keys.list(account_id)), bool(recent.rows))
    return render_template(
        "portal/overview.html",
        steps=steps,
        today=services().usage.today(account_id),
        recent=recent.rows,
        example=example_of(services().routes.listed().routes),
        balance=services().credit.balance(account_id) if portal().options.prepaid else None,
    )


@bp.get("")
@authorised(AccessRule.SESSION)
def shorter() -> ResponseReturnValue:
    """The address as people type it."""
    return redirect(url_for("overview.show"), 308)


@bp.get("/overview/live")
@authorised(AccessRule.SESSION)
def live() -> ResponseReturnValue:
    """The newest rows alone, for the page's own script."""
    page = services().usage.rows(person().account_id, UsageFilter(), RECENT)
    return render_template("portal/usage_rows.html", rows=page.rows)
