"""One route's prices and its place in the catalog, for the operator: changed after a preview of the difference.

The fields are those of the catalog file and are read as such. The state of a route, its order and its end are here
too: a route is switched off, withdrawn (nobody calls it any more, it stays listed), or deleted.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from ni.catalog.check import check_prices
from ni.catalog.price_parts import compare_prices
from ni.catalog.routes import price_in_force
from ni.catalog.sheet import CatalogFault, Lifecycle, RouteRow
from ni.domain.route import Price, Tier
from ni.web.portal.context import services
from ni.web.portal.forms import PageForm
from ni.web.portal.price_form import HourlyPriceForm, PriceForm, component_label, values_of
from ni.web.security import AccessRule, authorised

bp = Blueprint("route_prices", __name__, url_prefix="/portal/prices")
_HOUR = "usd_per_hour"


@bp.get("/<path:route_id>")
@authorised(AccessRule.OPERATOR)
def ask(route_id: str) -> ResponseReturnValue:
    """The prices of a route by day, and the forms that change them."""
    row = _row(route_id)
    now = price_in_force(row.prices, _today())
    return _page(row, PriceForm(data={"since": _today(), **values_of(now)}))


@bp.post("/<path:route_id>/preview")
@authorised(AccessRule.OPERATOR)
def preview(route_id: str) -> ResponseReturnValue:
    """What a new price changes, component by component; nothing is written."""
    row = _row(route_id)
    form = _form(request.form)
    price, problem = _entered(row, form)
    if price is None:
        return _page(row, form, problem), 400
    before = price_in_force(row.prices, date.fromisoformat(price.since))
    return render_template(
        "portal/price_preview.html",
        row=row,
        price=price,
        before=before,
        replaces=any(known.since == price.since for known in row.prices),
        changes=compare_prices(before, price),
        answers=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        component_label=component_label,
        today=_today().isoformat(),
    )


@bp.post("/<path:route_id>")
@authorised(AccessRule.OPERATOR)
def apply(route_id: str) -> ResponseReturnValue:
    """Write the price that was looked at."""
    row = _row(route_id)
    form = _form(request.form)
    price, problem = _entered(row, form)
    if price is None:
        return _page(row, form, problem), 400
    try:
        services().editor.set_price(route_id, price)
    except CatalogFault as fault:
        return _page(row, form, _not_taken(fault)), 400
    return _done(route_id, gettext("The price is saved. Every process follows within 5 seconds."))


@bp.post("/<path:route_id>/withdraw")
@authorised(AccessRule.OPERATOR)
def withdraw(route_id: str) -> ResponseReturnValue:
    """Delete a price that has not begun."""
    _row(route_id)
    try:
        services().editor.withdraw_price(route_id, request.form.get("since", ""), _today())
    except (CatalogFault, ValueError) as fault:
        return _undone(route_id, fault)
    return _done(route_id, gettext("The price is withdrawn."))


@bp.post("/<path:route_id>/state")
@authorised(AccessRule.OPERATOR)
def change_state(route_id: str) -> ResponseReturnValue:
    """Switch the route on or off, withdraw it or put it back, or move it in the order of lists."""
    row, editor, answers = _row(route_id), services().editor, request.form
    try:
        if "enabled" in answers:
            editor.switch(route_id, answers["enabled"] == "yes")
        elif "lifecycle" in answers:
            editor.set_state(route_id, Lifecycle(answers["lifecycle"]))
        else:
            order = [one.id for one in editor.read().routes]
            editor.move(row.id, int(answers.get("place") or order.index(row.id) + 1))
    except (CatalogFault, ValueError) as fault:
        return _undone(route_id, fault)
    return _done(route_id, gettext("Saved. Every process follows within 5 seconds."))


@bp.get("/<path:route_id>/delete")
@authorised(AccessRule.OPERATOR)
def confirm(route_id: str) -> ResponseReturnValue:
    """Ask before a route is deleted."""
    return render_template("portal/route_delete.html", row=_row(route_id))


@bp.post("/<path:route_id>/delete")
@authorised(AccessRule.OPERATOR)
def delete(route_id: str) -> ResponseReturnValue:
    """Delete a route that nobody can call any more."""
    _row(route_id)
    try:
        services().editor.delete_route(route_id)
    except CatalogFault as fault:
        return _undone(route_id, fault)
    services().catalog.refresh()
    flash(gettext("%(route)s is deleted. The activity log keeps what it was.", route=route_id), "success")
    return redirect(url_for("prices.show"), 303)


def _row(route_id: str) -> RouteRow:
    try:
        return services().editor.route(route_id)
    except CatalogFault:
        abort(404)


def _today() -> date:
    return services().clock.now().date()


def _form(answers: MultiDict[str, Any]) -> PriceForm | HourlyPriceForm:
    return HourlyPriceForm(answers) if _HOUR in answers else PriceForm(answers)


def _entered(row: RouteRow, form: PriceForm | HourlyPriceForm) -> tuple[Price | None, str]:
    """The price that was entered, or None and what is wrong with it; faults of a field stand beside it."""
    if not form.validate():
        return None, ""
    try:
        if isinstance(form, HourlyPriceForm):
            price = form.terms().price(str(form.since.data))
        else:
            price = form.price(f"route `{row.id}`")
        check_prices(replace(row, prices=(price,)))
    except CatalogFault as fault:
        return None, _not_taken(fault)
    except ValueError:
        return None, ""
    return price, ""


def _not_taken(fault: Exception) -> str:
    return str(gettext("Not taken over: %(reason)s", reason=str(fault)))


def _page(row: RouteRow, form: PageForm, problem: str = "") -> str:
    by_hour = form if isinstance(form, HourlyPriceForm) else HourlyPriceForm(data={"since": _today()})
    by_token = form if isinstance(form, PriceForm) else PriceForm(data={"since": _today(), **values_of(None)})
    now = price_in_force(row.prices, _today())
    order = [one.id for one in services().editor.read().routes]
    return render_template(
        "portal/route_prices.html",
        row=row,
        form=by_token,
        by_hour=by_hour if row.tier is Tier.OWN_HARDWARE else None,
        shown=form,
        problem=problem,
        now=now,
        prices=sorted(row.prices, key=lambda price: price.since, reverse=True),
        today=_today().isoformat(),
        place=order.index(row.id) + 1,
        places=len(order),
        states=list(Lifecycle),
    )


def _done(route_id: str, text: str) -> ResponseReturnValue:
    services().catalog.refresh()
    flash(text, "success")
    return redirect(url_for("route_prices.ask", route_id=route_id), 303)


def _undone(route_id: str, fault: Exception) -> ResponseReturnValue:
    flash(_not_taken(fault), "error")
    return redirect(url_for("route_prices.ask", route_id=route_id), 303)
