"""`ni account credit` and `ni account statement`: what prepaid accounts are granted, and what became of it.

Credit counts once `NI_PREPAID` is on; granting it before is allowed, so that nobody is locked out by the switch.
"""

import argparse
from typing import Any

from ni.cli.context import Context
from ni.domain.money import format_amount, parse_signed_amount
from ni.metering.balance import Balances
from ni.web.exports import STATEMENT_COLUMNS, statement_cells, statement_csv


def add_credit(group: Any, shared: argparse.ArgumentParser) -> None:
    """Register both under `account`."""
    credit = group.add_parser("credit", parents=[shared], help="grant an account credit")
    credit.add_argument("name", help="the account's name")
    credit.add_argument("amount", type=_amount, help="e.g. 25.00, in NI_CURRENCY; -5.00 takes some back")
    credit.add_argument("--note", default="", help="why, for the statement")
    credit.set_defaults(run=give_credit)
    statement = group.add_parser("statement", parents=[shared], help="list grants and daily charges")
    statement.add_argument("name", help="the account's name")
    statement.add_argument("--csv", action="store_true", help="as CSV")
    statement.set_defaults(run=show_statement)


def give_credit(context: Context, wanted: argparse.Namespace) -> None:
    """Grant credit and print the balance."""
    account = context.account(wanted.name)
    balance = _balances(context).grant(account.id, account.time_zone, wanted.amount, wanted.note)
    shown = format_amount(balance.nanos)
    currency = context.settings.currency
    if not context.settings.prepaid:
        context.say("NI_PREPAID is off: balances are kept and not looked at.")
    context.give({"id": account.id, "balance": shown, "currency": currency}, f"{shown} {currency}")


def show_statement(context: Context, wanted: argparse.Namespace) -> None:
    """Print the statement, oldest line first."""
    lines = _balances(context).statement(context.account(wanted.name).id)
    rows = [dict(zip(STATEMENT_COLUMNS, statement_cells(line), strict=True)) for line in lines]
    text = (
        "".join(statement_csv(lines)).splitlines()
        if wanted.csv
        else ["  ".join(row.values()) for row in rows]
    )
    context.give(rows, *text)


def _balances(context: Context) -> Balances:
    base = context.base
    return Balances(base.database, base.journal, base.clock, base.random)


def _amount(text: str) -> int:
    """Nanos of a decimal, with a sign."""
    try:
        return parse_signed_amount(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount such as 25.00") from fault
