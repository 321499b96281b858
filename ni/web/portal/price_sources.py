"""The catalog beside price files, for the operator: where they disagree, and which prices to take over.

The files are those that `ni catalog check --prices` reads. Nothing changes by itself: what is ticked becomes new prices
from a day on, with a record, and what a source is silent about stays.
"""

import json
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from ni.catalog.load import price_table, read_price
from ni.catalog.price_comparison import Comparison, compared, priced_routes
from ni.catalog.price_lists import SOURCES, NoPriceFile, parse, read_prices
from ni.catalog.sheet import CatalogFault
from ni.domain.route import Price
from ni.providers.base import aside
from ni.web.portal.context import services
from ni.web.portal.price_form import component_label
from ni.web.security import AccessRule, authorised

bp = Blueprint("price_sources", __name__, url_prefix="/portal/price-sources")

MOST_BYTES = 16 * 1024 * 1024


@bp.get("")
@authorised(AccessRule.OPERATOR)
def show() -> ResponseReturnValue:
    """Ask for a file."""
    return _page("", Comparison())


@bp.post("")
@authorised(AccessRule.OPERATOR, form_bytes=MOST_BYTES)
def compare() -> ResponseReturnValue:
    """Set the catalog beside the file that was sent; nothing is kept of it."""
    sent = request.files.get("file")
    routes = priced_routes(services().editor.read(), _today())
    found: list[tuple[str, Comparison]] = []

    def read() -> None:
        source, prices = read_prices(parse(sent.read() if sent else b""))
        found.append((source, compared(routes, prices, _today().isoformat())))

    try:
        aside(read)
    except NoPriceFile as fault:
        return _page("", Comparison(), gettext("The file %(reason)s.", reason=str(fault))), 400
    return _page(*found[0])


@bp.post("/take")
@authorised(AccessRule.OPERATOR)
def take() -> ResponseReturnValue:
    """Write the ticked prices, all or none."""
    since = request.form.get("since", "")
    try:
        date.fromisoformat(since)
        new = {name: _read(name, since) for name in request.form.getlist("take")}
        services().editor.add_prices(new)
    except (CatalogFault, ValueError) as fault:
        flash(gettext("Not taken over: %(reason)s", reason=str(fault)), "error")
        return redirect(url_for("price_sources.show"), 303)
    services().catalog.refresh()
    text = ngettext(
        "%(num)d new price holds from %(day)s.", "%(num)d new prices hold from %(day)s.", len(new), day=since
    )
    flash(text, "success")
    return redirect(url_for("prices.show"), 303)


def _today() -> date:
    return services().clock.now().date()


def _read(route_id: str, since: str) -> Price:
    row = json.loads(request.form.get(f"price:{route_id}", "{}"))
    return read_price({**row, "since": since}, f"route `{route_id}`")


def _page(source: str, found: Comparison, problem: str = "") -> str:
    return render_template(
        "portal/price_sources.html",
        source=source,
        found=found,
        by_route={name: [one for one in found.differing if one.route == name] for name in found.offered},
        tables={name: json.dumps(price_table(price)) for name, price in found.offered.items()},
        known=", ".join(one.name for one in SOURCES),
        today=_today().isoformat(),
        problem=problem,
        component_label=component_label,
    )
