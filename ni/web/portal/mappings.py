"""Mappings: model names that the account pinned to a route, from a chat or by number, each with an undo."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ni.web.portal.context import person, services
from ni.web.portal.usage_names import key_names
from ni.web.security import AccessRule, authorised

bp = Blueprint("mappings", __name__, url_prefix="/portal/mappings")


@bp.get("")
@authorised(AccessRule.SESSION)
def show() -> ResponseReturnValue:
    """All pinned names of the account, with the keys that pinned them."""
    account_id = person().account_id
    mappings = services().mappings.of(account_id)
    return render_template("portal/mappings.html", mappings=mappings, key_names=key_names(account_id))


@bp.post("/undo")
@authorised(AccessRule.OWNER)
def undo() -> ResponseReturnValue:
    """Forget one; the name goes in the form, because it may hold any character."""
    name = request.form.get("name", "")
    if services().mappings.unpin_all(person().account_id, name):
        flash(gettext("The alias “%(name)s” is deleted.", name=name), "success")
    else:
        flash(gettext("There is no alias “%(name)s”.", name=name), "warning")
    return redirect(url_for("mappings.show"), 303)
