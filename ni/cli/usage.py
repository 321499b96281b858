"""`ni usage`: requests, tokens and charges of an account over days, by route, key, person, day or jurisdiction."""

import argparse
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from ni.access.accounts import Account
from ni.cli.context import Commands, Context, table
from ni.cli.keys import day
from ni.domain.money import format_amount
from ni.metering.days import day_of
from ni.metering.usage_queries import Days, Filter, Reports

USUAL_DAYS = 30
COLUMNS: Mapping[str, str] = MappingProxyType(
    {"route": "route", "key": "key_id", "person": "key_id", "day": "day", "jurisdiction": "jurisdiction"}
)
"""The column of the daily totals for each choice of `--by`; a person is who owns the key."""
_SUMS: Mapping[str, str] = MappingProxyType(
    {"requests": "requests", "prompt_tokens": "prompt_tokens", "completion_tokens": "output_tokens"}
)
"""Names in the JSON, as in `GET /api/usage`, and the columns of the totals."""


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `usage`."""
    parser = commands.add_parser("usage", parents=[shared], help="show what an account used and was charged")
    parser.add_argument("--account", help="name or id (default: default)")
    parser.add_argument("--since", type=day, metavar="DATE", help="first day (default: 30 days ago)")
    parser.add_argument("--until", type=day, metavar="DATE", help="last day (default: today)")
    parser.add_argument("--by", choices=list(COLUMNS), default="route", help="(default: %(default)s)")
    parser.set_defaults(run=show_usage)


def show_usage(context: Context, wanted: argparse.Namespace) -> None:
    """Print the sums of each part and of all; days are the account's."""
    account = context.account(wanted.account)
    days = _days(context, account, wanted)
    column = COLUMNS[wanted.by]
    rows = Reports(context.database).totals(account.id, Filter(), days, by=[column])
    names: Mapping[str, str] = {}
    if wanted.by == "key":
        names = {key.id: key.spec.name for key in context.keys_of(account).list()}
    if wanted.by == "person":
        owners = {key.id: key.owner_id for key in context.keys_of(account).list()}
        rows = _by_owner(rows, owners)
        names = {user.id: user.name for user in context.users.list()}
    currency = context.settings.currency
    parts = [_part(wanted.by, row, str(row[column]), names) for row in rows]
    shown = {"account": account.id, "since": days.since, "until": days.until, "currency": currency}
    context.give({**shown, "data": parts}, *_lines(wanted.by, parts, rows, currency))
    context.say(f"{account.name}, {days.since} to {days.until}, in {currency}.")


def _by_owner(rows: Iterable[Mapping[str, Any]], owners: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Sums by key as sums by who owns it, under the same name."""
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        owner = owners.get(row["key_id"], "")
        part = sums.setdefault(owner, {"key_id": owner})
        for name in (*_SUMS.values(), "ni_charge_nanos"):
            part[name] = part.get(name, 0) + row[name]
    return list(sums.values())


def _days(context: Context, account: Account, wanted: argparse.Namespace) -> Days:
    until = wanted.until or date.fromisoformat(day_of(context.base.clock.now(), account.time_zone))
    since = wanted.since or until - timedelta(days=USUAL_DAYS - 1)
    return Days(since.isoformat(), until.isoformat())


def _part(by: str, row: Mapping[str, Any], value: str, names: Mapping[str, str]) -> dict[str, Any]:
    named = {"name": names.get(value, "")} if by in ("key", "person") else {}
    sums = {name: int(row[column]) for name, column in _SUMS.items()}
    return {by: value, **named, **sums, "ni_charge": format_amount(row["ni_charge_nanos"])}


def _lines(by: str, parts: list[dict[str, Any]], rows: list[Mapping[str, Any]], currency: str) -> list[str]:
    """A table with a line for each part and one for all."""
    if not parts:
        return ["No requests in these days."]
    head = (by, "requests", "tokens in", "tokens out", f"charge ({currency})")
    body = [
        (
            part.get("name") or part[by] or "-",
            *(f"{part[name]:,}" for name in _SUMS),
            part["ni_charge"],
        )
        for part in parts
    ]
    whole = sum(int(row["ni_charge_nanos"]) for row in rows)
    total = ("total", *(f"{sum(part[name] for part in parts):,}" for name in _SUMS), format_amount(whole))
    return table([head, *body, total])
