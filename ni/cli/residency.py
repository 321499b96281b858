"""`ni residency`: fetch the address lists of the clouds, or read them from files, and show their age and source.

The processes of this `NI_HOME` use new lists within a minute, without a restart. A list that shrank, lacks regions or
is older than the stored one is refused without `--accept`.
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
from ni.residency.ip_ranges import VENDORS
from ni.residency.range_store import AddressList, RangeIndex, RangeStore
from ni.residency.refresh import Intake, ListResult, Refresher, files_in
from ni.residency.rules import MENDS, Refusal
from ni.store.journal import DirectJournal
from ni.web.metrics import Metrics


def add_residency(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `residency refresh` and `residency show`."""
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
    """Fetch or read lists and store them; 1 if one of them was refused."""
    clock = SystemClock()
    intake = Intake(_range_store(context), clock, insist=wanted.accept)
    gained = (
        _fetched(context, intake) if not (wanted.file or wanted.from_directory) else _taken(intake, wanted)
    )
    for result in gained:
        if result.fault:
            context.say(f"{result.name}: not taken, {result.fault}.")
    taken = [result.stored for result in gained if result.stored]
    context.give(
        [{**_row(listed), "taken": True} for listed in taken]
        + [{"list": result.name, "taken": False, "why": result.fault} for result in gained if result.fault],
        *(
            f"{listed.name}: {listed.rows} rows as of {listed.as_of:%Y-%m-%d}, from {listed.source}"
            for listed in taken
        ),
    )
    return int(any(result.fault for result in gained))


def show(context: Context, wanted: argparse.Namespace) -> None:
    """Print rows, date, hash and source of each stored list."""
    lists = _range_index(context, SystemClock()).lists
    context.give(
        [_row(listed) for listed in lists.values()],
        *(f"{listed.name}: {listed.rows} rows as of {listed.as_of:%Y-%m-%d}, {listed.sha256}, from {listed.source}"
          for listed in lists.values()),
    )  # fmt: skip
    if not lists:
        context.say("There are no address lists here; `python -m ni residency refresh` fetches them.")


def list_checks(context: Context) -> list[Check]:
    """A line of `doctor` per list: how old it is."""
    index = _range_index(context, SystemClock())
    mend = "Run `python -m ni residency refresh`, with --file where there is no internet."
    return [
        Check(
            f"address list {vendor.name}",
            not index.is_stale(listed),
            f"as of {listed.as_of:%Y-%m-%d}",
            mend,
            needed=False,
        )
        if (listed := index.lists.get(vendor.name))
        else Check(f"address list {vendor.name}", False, "none yet", mend, needed=False)
        for vendor in VENDORS
    ]


def deployment_checks(context: Context) -> list[Check]:
    """A line of `doctor` per deployment whose tags disagree with its claim, or whose address lists are too old."""
    gateway = Gateway(context.settings, context.secrets, DirectJournal, Metrics(), NoNames())
    checks: dict[str, Check] = {}
    for route in gateway.catalog.routes():
        decision = gateway.monitor.assess(route)
        if isinstance(decision, Refusal):
            name = f"{route.deployment.id} residency"
            checks[name] = Check(name, False, decision.reason, MENDS[decision.fault.rule], needed=False)
    return list(checks.values())


def _taken(intake: Intake, wanted: argparse.Namespace) -> list[ListResult]:
    """Store the lists of the named files, or of a folder. Raises `CliError` where there are none."""
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


def _range_store(context: Context) -> RangeStore:
    home = context.settings.home
    if not home.is_dir():
        raise CliError(f"There is no folder {home}; run `python -m ni init` first.")
    return RangeStore(home / "ranges")


def _range_index(context: Context, clock: Clock) -> RangeIndex:
    return RangeIndex(_range_store(context), (), clock, timedelta(days=context.settings.ranges_days))


def _row(listed: AddressList) -> dict[str, object]:
    return {
        "list": listed.name,
        "rows": listed.rows,
        "as_of": rfc3339(listed.as_of),
        "sha256": listed.sha256,
        "source": listed.source,
    }
