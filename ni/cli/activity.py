"""`ni activity list`: who changed what, from the records of administrative acts in the custody log."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ni.cli.context import Commands, Context, table
from ni.custody.activity import ActivityFilter, ActivityLog
from ni.domain.activity import OPERATOR
from ni.web.exports import activity_csv, activity_object

MOST = 100
_HEAD = ("when", "what", "who", "how", "from", "subject", "record")


def add_activity(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `activity list`."""
    group = commands.add_parser("activity", help="who changed what").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    listing = group.add_parser("list", parents=[shared], help="list administrative acts, newest first")
    whose = listing.add_mutually_exclusive_group()
    whose.add_argument("--account", help="name or id (default: all accounts and the instance)")
    whose.add_argument("--instance", action="store_true", help="what was done to the instance alone")
    listing.add_argument(
        "--kind", default="", help="key.revoked, or key for all about keys; several with commas"
    )
    listing.add_argument("--text", default="", help="only acts that hold this text")
    listing.add_argument("--since", type=_day, metavar="DATE", help="from this day on (UTC)")
    listing.add_argument(
        "--limit", type=int, default=MOST, metavar="N", help="at most (default: %(default)s)"
    )
    listing.add_argument("--csv", action="store_true", help="as CSV")
    listing.set_defaults(run=list_acts)


def list_acts(context: Context, wanted: argparse.Namespace) -> None:
    """Print acts, newest first."""
    account_id = OPERATOR if wanted.instance else None
    if wanted.account:
        account_id = context.account(wanted.account).id
    asked = ActivityFilter(wanted.kind, wanted.text, wanted.since)
    found = list(islice(ActivityLog(context.base.database).entries(account_id, asked), max(wanted.limit, 0)))
    objects = [activity_object(entry) for entry in found]
    if wanted.csv:
        context.give(objects, *"".join(activity_csv(found)).splitlines())
        return
    rows = [_row(one) for one in objects]
    context.give(objects, *(table([_HEAD, *rows]) if rows else ()))


def _row(shown: Mapping[str, Any]) -> tuple[str, ...]:
    named = {**shown, "name": shown["name"] or shown["subject"]}
    return tuple(str(named[name] or "-") for name in ("at", "kind", "who", "how", "from", "name", "record"))


def _day(text: str) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), datetime.min.time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("write a date such as 2027-06-30") from None
