"""`ni catalog check --prices` and `--import-from`: compare the catalog's prices with price files, or import them.

A file is a path, or a URL that is fetched with bounded size and time. An import adds new dated prices and changes no
old one, so that earlier charges can still be explained; a class that the file does not price keeps its price.
"""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ni.catalog.editing import CatalogEditor
from ni.catalog.price_comparison import compared, priced_routes, source_text
from ni.catalog.price_lists import KNOWN, MOST_BYTES, Difference, parse, read_prices
from ni.catalog.price_sources.quotes import PriceList, Quote
from ni.catalog.sheet import CatalogFault, Sheet
from ni.cli.context import CliError, Context, read_bounded, table
from ni.domain.clock import SystemClock
from ni.domain.errors import BadRequest
from ni.domain.money import format_amount
from ni.domain.route import Price, Route
from ni.factory.gateway import CONNECT_S
from ni.gateway.price_fetch import fetched
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector, system_resolve

NAMED = 20
"""How many routes without a quotation are named in words."""


def price_list(context: Context, place: str) -> tuple[str, PriceList]:
    """The name of the source at a path or URL, and its prices by route.

    Both reading and looking up raise `CliError`.
    """
    try:
        source, prices = read_prices(parse(_octets(context, place)), _today())
    except OSError as fault:
        raise CliError(f"{place}: {fault}") from fault
    except BadRequest as problem:
        raise CliError(f"{place}: {problem.message}") from problem

    def quote(route: Route) -> Quote | None:
        try:
            return prices(route)
        except BadRequest as problem:
            raise CliError(f"{place}: {problem.message}") from problem

    return source, quote


def make_egress(context: Context) -> EgressClient:
    """An HTTP client for this command; call `forget` on it at the end."""
    clock = SystemClock()
    return EgressClient(Connector(context.settings.private_networks, system_resolve, clock, CONNECT_S), clock)


def _octets(context: Context, place: str) -> bytes:
    if not place.startswith(("http://", "https://")):
        return read_bounded(Path(place), MOST_BYTES)
    egress = make_egress(context)
    try:
        return fetched(egress, place)
    finally:
        egress.forget()


def _today() -> date:
    return datetime.now(UTC).date()


_HEAD = ("route", "USD per million", "here", "there", "source", "listed as")


def add_price_checks(checked: argparse.ArgumentParser) -> None:
    """Add the options to `catalog check`."""
    checked.add_argument(
        "--prices",
        nargs="+",
        metavar="PATH_OR_URL",
        default=[],
        help=f"compare prices with these files; known are those of {KNOWN}",
    )
    checked.add_argument(
        "--import-from", metavar="PATH_OR_URL", help="write the prices of one such file as new dated prices"
    )
    checked.add_argument(
        "--as-of", metavar="DATE", help="the day from which imported prices hold, e.g. 2026-12-01"
    )
    checked.add_argument(
        "--route", action="append", metavar="ROUTE", help="only this route; may be given several times"
    )


def check_prices(context: Context, sheet: Sheet, wanted: argparse.Namespace) -> int:
    """Compare prices and return 1 if some differ, or import them and return 0. Raises `CliError`."""
    routes = priced_routes(sheet, _today())
    if wanted.import_from:
        return _import(context, sheet, routes, wanted)
    if wanted.as_of:
        raise CliError("--as-of belongs to --import-from.")
    differing: list[tuple[str, Difference]] = []
    quoted: set[str] = set()
    for place in wanted.prices:
        source, prices = price_list(context, place)
        found = compared(routes, prices, "")
        quoted |= found.quoted
        differing += [(source, difference) for difference in found.differing]
    unquoted = [route.id for route in routes if route.id not in quoted]
    _show(context, differing, sorted(quoted), unquoted)
    return int(bool(differing))


def _show(
    context: Context, differing: list[tuple[str, Difference]], quoted: list[str], unquoted: list[str]
) -> None:
    differ = {difference.route for _, difference in differing}
    rows = [_line(source, difference) for source, difference in differing]
    context.give(
        {
            "differences": [_plain(source, difference) for source, difference in differing],
            "agree": [route for route in quoted if route not in differ],
            "unquoted": unquoted,
        },
        *(table([_HEAD, *rows]) if rows else ()),
    )
    context.say(f"{len(quoted) - len(differ)} routes agree, {len(differ)} differ.")
    if unquoted:
        further = f" and {len(unquoted) - NAMED} more (--json names all)" if len(unquoted) > NAMED else ""
        context.say(f"No file quotes {', '.join(unquoted[:NAMED])}{further}.")


def _import(context: Context, sheet: Sheet, routes: list[Route], wanted: argparse.Namespace) -> int:
    since = _day(wanted.as_of)
    source, prices = price_list(context, wanted.import_from)
    new = compared(routes, prices, since, source_text(source, _today())).offered
    _refuse_unfit(sheet, new, since)
    if new:
        base = context.base
        try:
            CatalogEditor(base.database, base.journal, base.activity).add_prices(new)
        except CatalogFault as fault:
            raise CliError(str(fault)) from fault
    context.give(
        {"source": source, "since": since, "routes": list(new)},
        *(f"{name}: a new price since {since}" for name in new),
    )
    context.say(f"{len(new)} prices imported from {source}; those before stay.")
    return 0


def _refuse_unfit(sheet: Sheet, new: Mapping[str, Price], since: str) -> None:
    """Raise `CliError` unless each price is later than its route's others."""
    for row in sheet.routes:
        latest = max((price.since for price in row.prices), default="")
        if row.id in new and since <= latest:
            raise CliError(
                f"{row.id} has a price since {latest}; choose a later day with --as-of or --route."
            )


def only(sheet: Sheet, routes: list[str] | None) -> Sheet:
    """The sheet with these routes alone, all where none are named. Raises `CliError` for one that is not there."""
    known = {row.id for row in sheet.routes}
    for name in routes or ():
        if name not in known:
            raise CliError(f"There is no route {name!r}; `ni catalog export` lists them.")
    chosen = tuple(row for row in sheet.routes if not routes or row.id in routes)
    return replace(sheet, routes=chosen)


def _day(text: str | None) -> str:
    if not text:
        raise CliError("--import-from needs --as-of DATE: the day from which the prices hold.")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as fault:
        raise CliError(f"--as-of takes a date such as 2026-12-01, not {text!r}.") from fault


def _line(source: str, difference: Difference) -> tuple[str, ...]:
    kind = difference.kind.replace("_", " ") + (
        f" above {difference.above:,} tokens" if difference.above else ""
    )
    return (
        difference.route,
        kind,
        _amount(difference.here),
        _amount(difference.there),
        source,
        difference.listed_as,
    )


def _plain(source: str, difference: Difference) -> dict[str, Any]:
    here = None if difference.here is None else _amount(difference.here)
    return {**asdict(difference), "here": here, "there": _amount(difference.there), "source": source}


def _amount(nanos: int | None) -> str:
    return "none" if nanos is None else format_amount(nanos)
