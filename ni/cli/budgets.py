"""`ni budget`: list, set and remove what a key, a person, a tag or an account may spend in a day or a month."""

import argparse

from ni.access.members import Members
from ni.cli.context import CliError, Commands, Context, table
from ni.domain.money import format_amount, parse_amount
from ni.factory.services import make_label_policy
from ni.metering.account_budgets import (
    ALERTS,
    AccountBudgets,
    BudgetRefused,
    BudgetScope,
    BudgetSpan,
    BudgetSpec,
    BudgetStanding,
    BudgetTools,
)
from ni.web.exports import budget_object

_HEAD = ("id", "scope", "subject", "window", "limit", "spent", "held", "resets at")


def add_budgets(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `budget list`, `budget set` and `budget remove`."""
    group = commands.add_parser("budget", help="limit what keys, people, tags and accounts spend")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = verbs.add_parser("list", parents=[shared], help="list the budgets of an account")
    listing.set_defaults(run=list_budgets)
    setting = verbs.add_parser("set", parents=[shared], help="set a budget, or change one that there is")
    setting.add_argument("amount", type=_limit, metavar="AMOUNT", help="e.g. 25.00, in NI_CURRENCY")
    setting.add_argument("--window", choices=list(BudgetSpan), type=BudgetSpan, required=True)
    whose = setting.add_mutually_exclusive_group()
    whose.add_argument("--key", metavar="ID", help="of a key, as `key list` shows it")
    whose.add_argument("--person", metavar="EMAIL", help="of all keys of a person")
    whose.add_argument("--tag", help="of requests with this `X-NI-Tag` (default: of the whole account)")
    setting.add_argument(
        "--alerts", type=_alerts, default=ALERTS, metavar="PERCENT", help="when to tell people: 50,80,100"
    )
    setting.set_defaults(run=set_budget)
    removing = verbs.add_parser("remove", parents=[shared], help="remove a budget")
    removing.add_argument("id", help="as `budget list` shows it")
    removing.set_defaults(run=remove_budget)
    for parser in (listing, setting, removing):
        parser.add_argument("--account", help="name or id (default: default)")


def _limit(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write an amount such as 25.00") from None


def _alerts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError("write percentages such as 50,80,100") from None


def list_budgets(context: Context, wanted: argparse.Namespace) -> None:
    """Print the budgets of an account with what was spent and is held of them."""
    budgets = _budgets(context, wanted)
    standings, currency = budgets.list(), context.settings.currency
    objects = [budget_object(standing, budgets.resets_at(standing), currency) for standing in standings]
    rows = [
        tuple(
            str(row[name])
            for name in ("id", "scope", "subject", "window", "limit", "spent", "held", "resets_at")
        )
        for row in objects
    ]
    context.give(objects, *(table([_HEAD, *rows]) if rows else ()))


def set_budget(context: Context, wanted: argparse.Namespace) -> None:
    """Set a budget and print it."""
    budgets = _budgets(context, wanted)
    try:
        standing = budgets.set(_spec(context, wanted))
    except BudgetRefused as refusal:
        raise CliError(str(refusal)) from refusal
    context.give(
        budget_object(standing, budgets.resets_at(standing), context.settings.currency),
        _line(context, standing),
    )


def remove_budget(context: Context, wanted: argparse.Namespace) -> None:
    """Remove a budget."""
    if not _budgets(context, wanted).remove(wanted.id):
        raise CliError(f"The account has no budget {wanted.id!r}; `ni budget list` shows those it has.")
    context.give({"id": wanted.id, "removed": True}, "The budget is removed.")


def _budgets(context: Context, wanted: argparse.Namespace) -> AccountBudgets:
    account, base = context.account(wanted.account), context.base
    tools = BudgetTools(base.database, base.journal, base.clock, base.random, base.activity)
    return AccountBudgets(tools, account.id, account.time_zone, "command line")


def _spec(context: Context, wanted: argparse.Namespace) -> BudgetSpec:
    scope, subject, title = _subject(context, wanted)
    return BudgetSpec(scope, subject, wanted.window, wanted.amount, title, wanted.alerts)


def _subject(context: Context, wanted: argparse.Namespace) -> tuple[BudgetScope, str, str]:
    """Scope, subject and title. Raises `CliError` for a key or person that the account does not have."""
    account = context.account(wanted.account)
    if wanted.tag:
        policy = make_label_policy(context.settings, context.secrets)
        return BudgetScope.TAG, policy.filter_label(account.id, wanted.tag), wanted.tag
    if wanted.key:
        if context.keys_of(account).get(wanted.key) is None:
            raise CliError(f"The account has no key with the id {wanted.key!r}; `ni key list` shows the ids.")
        return BudgetScope.KEY, wanted.key, ""
    if wanted.person:
        people = {member.email: member.user_id for member in Members(context.base, account.id).list()}
        if wanted.person not in people:
            raise CliError(
                f"Nobody in the account has the address {wanted.person!r}; `ni user list` shows who has."
            )
        return BudgetScope.PERSON, people[wanted.person], wanted.person
    return BudgetScope.ACCOUNT, "", ""


def _line(context: Context, standing: BudgetStanding) -> str:
    amounts = (format_amount(nanos) for nanos in (standing.spent_nanos, standing.spec.limit_nanos))
    return f"{standing.id}  {' of '.join(amounts)} {context.settings.currency} spent"
