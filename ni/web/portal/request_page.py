"""One request on one page: what happened and why, its timing, tokens, cost and masking, and the proof of it.

People come here from Usage, or with the id of the header `X-NI-Request-ID` in the search box of every page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.custody.record_reader import view
from ni.domain.timeline import Phase
from ni.web.portal.budgets import listed_budgets
from ni.web.portal.context import person, portal, services
from ni.web.portal.usage_views import usage_row
from ni.web.security import AccessRule, authorised

bp = Blueprint("request_page", __name__, url_prefix="/portal/requests")

BAR_WIDTH = 1000
LEAST_REST_US = 1000
"""Latency is kept in whole milliseconds: less than one says nothing. Settlement comes after it."""


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase of the request, or None for the rest of its time: how long it took, its part of the bar in SVG units."""

    phase: Phase | None
    span_us: int
    x: int
    width: int


def phase_spans(phases_us: Mapping[Phase, int], latency_ms: int) -> list[PhaseSpan]:
    """The phases in their order, then the rest of the latency, which fill the bar; empty for a row that knows none."""
    parts: dict[Phase | None, int] = dict(phases_us.items())
    measured_us = sum(phases_us.values()) - phases_us.get(Phase.SETTLE, 0)
    rest_us = 1000 * latency_ms - measured_us
    if phases_us and rest_us > LEAST_REST_US:
        parts[None] = rest_us
    whole, before, spans = sum(parts.values()), 0, []
    for phase, span_us in parts.items():
        if whole:
            x, end = before * BAR_WIDTH // whole, (before + span_us) * BAR_WIDTH // whole
            spans.append(PhaseSpan(phase, span_us, x, end - x))
        before += span_us
    return spans


@dataclass(frozen=True, slots=True)
class Timing:
    """When the first piece of the answer and its end came, in milliseconds, and the bar in SVG units."""

    first_ms: int | None
    total_ms: int

    @property
    def first_width(self) -> int:
        """The part of the bar before the first piece; all of it for an answer that came as a whole."""
        if self.first_ms is None or not self.total_ms:
            return BAR_WIDTH
        return min(BAR_WIDTH, self.first_ms * BAR_WIDTH // self.total_ms)


@bp.get("")
@authorised(AccessRule.SESSION)
def search() -> ResponseReturnValue:
    """To the request of the id that was typed; a page that says where ids stand if the account has none of it."""
    wanted = request.args.get("id", "").strip()[:64]
    if wanted and _known(wanted):
        return redirect(url_for("request_page.show", request_id=wanted), 303)
    return render_template("portal/request_search.html", wanted=wanted)


def _known(request_id: str) -> bool:
    account_id = person().account_id
    row = services().reports.row(account_id, request_id)
    return row is not None or bool(services().custody.records.entries(account_id, request_id))


@bp.get("/<request_id>")
@authorised(AccessRule.SESSION)
def show(request_id: str) -> ResponseReturnValue:
    """The request; the record alone where its row of usage is kept no more."""
    account_id, custody = person().account_id, services().custody
    entries = custody.records.entries(account_id, request_id)
    row = usage_row(account_id, request_id)
    if row is None:
        return redirect(url_for("custody.record", request_id=request_id), 303) if entries else abort(404)
    octets = custody.receipts.receipt(account_id, request_id)
    budget_id = row.used_up.budget_id if row.used_up else ""
    key = services().access.keys_of(account_id).get(row.key_id)
    return render_template(
        "portal/request.html",
        row=row,
        limit=row.used_up,
        budget=next((one for one in listed_budgets() if one.standing.id == budget_id), None)
        if budget_id
        else None,
        translated=gettext,
        key=key,
        timing=Timing(row.first_chunk_ms, row.latency_ms),
        spans=phase_spans(row.phases_us, row.latency_ms),
        record=view(entries, portal().options.jurisdiction) if entries else None,
        checked=custody.checker.check(octets) if octets is not None else None,
    )
