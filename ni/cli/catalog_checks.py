"""`ni catalog check` and `ni catalog discover`: the catalog beside what its providers list now.

Providers are asked with the credentials of each deployment, through the egress; nothing of the catalog is changed. What
is discovered is printed as TOML for `ni catalog import`, switched off and without a price: both are the operator's.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace

from ni.catalog import changes
from ni.catalog.routes import build
from ni.catalog.sheet import Lifecycle, RouteRow, Sheet
from ni.catalog.write import write
from ni.cli.catalog_prices import add_price_checks, check_prices, door_of
from ni.cli.context import CliError, Commands, Context, table
from ni.domain.clock import SystemClock
from ni.domain.errors import Problem
from ni.domain.route import Deployment, Route
from ni.providers.base import ModelLister, ServedModel
from ni.providers.registry import Finding, build_providers, compare, lister_of, unknown

LOCAL, SANDBOX = "local", "sandbox"
_HEAD = ("route", "provider says", "lifecycle here", "context window")


def add_checks(group: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `check` and `discover` beside the other commands of the catalog."""
    checked = group.add_parser(
        "check", parents=[shared], help="ask providers whether they still serve each route"
    )
    add_price_checks(checked)
    checked.set_defaults(run=check)
    found = group.add_parser("discover", parents=[shared], help="print routes that could be added, as TOML")
    found.add_argument("provider", metavar="PROVIDER")
    found.set_defaults(run=discover)


def check(context: Context, wanted: argparse.Namespace) -> int:
    """Print a line per enabled route of each configured deployment.

    1 if a route is not served any more, or if a provider could not be asked: nothing is known then of its routes.

    With price files it compares those instead, and asks no provider.
    """
    sheet = _sheet(context)
    if wanted.prices or wanted.import_from:
        return check_prices(context, sheet, wanted)
    rows: list[tuple[str, str, str, str]] = []
    gone = unasked = False
    for deployment, lister in _configured(context, sheet):
        routes = [_route(row, deployment) for row in sheet.routes if row.deployment == deployment.id]
        try:
            findings = compare((route for route in routes if route.enabled), lister.list_models(deployment))
        except Problem as problem:
            context.say(f"{deployment.id}: {problem.message}")
            unasked = True
            continue
        rows += map(_line, findings)
        gone = gone or any(finding.served is None for finding in findings)
    listed = [dict(zip(("route", "served", "lifecycle", "context_window"), row, strict=True)) for row in rows]
    context.give(listed, *table([_HEAD, *rows]))
    return int(gone or unasked)


def discover(context: Context, wanted: argparse.Namespace) -> None:
    """Print what the provider's configured deployments serve and the catalog lacks. Raises `CliError`."""
    sheet = _sheet(context)
    rows: list[RouteRow] = []
    asked: list[Deployment] = []
    for deployment, lister in _configured(context, sheet):
        if deployment.provider == wanted.provider:
            asked.append(deployment)
            rows += _candidates(sheet, deployment, lister)
    if not asked and wanted.provider in (LOCAL, SANDBOX):
        raise CliError(
            f"Nothing is added by hand for {wanted.provider!r}: what the server lists is callable as it is."
        )
    if not asked:
        raise CliError(
            f"No deployment of {wanted.provider!r} is configured and can be asked; see `ni doctor`."
        )
    text = write(Sheet(tuple(asked), tuple(rows)))
    context.give({"toml": text, "routes": [row.id for row in rows]}, text)


def _candidates(sheet: Sheet, deployment: Deployment, lister: ModelLister) -> Iterator[RouteRow]:
    """Rows shaped like the first route of the deployment, which fixes tier, suffix, region and jurisdiction."""
    ours = [row for row in sheet.routes if row.deployment == deployment.id]
    if not ours:
        return
    try:
        served = lister.list_models(deployment)
    except Problem as problem:
        raise CliError(f"{deployment.id}: {problem.message}") from problem
    for found in unknown([_route(row, deployment) for row in ours], served):
        yield replace(
            ours[0],
            id=f"{deployment.provider}/{found.model}{ours[0].suffix}",
            upstream_model=found.model,
            lifecycle=Lifecycle(found.lifecycle),
            enabled=False,
            capabilities={"context_window": found.context_window} if found.context_window else {},
            prices=(),
        )


def _sheet(context: Context) -> Sheet:
    context.require_database()
    return changes.read(context.database)


def _configured(context: Context, sheet: Sheet) -> Iterator[tuple[Deployment, ModelLister]]:
    """Deployments that can be asked, and who asks."""
    egress, lookup = door_of(context), context.settings.lookup
    providers = build_providers(egress, lookup)
    try:
        for deployment in sheet.deployments:
            provider, lister = providers.get(deployment.provider), lister_of(deployment.provider, providers)
            if provider and lister and provider.missing(deployment) is None:
                yield deployment, lister
    finally:
        egress.forget()


def _route(row: RouteRow, deployment: Deployment) -> Route:
    return build(row, deployment, SystemClock().now().date())


def _line(finding: Finding) -> tuple[str, str, str, str]:
    route, served = finding.route, finding.served or ServedModel("", "not listed any more")
    here = route.capabilities.context_window
    window = f"{here}" if served.context_window in (0, here) else f"{here}, there {served.context_window}"
    return route.id, served.lifecycle, route.lifecycle, window
