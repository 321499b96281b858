"""What the other packages bring to the command line: the catalog, and what `doctor` asks of providers."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.catalog.sheet import CatalogFault
from ni.catalog.write import write
from ni.cli.catalog_checks import add_checks
from ni.cli.context import Check, CliError, Commands, Context, Parts
from ni.cli.custody import add_custody, custody_checks
from ni.cli.pii import pii_group
from ni.cli.residency import add_residency, deployment_checks, list_checks
from ni.domain.errors import Problem, UpstreamBusy
from ni.domain.route import Deployment
from ni.factory.gateway import Gateway, policy_of, start_names
from ni.privacy.detect import Detector, scan_text
from ni.privacy.names import NoNames
from ni.privacy.names.worker.pool import wait_until_ready
from ni.privacy.spans import FindingsCache, Span
from ni.providers.openai_compatible import Local
from ni.store.journal import DirectJournal
from ni.web.metrics import Metrics

READY_S = 60.0


def command_parts() -> Parts:
    """The groups, steps and checks for `ni.cli.main`."""
    return Parts(
        groups=(add_catalog, add_custody, add_residency, pii_group(whole_detection)),
        after_init=(import_shipped,),
        checks=(provider_checks, deployment_checks, list_checks, custody_checks),
    )


def add_catalog(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `catalog`."""
    group = commands.add_parser("catalog", help="import, export and check routes and prices").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    taken = group.add_parser("import", parents=[shared], help="lay a TOML file over the catalog")
    taken.add_argument("file", type=Path, metavar="FILE")
    taken.set_defaults(run=import_catalog)
    given = group.add_parser("export", parents=[shared], help="print the catalog as TOML")
    given.set_defaults(run=export_catalog)
    add_checks(group, shared)


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


def import_shipped(context: Context) -> str:
    """Lay the shipped catalog over an empty one; a catalog that an operator has changed is theirs."""
    known = changes.read(context.database).routes
    if known:
        return f"The catalog has {len(known)} routes."
    return f"Imported {len(_import(context, SHIPPED).added)} routes."


def provider_checks(context: Context) -> Iterable[Check]:
    """One line per deployment of the catalog: configured, or what to set; and whether the local server answers."""
    gateway = Gateway(context.settings, context.secrets, DirectJournal, Metrics(), NoNames())
    for deployment in changes.read(context.database).deployments:
        provider = gateway.providers.get(deployment.provider)
        if provider is None:
            found, mend = "this version does not speak to it", "Leave its routes as they are, or upgrade."
            yield Check(deployment.id, False, found, mend, needed=False)
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
    except UpstreamBusy:  # a caller is told to come back later; who runs it must do something
        mend = "Start it, or mend its address: nobody answers there."
    except Problem as problem:
        mend = problem.message
    return Check(name, False, "does not answer", mend, needed=False)


def _import(context: Context, path: Path) -> changes.ImportResult:
    try:
        sheet = load(path)
    except (CatalogFault, OSError) as fault:
        raise CliError(f"{path}: {fault}") from fault
    return changes.store(sheet, context.database, context.base.journal)


@contextmanager
def whole_detection(context: Context) -> Iterator[Callable[[Sequence[str]], list[list[Span]]]]:
    """All that would be protected in texts, each taken by itself, for `ni pii scan`."""
    pool = start_names(context.settings)
    try:
        if not wait_until_ready(pool, READY_S):
            raise CliError("The language models could not be loaded; see the lines above.")
        detector = Detector(pool, policy_of(context.settings), FindingsCache())

        def find(texts: Sequence[str]) -> list[list[Span]]:
            return [scan_text(detector, b"scan", text) for text in texts]

        yield find
    finally:
        pool.close()
