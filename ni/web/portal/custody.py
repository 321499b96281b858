"""Custody: the state of the log, and one request's record with its hops drawn as a path.

The receipt is offered only where the instance makes receipts; its file is what the offline verifier reads.
"""

from datetime import datetime

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ni.domain.reply import Outcome
from ni.web.portal.context import person, services
from ni.web.portal.figures import UsageFilter
from ni.web.security import AccessRule, authorised

bp = Blueprint("custody", __name__, url_prefix="/portal/custody")

LATEST = 10


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The log, a search by request id, the newest records."""
    wanted = request.args.get("id", "").strip()[:64]
    account_id = person().account_id
    if wanted and services().custody.record(account_id, wanted) is not None:
        return redirect(url_for("custody.record", request_id=wanted), 303)
    return render_template(
        "portal/custody.html",
        log=services().custody.log(),
        wanted=wanted,
        rows=services().usage.rows(account_id, UsageFilter(), LATEST).rows,
    )


@bp.get("/<request_id>")
@authorised(AccessRule.SESSION)
def record(request_id: str) -> ResponseReturnValue:
    """One record."""
    found = services().custody.record(person().account_id, request_id)
    if found is None:
        abort(404)
    return render_template(
        "portal/custody_record.html",
        record=found,
        at=datetime.fromisoformat(found["created_at"]) if found["created_at"] else None,
        receipts=services().custody.receipts,
        verdict=services().custody.verdict(person().account_id, request_id),
        charge=services().usage.charge(person().account_id, request_id),
        outcomes=frozenset(Outcome),
    )


@bp.get("/<request_id>/receipt")
@authorised(AccessRule.SESSION)
def receipt(request_id: str) -> ResponseReturnValue:
    """The receipt as a file."""
    octets = services().custody.receipt(person().account_id, request_id)
    if octets is None:
        abort(404)
    name = f"receipt-{request_id}.json"
    return Response(
        octets,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
