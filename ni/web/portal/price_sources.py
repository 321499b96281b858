"""The catalog beside price files, for the operator: where they disagree, and which prices to take over.

The files are those that `ni catalog check --prices` reads, sent here or fetched by their address. Nothing changes by
itself: what is ticked becomes new prices from a day on, with a record, and what a source is silent about stays.
"""

import json
from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from ni.catalog.load import price_table, read_price
from ni.catalog.price_comparison import Comparison, compared, priced_routes, source_text
from ni.catalog.price_lists import KNOWN, MOST_BYTES, SOURCES, parse, read_prices
from ni.catalog.sheet import CatalogFault
from ni.domain.errors import BadRequest
from ni.domain.route import Price
from ni.providers.base import aside
from ni.web.i18n import translated_message
from ni.web.portal.context import services
from ni.web.portal.price_form import component_label
from ni.web.security import AccessRule, authorised

bp = Blueprint("price_sources", __name__, url_prefix="/portal/price-sources")


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
    return _compared(lambda: sent.read() if sent else b"")


@bp.post("/fetch")
@authorised(AccessRule.OPERATOR)
def fetch() -> ResponseReturnValue:
    """Set the catalog beside the file at an address; nothing is kept of either."""
    address = request.form.get("address", "")
    return _compared(lambda: services().fetch_prices(address), address)


def _compared(read: Callable[[], bytes], address: str = "") -> ResponseReturnValue:
    """The page with what disagrees, or with the reason why the file cannot be read."""
    today = _today()
    routes = priced_routes(services().editor.read(), today)
    found: list[tuple[str, Comparison]] = []

    def compare_all() -> None:
        source, prices = read_prices(parse(octets), today)
        offered = compared(routes, prices, today.isoformat(), source_text(source, today))
        found.append((source, offered))

    try:
        octets = read()
        aside(compare_all)
    except BadRequest as problem:
        return _page("", Comparison(), translated_message(problem), address), 400
    return _page(*found[0], address=address)


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
        "%(num)d new price applies from %(day)s.",
        "%(num)d new prices apply from %(day)s.",
        len(new),
        day=since,
    )
    flash(text, "success")
    return redirect(url_for("prices.show"), 303)


def _today() -> date:
    return services().clock.now().date()


def _read(route_id: str, since: str) -> Price:
    row = json.loads(request.form.get(f"price:{route_id}", "{}"))
    return read_price({**row, "since": since}, f"route `{route_id}`")


def _page(source: str, found: Comparison, problem: str = "", address: str = "") -> str:
    return render_template(
        "portal/price_sources.html",
        source=source,
        found=found,
        by_route={name: [one for one in found.differing if one.route == name] for name in found.offered},
        tables={name: json.dumps(price_table(price)) for name, price in found.offered.items()},
        known=KNOWN,
        sources=SOURCES,
        address=address,
        today=_today().isoformat(),
        problem=problem,
        component_label=component_label,
    )
