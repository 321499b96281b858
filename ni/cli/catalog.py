"""`ni catalog`: import and export the catalog as TOML, compare it with the shipped one and with what providers list.

`check` and `discover` ask providers with the credentials of each deployment, through the HTTP client for upstreams, and
change nothing in the catalog. `discover` prints TOML for `ni catalog import`: routes that are switched off and have no
price, which are left to the operator. The checks of `ni doctor` for deployments are here too.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from ni.catalog import changes
from ni.catalog.load import SHIPPED, load, write
from ni.catalog.offers import CatalogOffers
from ni.catalog.routes import build
from ni.catalog.sheet import CatalogFault, Lifecycle, RouteRow, Sheet
from ni.cli.apply import access_of
from ni.cli.catalog_prices import add_price_checks, check_prices, make_egress, only
from ni.cli.context import Check, CliError, Commands, Context, table
from ni.domain.clock import SystemClock
from ni.domain.errors import Problem, UpstreamBusy
from ni.domain.route import Deployment, Route
from ni.factory.gateway import Gateway
from ni.privacy.names import NoNames
from ni.providers.base import ModelLister, ServedModel
from ni.providers.openai_compatible import Local
from ni.providers.registry import Finding, build_providers, compare, lister_of, unknown
from ni.store.journal import DirectJournal
from ni.web.metrics import Metrics

LOCAL, SANDBOX = "local", "sandbox"
_HEAD = ("route", "provider says", "lifecycle here", "context window")


def add_catalog(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `catalog import`, `export`, `diff`, `check` and `discover`."""
    group = commands.add_parser("catalog", help="import, export and check routes and prices").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    importing = group.add_parser("import", parents=[shared], help="lay a TOML file over the catalog")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.set_defaults(run=import_catalog)
    exporting = group.add_parser("export", parents=[shared], help="print the catalog as TOML")
    exporting.set_defaults(run=export_catalog)
    differing = group.add_parser(
        "diff", parents=[shared], help="say what the shipped catalog offers, and take it over on request"
    )
    differing.add_argument(
        "--shipped", action="store_true", required=True, help="compare with the shipped one"
    )
    differing.add_argument("--take", action="append", default=[], metavar="ITEM", help="repeat for more")
    differing.add_argument("--take-all", action="store_true", help="take over everything that is offered")
    differing.add_argument("--decline", action="append", default=[], metavar="ITEM", help="offer it no more")
    differing.set_defaults(run=diff)
    _add_checks(group, shared)


def _add_checks(group: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `check` and `discover`."""
    checked = group.add_parser(
        "check", parents=[shared], help="ask providers whether they still serve each route"
    )
    add_price_checks(checked)
    checked.set_defaults(run=check)
    discovering = group.add_parser(
        "discover", parents=[shared], help="print routes that could be added, as TOML"
    )
    discovering.add_argument("provider", metavar="PROVIDER")
    discovering.set_defaults(run=discover)


def import_catalog(context: Context, wanted: argparse.Namespace) -> None:
    """Check a file and lay it over the catalog; nothing that it leaves out is deleted."""
    imported = _import(context, wanted.file)
    context.give(
        asdict(imported),
        f"{len(imported.added)} routes added, {len(imported.updated)} changed, "
        f"{len(imported.left)} not in the file and left as they are.",
        *([f"Deployments changed: {', '.join(imported.deployments)}."] if imported.deployments else []),
        *(f"Changed: {line} USD per million tokens." for line in imported.prices),
    )


def export_catalog(context: Context, wanted: argparse.Namespace) -> None:
    """Print the catalog in the shape that `import` reads."""
    _ = context.base
    text = write(changes.read(context.database))
    context.give({"toml": text}, text)


def diff(context: Context, wanted: argparse.Namespace) -> None:
    """Take or decline the offers that are named; print those that are open. Raises `CliError` for an unknown item."""
    context.require_database()
    offers = CatalogOffers(context.database, context.base.journal, SystemClock(), context.base.activity)
    found = {offer.id: offer for offer in offers.open()}
    unknown_items = [item for item in (*wanted.take, *wanted.decline) if item not in found]
    if unknown_items:
        raise CliError(f"The shipped catalog does not offer {unknown_items[0]!r}.")
    declined = [found[item] for item in wanted.decline]
    chosen = (
        [offer for offer in found.values() if offer not in declined]
        if wanted.take_all
        else [found[item] for item in wanted.take]
    )
    try:
        offers.take(chosen)
    except CatalogFault as fault:
        raise CliError(str(fault)) from fault
    offers.decline(declined)
    for offer in chosen:
        context.say(f"Taken: {offer.id}.")
    left = offers.open()
    rows = [{"item": one.id, "here": one.here, "shipped": one.shipped} for one in left]
    lines = table([("item", "here", "shipped"), *((one.id, one.here, one.shipped) for one in left)])
    context.give(rows, *(lines if left else ("The shipped catalog offers nothing new.",)))


def import_shipped(context: Context) -> str:
    """Import the shipped catalog into an empty one; one that has routes is left as it is. Returns what was done."""
    known = changes.read(context.database).routes
    if known:
        return f"The catalog has {len(known)} routes."
    return f"Imported {len(_import(context, SHIPPED).added)} routes."


def check(context: Context, wanted: argparse.Namespace) -> int:
    """Print a line per enabled route of each configured deployment; with price files compare prices instead.

    Returns 1 if a route is no longer served or a provider could not be asked.
    """
    sheet = only(_sheet(context), wanted.route)
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
    """Rows for served models that the catalog lacks, copied from the deployment's first route but for the model.

    Raises `CliError` where the provider cannot be asked.
    """
    ours = [row for row in sheet.routes if row.deployment == deployment.id]
    if not ours:
        return
    try:
        served = lister.list_models(deployment)
    except Problem as problem:
        raise CliError(f"{deployment.id}: {problem.message}") from problem
    for served_model in unknown([_route(row, deployment) for row in ours], served):
        yield replace(
            ours[0],
            id=f"{deployment.provider}/{served_model.model}{ours[0].suffix}",
            upstream_model=served_model.model,
            lifecycle=Lifecycle(served_model.lifecycle),
            enabled=False,
            capabilities={"context_window": served_model.context_window}
            if served_model.context_window
            else {},
            prices=(),
        )


def provider_checks(context: Context) -> Iterable[Check]:
    """One line per deployment of the catalog: configured, or what to set; and whether the local server answers."""
    gateway = Gateway(context.settings, context.secrets, DirectJournal, Metrics(), NoNames())
    for name in gateway.setup.closed():
        mend = f"Enter it again: `python -m ni provider set {name}`."
        yield Check(name, False, "the stored credential does not open", mend, needed=False)
    for deployment in changes.read(context.database).deployments:
        provider = gateway.providers.get(deployment.provider)
        if provider is None:
            mend = "Leave its routes as they are, or upgrade."
            yield Check(deployment.id, False, "this version does not speak to it", mend, needed=False)
            continue
        missing = provider.missing(deployment)
        yield Check(deployment.id, missing is None, "configured" if missing is None else "not configured",
                    missing or "", needed=False)  # fmt: skip
        if missing is None and isinstance(provider, Local):
            yield _local_server(provider, deployment)


def _local_server(provider: Local, deployment: Deployment) -> Check:
    name = f"{deployment.id} server"
    try:
        return Check(
            name, True, f"serves {', '.join(provider.models(deployment)) or 'no model'}", needed=False
        )
    except UpstreamBusy:  # its message is for callers; the operator has to act
        mend = "Start it, or mend its address: nobody answers there."
    except Problem as problem:
        mend = problem.message
    return Check(name, False, "does not answer", mend, needed=False)


def _import(context: Context, path: Path) -> changes.ImportResult:
    try:
        sheet = load(path)
    except (CatalogFault, OSError) as fault:
        raise CliError(f"{path}: {fault}") from fault
    return changes.store(sheet, context.database, context.base.journal, context.base.activity)


def _sheet(context: Context) -> Sheet:
    context.require_database()
    return changes.read(context.database)


def _configured(context: Context, sheet: Sheet) -> Iterator[tuple[Deployment, ModelLister]]:
    """The deployments that are set up and can list their models, with the client that lists them."""
    egress, lookup = make_egress(context), access_of(context).platform_credentials.lookup
    providers = build_providers(egress, lookup)
    try:
        for deployment in sheet.deployments:
            provider = providers.get(deployment.provider)
            lister = lister_of(deployment.provider, providers)
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
