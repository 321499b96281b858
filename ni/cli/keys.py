"""`ni key`: create, list and revoke API keys. The text of a key is printed once, on standard output, by `create`."""

import argparse
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ni.access.account_keys import ALL_TIERS, Key, KeySpec
from ni.cli.context import CliError, Commands, Context
from ni.domain.clock import rfc3339
from ni.domain.money import format_amount, parse_amount
from ni.domain.pii_labels import Label
from ni.domain.route import Tier


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `key create`, `key list` and `key revoke`."""
    group = commands.add_parser("key", help="create, list and revoke API keys").add_subparsers(required=True)
    create = group.add_parser("create", parents=[shared], help="make a key and print it, once")
    _options(create)
    create.set_defaults(run=create_key)
    listing = group.add_parser("list", parents=[shared], help="list the keys of an account")
    listing.add_argument("--account", help="name or id (default: default)")
    listing.set_defaults(run=list_keys)
    revoke = group.add_parser("revoke", parents=[shared], help="end a key for good")
    revoke.add_argument("id", help="as `key list` shows it")
    revoke.set_defaults(run=revoke_key)


def _options(create: argparse.ArgumentParser) -> None:
    create.add_argument("--name", required=True, help="what the key is for")
    create.add_argument("--account", help="name or id (default: default)")
    create.add_argument(
        "--tier",
        action="append",
        choices=[tier.value for tier in Tier],
        help="a tier that it may call; repeat for more (default: all)",
    )
    create.add_argument(
        "--max-spend-per-day", type=_amount, metavar="AMOUNT", help="e.g. 5.00, in NI_CURRENCY"
    )
    create.add_argument("--rpm", type=int, metavar="N", help="requests per minute")
    create.add_argument("--byok", action="store_true", help="use the account's own provider credentials")
    create.add_argument(
        "--pii", choices=["on", "off"], default="on", help="substitute personal data (default: on)"
    )
    create.add_argument(
        "--pii-may-disable", action="store_true", help="a request may switch substitution off"
    )
    create.add_argument(
        "--min-evidence",
        choices=["A", "B", "C"],
        default="",
        help="least evidence of residency (default: any)",
    )
    create.add_argument(
        "--strict", action="store_true", help="an unknown model name is an error, never answered in prose"
    )
    create.add_argument(
        "--block",
        action="append",
        type=str.upper,
        choices=[label.value for label in Label],
        metavar="LABEL",
        help="refuse calls that hold personal data of this kind, e.g. CREDIT_CARD; repeat for more",
    )
    create.add_argument("--expires", type=_date, metavar="DATE", help="last day it works, e.g. 2027-06-30")


def create_key(context: Context, wanted: argparse.Namespace) -> None:
    """Make a key; it ends with the day `--expires` in the account's time zone."""
    account = context.account(wanted.account)
    ends: datetime | None = None
    if wanted.expires:
        midnight = datetime.combine(wanted.expires + timedelta(days=1), time(), ZoneInfo(account.time_zone))
        ends = midnight.astimezone(UTC)
    spec = KeySpec(
        wanted.name,
        frozenset(map(Tier, wanted.tier)) if wanted.tier else ALL_TIERS,
        wanted.max_spend_per_day,
        wanted.rpm,
        wanted.byok,
        wanted.pii == "on",
        wanted.pii_may_disable,
        ends,
        wanted.min_evidence,
        wanted.strict,
        frozenset(map(Label, wanted.block or ())),
    )
    made = context.keys_of(account).create(spec, "command line")
    context.say("This key is shown once; keep it like a password:")
    context.give({"key": made.text.reveal(), "id": made.id}, made.text.reveal())


def list_keys(context: Context, wanted: argparse.Namespace) -> None:
    """List the keys of an account, never their text."""
    found, now = context.keys_of(context.account(wanted.account)).list(), context.base.clock.now()
    context.give([_shown(key, now) for key in found], *(_line(key, now) for key in found))


def revoke_key(context: Context, wanted: argparse.Namespace) -> None:
    """End a key of any account: whoever runs this command is the operator."""
    if not any(context.keys_of(account).revoke(wanted.id) for account in context.accounts.list()):
        raise CliError(f"There is no live key with the id {wanted.id!r}; `ni key list` shows the ids.")
    context.say("The key is revoked; servers that run refuse it within 5 seconds.")
    context.give({"id": wanted.id, "revoked": True})


def _shown(key: Key, now: datetime) -> dict[str, object]:
    spec = key.spec
    return {
        "id": key.id,
        "name": spec.name,
        "status": _standing(key, now),
        "last4": key.last4,
        "tiers": sorted(spec.tiers),
        "max_spend_per_day": None if spec.cap_nanos is None else format_amount(spec.cap_nanos),
        "rpm": spec.rpm,
        "byok": spec.byok,
        "pii": spec.pii,
        "pii_may_disable": spec.pii_may_disable,
        "min_evidence": spec.min_evidence or None,
        "strict": spec.strict,
        "block_labels": sorted(spec.block_labels),
        "created_at": rfc3339(key.created_at),
        "last_used_at": _instant(key.last_used_at),
        "expires_at": _instant(spec.expires_at),
        "revoked_at": _instant(key.revoked_at),
    }


def _line(key: Key, now: datetime) -> str:
    blocks = f"  blocks {', '.join(sorted(key.spec.block_labels))}" if key.spec.block_labels else ""
    return f"{key.id}  {_standing(key, now):7}  ...{key.last4}  {key.spec.name}{blocks}"


def _standing(key: Key, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.spec.expires_at and key.spec.expires_at <= now else "live"


def _instant(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _amount(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write an amount such as 5.00") from None


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("write a date such as 2027-06-30") from None
