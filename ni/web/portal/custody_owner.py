"""What owners do about their account's records: see the key that links them, erase what a record discloses.

Erasing takes a field's value and its salt and leaves its digest, so that the log and every receipt given out stay
valid; that it happened, why and who asked goes on record itself.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from ni.web.portal.context import person, services
from ni.web.portal.forms import PageForm, entered, printable
from ni.web.portal.services_instance import Erasing
from ni.web.security import AccessRule, authorised

bp = Blueprint("custody_owner", __name__, url_prefix="/portal/custody")


class ErasingForm(PageForm):
    """Which fields, and why."""

    names = SelectMultipleField(lazy_gettext("Fields"))
    reason = StringField(
        lazy_gettext("Reason"),
        [InputRequired(), Length(max=200), printable],
        description=lazy_gettext("Stays on record for good, so write no personal data here."),
    )


@bp.get("/account-key")
@authorised(AccessRule.OWNER)
def ask_key() -> ResponseReturnValue:
    """What the key is good for, and whether to show it."""
    return render_template("portal/account_key.html", key=None)


@bp.post("/account-key")
@authorised(AccessRule.OWNER)
def show_key() -> ResponseReturnValue:
    """The key, in this answer."""
    key = services().custody.account_key(person().account_id)
    return render_template("portal/account_key.html", key=key, missing=key is None)


@bp.get("/<request_id>/erase")
@authorised(AccessRule.OWNER)
def ask(request_id: str) -> ResponseReturnValue:
    """What the record still discloses, and which of it to erase."""
    return _page(request_id, _form(request_id))


@bp.post("/<request_id>/erase")
@authorised(AccessRule.OWNER)
def erase(request_id: str) -> ResponseReturnValue:
    """Erase the chosen fields, or all of them with the other button."""
    form, whole = _form(request_id), "whole" in request.form
    fit = form.validate()
    if not whole and not form.names.data:
        form.names.errors = [lazy_gettext("Choose at least one field, or erase the whole record.")]
        fit = False
    if not fit:
        return _page(request_id, form), 400
    names = None if whole else frozenset(form.names.data or ())
    wish = Erasing(names, entered(form.reason).strip(), person().user_id)
    count = services().custody.erase(person().account_id, request_id, wish)
    said = ngettext(
        "%(num)s field was erased. Receipts given out before stay valid.",
        "%(num)s fields were erased. Receipts given out before stay valid.",
        count,
    )
    flash(said, "success")
    return redirect(url_for("custody.record", request_id=request_id), 303)


def _form(request_id: str) -> ErasingForm:
    """The form for one record; a record that there is not, and one without a log, cannot be erased from."""
    custody = services().custody
    if not custody.receipts or custody.record(person().account_id, request_id) is None:
        abort(404)
    form = ErasingForm(request.form if request.method == "POST" else None)
    disclosed = custody.fields(person().account_id, request_id)
    form.names.choices = [SelectChoice(name, text) for name, text in disclosed.items()]
    return form


def _page(request_id: str, form: ErasingForm) -> str:
    return render_template("portal/custody_erase.html", form=form, request_id=request_id)
