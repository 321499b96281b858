"""Overview: the first steps until the first request has come through, then today's sums and the latest requests."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ni.web.portal.context import person, portal, services
from ni.web.portal.models import callable_routes, example_of
from ni.web.portal.usage_views import UsageFilter, usage_page, usage_today
from ni.web.security import AccessRule, authorised

bp = Blueprint("overview", __name__, url_prefix="/portal")

RECENT = 8


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which of the first steps are done."""

    has_key: bool
    has_request: bool

    @property
    def done(self) -> bool:
        """Whether the list need not be shown any more."""
        return self.has_request


@bp.get("/")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The first steps, or today's sums and the latest requests."""
    account_id = person().account_id
    recent = usage_page(account_id, UsageFilter(), RECENT).rows
    has_key = bool(services().access.keys_of(account_id).list())
    return render_template(
        "portal/overview.html",
        steps=FirstSteps(has_key, bool(recent)),
        today=usage_today(account_id),
        recent=recent,
        example=example_of(callable_routes().routes),
        balance=services().balances.of(account_id) if portal().options.prepaid else None,
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
    page = usage_page(person().account_id, UsageFilter(), RECENT)
    return render_template("portal/usage_rows.html", rows=page.rows)
