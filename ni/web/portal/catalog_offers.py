"""Catalog updates, for the operator: what the shipped catalog offers, to be taken over one by one or all at once."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from ni.catalog.sheet import CatalogFault
from ni.web.portal.context import services
from ni.web.security import AccessRule, authorised

bp = Blueprint("catalog_offers", __name__, url_prefix="/portal/catalog-updates")


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """The offers that were not declined."""
    return render_template("portal/catalog_offers.html", offers=services().offers.open())


@bp.post("")
@authorised(AccessRule.OPERATOR)
def decide() -> ResponseReturnValue:
    """Take or decline the offer of the button, or take all; an offer that is gone by now is left out."""
    offers, form = services().offers, request.form
    named = {form.get("take"), form.get("decline")}
    chosen = [offer for offer in offers.open() if "take_all" in form or offer.id in named]
    if "decline" in form:
        offers.decline(chosen)
        flash(gettext("It is not offered again until the shipped catalog changes it."), "success")
        return redirect(url_for("catalog_offers.show"), 303)
    try:
        offers.take(chosen)
    except CatalogFault as fault:
        flash(gettext("Not taken over: %(reason)s", reason=str(fault)), "error")
    else:
        services().catalog.refresh()
        text = ngettext("%(num)d change is taken over.", "%(num)d changes are taken over.", len(chosen))
        flash(text, "success")
    return redirect(url_for("catalog_offers.show"), 303)
