"""`ni residency`: fetch the address lists of the clouds, or take them from files, and show how they stand.

Lists taken here serve every process of this home within a minute, without a restart. A list that shrank, lacks regions
or is older than the one in place is refused unless `--accept` says that a person has looked at it.
"""

import argparse
from datetime import timedelta
from pathlib import Path

from ni.cli.context import Check, CliError, Commands, Context
from ni.domain.clock import Clock, SystemClock, rfc3339
from ni.factory.gateway import CONNECT_S, Gateway
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector, system_resolve
from ni.privacy.names import NoNames
from ni.residency.evidence import Refusal
from ni.residency.ip_ranges import VENDORS
from ni.residency.range_store import AddressList, RangeIndex, RangeStore
from ni.residency.refresh import Intake, ListResult, Refresher, files_in
from ni.residency.rules import MENDS
from ni.store.journal import DirectJournal
from ni.web.metrics import Metrics


def add_residency(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `residency`."""
    group = commands.add_parser(
        "residency", help="address lists by which residency is checked"
    ).add_subparsers(title="commands", metavar="COMMAND", required=True)
    fresh = group.add_parser(
        "refresh", parents=[shared], help="fetch the address lists, or take them from files"
    )
    source = fresh.add_mutually_exclusive_group()
    source.add_argument("--from-directory", type=Path, metavar="DIR", help="take every list in a folder")
    source.add_argument(
        "--file", type=Path, action="append", metavar="FILE", help="take a list; repeat for more"
    )
    fresh.add_argument(
        "--accept", action="store_true", help="take lists that shrank, lack regions or are older"
    )
    fresh.set_defaults(run=refresh)
    shown = group.add_parser("show", parents=[shared], help="show how the address lists stand")
    shown.set_defaults(run=show)


def refresh(context: Context, wanted: argparse.Namespace) -> int:
    """Take lists; 1 if one of them was not taken."""
    clock = SystemClock()
    intake = Intake(_shelf(context), clock, insist=wanted.accept)
    gained = (
        _fetched(context, intake) if not (wanted.file or wanted.from_directory) else _taken(intake, wanted)
    )
    for one in gained:
        if one.fault:
            context.say(f"{one.name}: not taken, {one.fault}.")
    taken = [one.stored for one in gained if one.stored]
    context.give(
        [{**_row(made), "taken": True} for made in taken]
        + [{"list": one.name, "taken": False, "why": one.fault} for one in gained if one.fault],
        *(f"{made.name}: {made.rows} rows as of {made.as_of:%Y-%m-%d}, from {made.source}" for made in taken),
    )
    return int(any(one.fault for one in gained))


def show(context: Context, wanted: argparse.Namespace) -> None:
    """Print a line per list: rows, age, hash and source."""
    lists = _range_index(context, SystemClock()).lists
    context.give(
        [_row(one) for one in lists.values()],
        *(f"{one.name}: {one.rows} rows as of {one.as_of:%Y-%m-%d}, {one.sha256}, from {one.source}"
          for one in lists.values()),
    )  # fmt: skip
    if not lists:
        context.say("There are no address lists here; `python -m ni residency refresh` fetches them.")


def list_checks(context: Context) -> list[Check]:
    """A line of `doctor` per list: how old it is."""
    range_index = _range_index(context, SystemClock())
    mend = "Run `python -m ni residency refresh`, with --file where there is no internet."
    return [
        Check(
            f"address list {vendor.name}",
            not range_index.is_stale(one),
            f"as of {one.as_of:%Y-%m-%d}",
            mend,
            needed=False,
        )
        if (one := range_index.lists.get(vendor.name))
        else Check(f"address list {vendor.name}", False, "none yet", mend, needed=False)
        for vendor in VENDORS
    ]


def deployment_checks(context: Context) -> list[Check]:
    """A line of `doctor` per deployment whose tags disagree with its claim, or whose address lists are too old."""
    gateway = Gateway(context.settings, context.secrets, DirectJournal, Metrics(), NoNames())
    found: dict[str, Check] = {}
    for route in gateway.catalog.routes():
        decision = gateway.monitor.assess(route)
        if isinstance(decision, Refusal):
            name = f"{route.deployment.id} residency"
            found[name] = Check(name, False, decision.reason, MENDS[decision.fault.rule], needed=False)
    return list(found.values())


def _taken(intake: Intake, wanted: argparse.Namespace) -> list[ListResult]:
    """Raises `CliError`."""
    paths: list[Path] = wanted.file or files_in(wanted.from_directory)
    if not paths:
        raise CliError(f"There is no .json file in {wanted.from_directory}.")
    return intake.take_files(paths)


def _fetched(context: Context, intake: Intake) -> list[ListResult]:
    connector = Connector(context.settings.private_networks, system_resolve, intake.clock, CONNECT_S)
    egress = EgressClient(connector, intake.clock)
    try:
        return Refresher(egress, intake).refresh([vendor.name for vendor in VENDORS])
    finally:
        egress.forget()


def _shelf(context: Context) -> RangeStore:
    home = context.settings.home
    if not home.is_dir():
        raise CliError(f"There is no folder {home}; run `python -m ni init` first.")
    return RangeStore(home / "ranges")


def _range_index(context: Context, clock: Clock) -> RangeIndex:
    return RangeIndex(_shelf(context), (), clock, timedelta(days=context.settings.ranges_days))


def _row(one: AddressList) -> dict[str, object]:
    return {
        "list": one.name,
        "rows": one.rows,
        "as_of": rfc3339(one.as_of),
        "sha256": one.sha256,
        "source": one.source,
    }
