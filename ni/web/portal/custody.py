"""Custody: the state of the log, one request's record with its hops drawn as a path, its receipt, and erasing.

Erasing takes a field's value and its salt and leaves its digest, so that the log and every receipt given out stay
valid; that it happened, why and who asked goes on record itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from ni.custody.record_reader import StoredRecord, view
from ni.domain.errors import StoreUnavailable
from ni.domain.reply import Outcome
from ni.web.portal.context import person, portal, services
from ni.web.portal.forms import PageForm, entered, printable
from ni.web.portal.usage_choices import UsageFilter
from ni.web.portal.usage_views import usage_page
from ni.web.security import AccessRule, authorised

bp = Blueprint("custody", __name__, url_prefix="/portal/custody")

LATEST = 10


@dataclass(frozen=True, slots=True)
class LogState:
    """The custody log now: how many entries, its head as a signed note, and the keys that sign it."""

    size: int
    checkpoint: str
    public_keys: Sequence[str] = ()


class ErasureForm(PageForm):
    """Which fields, and why."""

    names = SelectMultipleField(lazy_gettext("Fields"))
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(), Length(max=200), printable],
        description=lazy_gettext("Stays on record for good, so write no personal data here."),
    )


def _log_state() -> LogState | None:
    """None before the log has begun."""
    signer = services().custody.signer
    try:
        signed = signer.newest()
    except StoreUnavailable:
        return None
    keys = [row.vkey for row in signer.logs.keys(signed.head.log_id)]
    return LogState(signed.head.size, signed.note, keys)


def _entries(request_id: str) -> list[StoredRecord]:
    return services().custody.records.entries(person().account_id, request_id)


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """The log, a search by request id, the newest records."""
    wanted = request.args.get("id", "").strip()[:64]
    if wanted and _entries(wanted):
        return redirect(url_for("custody.record", request_id=wanted), 303)
    rows = usage_page(person().account_id, UsageFilter(), LATEST).rows
    return render_template("portal/custody.html", log=_log_state(), wanted=wanted, rows=rows)


@bp.get("/<request_id>")
@authorised(AccessRule.SESSION)
def record(request_id: str) -> ResponseReturnValue:
    """One record, with what the verifier says of its receipt and what the request cost."""
    entries, custody, account_id = _entries(request_id), services().custody, person().account_id
    if not entries:
        abort(404)
    shown = view(entries, portal().options.jurisdiction)
    octets = custody.receipts.receipt(account_id, request_id)
    return render_template(
        "portal/custody_record.html",
        record=shown,
        at=datetime.fromisoformat(shown["created_at"]) if shown["created_at"] else None,
        checked=custody.checker.check(octets) if octets is not None else None,
        checked_at=services().clock.now(),
        charge=services().reports.row(account_id, request_id),
        outcomes=frozenset(Outcome),
    )


@bp.get("/<request_id>/receipt")
@authorised(AccessRule.SESSION)
def receipt(request_id: str) -> ResponseReturnValue:
    """The receipt as the file that the offline verifier reads."""
    if not _entries(request_id):
        abort(404)
    return receipt_file(person().account_id, request_id)


def receipt_file(account_id: str, request_id: str) -> Response:
    """The receipt of a record as a download; 404 if the account has none of this id."""
    octets = services().custody.receipts.receipt(account_id, request_id)
    if octets is None:
        abort(404)
    return Response(
        octets,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="receipt-{request_id}.json"'},
    )


@bp.get("/account-key")
@authorised(AccessRule.OWNER)
def ask_key() -> ResponseReturnValue:
    """What the key that links the account's records is good for, and whether to show it."""
    return render_template("portal/account_key.html", key=None)


@bp.post("/account-key")
@authorised(AccessRule.OWNER)
def show_key() -> ResponseReturnValue:
    """The key, in this response."""
    key = services().custody.show_account_key(person().account_id)
    return render_template("portal/account_key.html", key=key)


@bp.get("/<request_id>/erase")
@authorised(AccessRule.OWNER)
def ask_erasure(request_id: str) -> ResponseReturnValue:
    """What the record still discloses, and which of it to erase."""
    return _erasure_page(request_id, _erasure_form(request_id))


@bp.post("/<request_id>/erase")
@authorised(AccessRule.OWNER)
def erase(request_id: str) -> ResponseReturnValue:
    """Erase the chosen fields, or all of them with the other button."""
    form, whole = _erasure_form(request_id), "whole" in request.form
    valid = form.validate()
    if not whole and not form.names.data:
        form.names.errors = [lazy_gettext("Choose at least one field, or erase the whole record.")]
        valid = False
    if not valid:
        return _erasure_page(request_id, form), 400
    erasure, reason, user_id = services().custody.erasure, entered(form.reason).strip(), person().user_id
    row_of = person().account_id, request_id
    if whole:
        count = erasure.request(row_of, reason, user_id)
    else:
        count = erasure.fields(row_of, frozenset(form.names.data or ()), reason, user_id)
    message = ngettext(
        "%(num)s field was erased. Receipts given out before stay valid.",
        "%(num)s fields were erased. Receipts given out before stay valid.",
        count,
    )
    flash(message, "success")
    return redirect(url_for("custody.record", request_id=request_id), 303)


def _erasure_form(request_id: str) -> ErasureForm:
    """The form for one record of the account; 404 if it has none of that id."""
    entries = _entries(request_id)
    if not entries:
        abort(404)
    form = ErasureForm(request.form if request.method == "POST" else None)
    form.names.choices = [SelectChoice(name, text) for name, text in _disclosed(entries).items()]
    return form


def _disclosed(entries: Sequence[StoredRecord]) -> Mapping[str, str]:
    """What the records of a request still disclose, as text by name."""
    values = {name: value for entry in entries for name, value in entry.fields.items()}
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in sorted(values.items())
    }


def _erasure_page(request_id: str, form: ErasureForm) -> str:
    return render_template("portal/custody_erase.html", form=form, request_id=request_id)
