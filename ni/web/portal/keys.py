"""Keys: list, create (the text is shown on that one answer and never again), change, revoke after a question."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.access.refusals import MadeAlready, Refused
from ni.web.portal.context import person, services
from ni.web.portal.forms import blame, key_form, terms
from ni.web.portal.models import example_of
from ni.web.portal.services import KeyView
from ni.web.security import AccessRule, authorised

bp = Blueprint("keys", __name__, url_prefix="/portal/keys")


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """All keys of the account."""
    return render_template("portal/keys.html", keys=services().keys.list(person().account_id))


@bp.get("/new")
@authorised(AccessRule.OWNER)
def ask() -> ResponseReturnValue:
    """The form for a new key, with an id of its own."""
    return render_template("portal/key_new.html", form=key_form(), once=secrets.token_hex(16))


@bp.post("/new")
@authorised(AccessRule.OWNER)
def create() -> ResponseReturnValue:
    """Make the key and show it in this answer: a redirect would have to keep its text somewhere."""
    form, once = key_form(request.form), request.form.get("once", "")[:64]
    if not form.validate():
        return render_template("portal/key_new.html", form=form, once=once), 400
    wanted = terms(form)
    try:
        created = services().keys.create(person().account_id, person().user_id, wanted, once)
    except Refused as refusal:
        problem = blame(form, refusal, {"expires_at": "expires_on"})
        return render_template("portal/key_new.html", form=form, problem=problem, once=once), 400
    except MadeAlready:
        flash(
            gettext("This key was made already, and its text is shown once only. It is in the list."),
            "warning",
        )
        return redirect(url_for("keys.show"), 303)
    listed = services().routes.listed(person().account_id)
    routes = [
        route
        for route in listed.routes
        if route.tier in wanted.tiers and (wanted.byok or route.id not in listed.own)
    ]
    return render_template("portal/key_created.html", key=created, terms=wanted, example=example_of(routes))


@bp.get("/<key_id>")
@authorised(AccessRule.OWNER)
def edit(key_id: str) -> ResponseReturnValue:
    """The form with what was decided before."""
    key = _find(key_id)
    return render_template("portal/key_edit.html", key=key, form=key_form(terms=key.terms))


@bp.post("/<key_id>")
@authorised(AccessRule.OWNER)
def change(key_id: str) -> ResponseReturnValue:
    """Store what was decided now."""
    key, form = _find(key_id), key_form(request.form)
    if not form.validate():
        return render_template("portal/key_edit.html", key=key, form=form), 400
    try:
        services().keys.change(person().account_id, key_id, terms(form))
    except Refused as refusal:
        problem = blame(form, refusal, {"expires_at": "expires_on"})
        return render_template("portal/key_edit.html", key=key, form=form, problem=problem), 400
    flash(gettext("The key “%(name)s” is changed.", name=form.name.data), "success")
    return redirect(url_for("keys.show"), 303)


@bp.get("/<key_id>/revoke")
@authorised(AccessRule.OWNER)
def confirm(key_id: str) -> ResponseReturnValue:
    """Ask before refusing the key for good."""
    return render_template("portal/key_revoke.html", key=_find(key_id))


@bp.post("/<key_id>/revoke")
@authorised(AccessRule.OWNER)
def revoke(key_id: str) -> ResponseReturnValue:
    """Refuse the key from now on."""
    key = _find(key_id)
    services().keys.revoke(person().account_id, key_id)
    flash(gettext("The key “%(name)s” is revoked.", name=key.terms.name), "success")
    return redirect(url_for("keys.show"), 303)


def _find(key_id: str) -> KeyView:
    key = services().keys.find(person().account_id, key_id)
    if key is None or key.revoked_at is not None:
        abort(404)
    return key
