"""Drift, for the operator: deployments found elsewhere than declared, and the address lists that show it."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ni.web.portal.context import portal, services
from ni.web.portal.recognised import EXPECTED, FOUND, recognised
from ni.web.security import AccessRule, authorised

bp = Blueprint("drift", __name__, url_prefix="/portal/drift")

DAY = timedelta(hours=24)


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """Events, newest first, those of this process included that are not written yet; the address lists in use."""
    drifts, range_index = services().drifts, services().monitor.range_index
    services().report_drift()
    return render_template(
        "portal/drift.html",
        events=[
            (one, recognised(one.drift.expected, EXPECTED), recognised(one.drift.found, FOUND))
            for one in drifts.recent()
        ],
        met=drifts.met_since(services().clock.now() - DAY),
        lists=[(one, range_index.is_stale(one)) for one in range_index.lists.values()],
        enforces=portal().options.enforces,
    )
