"""`ni provider` and `ni deployment`: the operator's credentials of providers, and where routes run.

Secrets are read from standard input alone. A credential is tried when it is stored.
"""

import argparse
import json
import sys
from collections.abc import Mapping

from ni.access.platform_credentials import CredentialSlot
from ni.catalog.placing import SHARED, Proposal
from ni.catalog.sheet import CatalogFault
from ni.cli.context import CliError, Commands, Context, table, who_runs_this
from ni.domain.errors import NotFound
from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.gateway.provider_setup import CredentialTrial
from ni.privacy.names import NoNames
from ni.store.journal import DirectJournal
from ni.web.admin.providers import slot_object, trial_object
from ni.web.metrics import Metrics

PLATFORM = sorted(name for name, known in PROVIDERS.items() if known.platform)


def add_providers(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `provider set`, `list`, `test` and `remove`."""
    group = commands.add_parser(
        "provider", help="the instance's own credentials of providers, in place of variables"
    ).add_subparsers(required=True)
    store = group.add_parser(
        "set", parents=[shared], help="store a credential: a JSON object of its fields on standard input"
    )
    listing = group.add_parser("list", parents=[shared], help="list what fills each place, without secrets")
    test = group.add_parser("test", parents=[shared], help="ask a provider whether it takes its credential")
    remove = group.add_parser("remove", parents=[shared], help="forget a stored credential")
    for parser, run in (
        (store, set_provider),
        (listing, list_providers),
        (test, test_provider),
        (remove, forget),
    ):
        if parser is not listing:
            parser.add_argument(
                "name", help=f"a provider ({', '.join(PLATFORM)}), or the variable that `list` names"
            )
        parser.set_defaults(run=run)


def gateway_of(context: Context) -> Gateway:
    """The objects of a serving process, for one command. Raises `SchemaError`."""
    _ = context.base
    return Gateway(
        context.settings, context.secrets, DirectJournal, Metrics(), NoNames(), acting=who_runs_this
    )


def _slot(gateway: Gateway, name: str) -> CredentialSlot:
    """The slot of that name, or the usual one of a provider. Raises `CliError`."""
    usual = PROVIDERS[name].platform[0].chief.setting if name in PLATFORM else name
    try:
        return gateway.setup.state(usual).slot
    except NotFound:
        raise CliError(f"There is no provider and no place for a credential {name!r}.") from None


def set_provider(context: Context, wanted: argparse.Namespace) -> None:
    """Store a credential in place of the one before, and try it. Raises `CliError`, `Refused`."""
    gateway = gateway_of(context)
    slot = _slot(gateway, wanted.name)
    gateway.setup.store(slot.name, _given(slot), "command line")
    context.say("Stored. Servers that run use it within 5 seconds.")
    _told(context, gateway, slot.name)


def _given(slot: CredentialSlot) -> Mapping[str, Secret]:
    names = ", ".join(each.field.name for each in slot.fields)
    try:
        given = json.loads(sys.stdin.read())
        return {name: Secret(value) for name, value in given.items() if isinstance(value, str)}
    except (ValueError, AttributeError):
        raise CliError(f"Write a JSON object with these fields on standard input: {names}.") from None


def _told(context: Context, gateway: Gateway, name: str) -> bool:
    """Try a credential and print what came of it; whether it was taken."""
    tried = gateway.setup.tried(name)
    context.say(_sentence(tried))
    context.give({**slot_object(gateway.setup.state(name)), "tried": trial_object(tried)}, name)
    return tried.problem is None


def _sentence(tried: CredentialTrial) -> str:
    return f"Not accepted: {tried.problem.message}" if tried.problem else f"{tried.route} answered."


def list_providers(context: Context, wanted: argparse.Namespace) -> None:
    """List every place for a credential and what fills it, never a secret."""
    states = gateway_of(context).setup.states()
    rows = [
        (
            state.slot.provider,
            state.slot.name,
            state.state,
            state.variable,
            f"{state.callable}/{state.routes}",
        )
        for state in states
    ]
    context.give(
        [slot_object(state) for state in states],
        *table([("provider", "name", "state", "variable", "callable routes"), *rows]),
    )


def test_provider(context: Context, wanted: argparse.Namespace) -> int:
    """Ask a provider with what is in force; 1 if it refuses. Raises `CliError`."""
    gateway = gateway_of(context)
    return int(not _told(context, gateway, _slot(gateway, wanted.name).name))


def forget(context: Context, wanted: argparse.Namespace) -> None:
    """Forget a stored credential. Raises `CliError`."""
    gateway = gateway_of(context)
    slot = _slot(gateway, wanted.name)
    if not gateway.setup.remove(slot.name):
        raise CliError(f"No credential is stored for {slot.name}.")
    context.give({"name": slot.name, "removed": True})


def add_deployments(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `deployment list`, `add`, `route` and `remove`."""
    group = commands.add_parser(
        "deployment", help="where routes run: add, order and remove deployments"
    ).add_subparsers(required=True)
    listing = group.add_parser("list", parents=[shared], help="list deployments and what each still needs")
    add = group.add_parser("add", parents=[shared], help="add a deployment of a provider")
    add.add_argument("id", metavar="NAME")
    add.add_argument("--provider", required=True, choices=PLATFORM)
    for name in ("region", "jurisdiction"):
        add.add_argument(f"--{name}", required=True, help="as a catalog file has it")
    add.add_argument("--endpoint", default="", help="an address of its own")
    add.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="repeat for more")
    add.add_argument(
        "--credential", default=SHARED, metavar="FIELD", help=f"`{SHARED}`, or its own: the chief field"
    )
    route = group.add_parser("route", parents=[shared], help="set the deployments of a route, in order")
    route.add_argument("id", metavar="ROUTE")
    route.add_argument("names", nargs="+", metavar="NAME")
    remove = group.add_parser("remove", parents=[shared], help="delete a deployment that no route names")
    remove.add_argument("id", metavar="NAME")
    for parser in (add, route):
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and stop")
    for parser, run in ((listing, list_deployments), (add, add_deployment), (route, place), (remove, delete)):
        parser.set_defaults(run=run)


def list_deployments(context: Context, wanted: argparse.Namespace) -> None:
    """List the deployments of the catalog."""
    gateway = gateway_of(context)
    rows = [
        (
            each.id,
            each.provider,
            each.region,
            each.jurisdiction,
            gateway.missing_setting(each) or "configured",
        )
        for each in gateway.catalog.deployments()
    ]
    heads = ("id", "provider", "region", "jurisdiction", "state")
    context.give([dict(zip(heads, row, strict=True)) for row in rows], *table([heads, *rows]))


def add_deployment(context: Context, wanted: argparse.Namespace) -> None:
    """Add a deployment. Raises `CliError`."""
    options = (each.partition("=") for each in wanted.option)
    row = {name: getattr(wanted, name) for name in ("id", "provider", "region", "jurisdiction", "endpoint")}
    row["options"] = {name: value for name, _, value in options}
    gateway = gateway_of(context)
    try:
        proposal = gateway.placing.deployment(row, wanted.credential)
    except CatalogFault as fault:
        raise CliError(str(fault)) from fault
    _finish(context, gateway, proposal, wanted)


def place(context: Context, wanted: argparse.Namespace) -> None:
    """Set the deployments of a route; its switch stays. Raises `CliError`."""
    gateway = gateway_of(context)
    try:
        proposal = gateway.placing.route(wanted.id, wanted.names)
    except CatalogFault as fault:
        raise CliError(str(fault)) from fault
    _finish(context, gateway, proposal, wanted)


def _finish(context: Context, gateway: Gateway, proposal: Proposal, wanted: argparse.Namespace) -> None:
    """Say what changes, and apply it unless it was only to be said."""
    if not wanted.dry_run:
        gateway.placing.apply(proposal)
    lines = [f"{name}, {field}: {old or '-'} -> {new or '-'}" for name, field, old, new in proposal.lines]
    given = [{"what": name, "before": before, "after": after} for name, before, after in proposal.differences]
    context.give(
        {"id": wanted.id, "changes": given, "applied": not wanted.dry_run}, *(lines or ["Nothing differs."])
    )


def delete(context: Context, wanted: argparse.Namespace) -> None:
    """Delete a deployment. Raises `CliError`."""
    try:
        gateway_of(context).placing.remove(wanted.id)
    except CatalogFault as fault:
        raise CliError(str(fault)) from fault
    context.give({"id": wanted.id, "removed": True})
