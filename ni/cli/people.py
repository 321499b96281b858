"""`ni user` and `ni account`: users, accounts, and the credit of prepaid accounts.

A password is never an argument, where other users of the machine could read it: it is read from standard input, or
chosen in the browser through a one-time link. Credit counts once `NI_PREPAID` is on; it can be granted before, so that
switching it on locks nobody out.
"""

import argparse
import sys
from typing import Any

from ni.access.accounts import TIME_ZONE, Role
from ni.access.invitations import Invitations
from ni.access.members import Members
from ni.access.onboarding import Link, Links, NewUser, Purpose
from ni.access.second_factor import forgotten, switched
from ni.access.sessions import ended_for
from ni.access.users import User
from ni.cli.context import CliError, Commands, Context, add_yes, table
from ni.custody.activity import ActivityLog
from ni.domain.ids import base64url
from ni.domain.money import format_amount, parse_signed_amount
from ni.domain.pii_labels import Label
from ni.domain.secret import Secret
from ni.metering.balance import Balances
from ni.web.admin.accounts import account_object, changed_settings, invitation_objects
from ni.web.exports import STATEMENT_COLUMNS, statement_cells, statement_csv


def add_credit(group: Any, shared: argparse.ArgumentParser) -> None:
    """Register `account credit` and `account statement`."""
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
    return Balances(base.database, base.journal, base.clock, base.random, base.activity)


def _amount(text: str) -> int:
    """Nanos of a signed decimal, for argparse."""
    try:
        nanos = parse_signed_amount(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount such as 25.00") from fault
    if not nanos:
        raise argparse.ArgumentTypeError("a grant of nothing changes nothing; give an amount such as 25.00")
    return nanos


def add_users(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `user create`, `list`, `promote`, `demote`, `move`, `remove`, the two resets, and invitations."""
    group = commands.add_parser("user", help="make users, let them back in").add_subparsers(required=True)
    _add_standing(group, shared)
    create = group.add_parser("create", parents=[shared], help="make a user")
    create.add_argument("email")
    create.add_argument("--name", default="", help="default: the part of the address before the @")
    create.add_argument("--account", help="account to join, by name or id (default: default)")
    create.add_argument("--role", choices=[role.value for role in Role], default=Role.OWNER.value)
    create.set_defaults(run=create_user)
    reset = group.add_parser("reset-password", parents=[shared], help="print a link to choose a new password")
    reset.add_argument("email")
    reset.set_defaults(run=reset_password)
    codes = group.add_parser(
        "reset-second-factor", parents=[shared], help="ask a user who lost it for no codes any more"
    )
    codes.add_argument("email")
    codes.set_defaults(run=reset_second_factor)
    for parser in (create, reset):
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )


def _add_standing(group: Commands, shared: argparse.ArgumentParser) -> None:
    listing = group.add_parser("list", parents=[shared], help="list users, their accounts and roles")
    listing.set_defaults(run=list_users)
    for verb, change, help_text in (
        ("promote", promote, "let a user run the instance"),
        ("demote", demote, "let an operator run the instance no more"),
    ):
        parser = group.add_parser(verb, parents=[shared], help=help_text)
        parser.add_argument("email")
        add_yes(parser)
        parser.set_defaults(run=change)
    move = group.add_parser("move", parents=[shared], help="take a user from one account to another")
    move.add_argument("email")
    move.add_argument(
        "--from", dest="leaves", metavar="ACCOUNT", help="name or id; left out, they stay where they are"
    )
    move.add_argument("--to", dest="account", required=True, metavar="ACCOUNT", help="name or id")
    move.add_argument("--role", choices=[role.value for role in Role], default=Role.MEMBER.value)
    move.set_defaults(run=move_user)
    remove = group.add_parser("remove", parents=[shared], help="take a user out of an account")
    remove.add_argument("email")
    remove.add_argument("--account", help="name or id (default: default)")
    add_yes(remove)
    remove.set_defaults(run=remove_user)
    invitations = group.add_parser("invitations", parents=[shared], help="list open invitations")
    withdraw = group.add_parser("uninvite", parents=[shared], help="withdraw an invitation that nobody used")
    withdraw.add_argument("invitation", help="its id, as `user invitations` lists it")
    add_yes(withdraw)
    for parser, run in ((invitations, list_invitations), (withdraw, withdraw_invitation)):
        parser.add_argument("--account", help="name or id (default: default)")
        parser.set_defaults(run=run)


def list_users(context: Context, wanted: argparse.Namespace) -> None:
    """Print all users with their accounts and roles."""
    memberships = [(user, context.accounts.of(user.id)) for user in context.users.list()]
    context.give(
        [
            {
                "id": user.id,
                "email": user.email,
                "operator": user.operator,
                "accounts": {account.name: role.value for account, role in joined},
            }
            for user, joined in memberships
        ],
        *(
            f"{user.email}  {'operator' if user.operator else '-':8}  "
            + (", ".join(f"{account.name}: {role.value}" for account, role in joined) or "in no account")
            for user, joined in memberships
        ),
    )


def promote(context: Context, wanted: argparse.Namespace) -> None:
    """Make a user an operator."""
    user = _user(context, wanted.email)
    context.users.promote(user.id)
    context.say(f"{user.email} runs the instance now, and signs in again to do so.")
    context.give({"id": user.id, "operator": True}, user.id)


def demote(context: Context, wanted: argparse.Namespace) -> None:
    """Make an operator an ordinary user; the last operator is refused."""
    user = _user(context, wanted.email)
    context.confirm(f"End the operatorship of {user.email}? They are signed out.", wanted.yes)
    context.users.demote(user.id)
    context.say(f"{user.email} no longer runs the instance, and stays in their accounts.")
    context.give({"id": user.id, "operator": False}, user.id)


def remove_user(context: Context, wanted: argparse.Namespace) -> None:
    """Remove a user from an account; its last owner is refused. Raises `CliError`."""
    user, account = _user(context, wanted.email), context.account(wanted.account)
    context.confirm(f"Take {user.email} out of the account {account.name!r}?", wanted.yes)
    if not Members(context.base, account.id).remove(user.id):
        raise CliError(f"{user.email} is not in the account {account.name!r}.")
    context.say(f"{user.email} is no longer in the account {account.name!r}. Keys and usage stay.")
    context.give({"id": user.id, "account": account.id}, user.id)


def list_invitations(context: Context, wanted: argparse.Namespace) -> None:
    """Print the links by which somebody could still join an account, by their ids."""
    account, log = context.account(wanted.account), ActivityLog(context.base.database)
    objects = invitation_objects(log, account.id, Invitations(context.base, account.id).list())
    names = ("id", "role", "made_by", "created_at", "expires_at")
    rows = [tuple(str(one[name] or "-") for name in names) for one in objects]
    context.give(objects, *(table([names, *rows]) if rows else ()))


def withdraw_invitation(context: Context, wanted: argparse.Namespace) -> None:
    """Withdraw an invitation that nobody has used. Raises `CliError`."""
    account = context.account(wanted.account)
    context.confirm(f"Withdraw the invitation {wanted.invitation} to {account.name!r}?", wanted.yes)
    if not Invitations(context.base, account.id).withdraw(wanted.invitation):
        raise CliError(f"The account {account.name!r} has no open invitation {wanted.invitation!r}.")
    context.say("Its link no longer works.")
    context.give({"id": wanted.invitation, "account": account.id}, wanted.invitation)


def move_user(context: Context, wanted: argparse.Namespace) -> None:
    """Let a user into an account, in place of another where one is named; its last owner is refused."""
    user, account = _user(context, wanted.email), context.account(wanted.account)
    leaves = Members(context.base, context.account(wanted.leaves).id) if wanted.leaves else None
    Members(context.base, account.id).add(user.id, Role(wanted.role), leaves)
    context.say(f"{user.email} is in the account {account.name!r} now, as {wanted.role}, and signs in again.")
    context.give({"id": user.id, "account": account.id, "role": wanted.role}, user.id)


def create_user(context: Context, wanted: argparse.Namespace) -> None:
    """Create a user, with the password from standard input, or with a random one and a link to choose another."""
    account = context.account(wanted.account)
    password = _password_from_stdin() if wanted.password_stdin else Secret(base64url(context.base.random(32)))
    person = NewUser(wanted.email, wanted.name or wanted.email.partition("@")[0], password)
    user = context.onboarding.create(person, account.id, Role(wanted.role))
    if user.operator:
        context.say(
            "The first owner of the first account also runs the instance (`ni user demote` undoes it)."
        )
    elif not context.users.has_operator():
        context.say("Nobody runs the instance yet: `ni user promote` makes somebody its operator.")
    link = None
    if not wanted.password_stdin:
        link = context.link(Link(Purpose.RESET, user_id=user.id))
        context.say("The user chooses a password through this link, once, within 30 minutes:")
    context.give(
        {"id": user.id, "email": user.email, "operator": user.operator, "password_url": link}, link or user.id
    )


def reset_password(context: Context, wanted: argparse.Namespace) -> None:
    """Set the password from standard input, or print a link to choose one; either ends all sign-ins."""
    user = _user(context, wanted.email)
    offer = Link(Purpose.RESET, user_id=user.id)
    if wanted.password_stdin:
        context.onboarding.reset(Links(context.base).issue(offer).reveal(), _password_from_stdin())
        context.give({"id": user.id, "password_url": None}, user.id)
        return
    link = context.link(offer)
    context.say("This link sets a new password, once, within 30 minutes:")
    context.give({"id": user.id, "password_url": link}, link)


def reset_second_factor(context: Context, wanted: argparse.Namespace) -> None:
    """Delete a user's second factor, until they set one up again; ends all their sign-ins."""
    user = _user(context, wanted.email)
    told = switched(context.base, user.id, False)
    context.base.write(forgotten(user.id), ended_for(user.id), told)
    context.say("The user signs in with the password alone now, and can set up a second factor in Settings.")
    context.give({"id": user.id}, user.id)


def _user(context: Context, email: str) -> User:
    user = context.users.by_email(email)
    if user is None:
        raise CliError(f"There is no user with the address {email!r}.")
    return user


def _password_from_stdin() -> Secret:
    return Secret(sys.stdin.readline().rstrip("\r\n"))


def add_accounts(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `account create`, `list`, `edit`, `delete`, `require`, `block` and the commands for credit."""
    group = commands.add_parser("account", help="make and list accounts").add_subparsers(required=True)
    create = group.add_parser("create", parents=[shared], help="make an account")
    create.add_argument("name")
    create.add_argument("--time-zone", default=TIME_ZONE, help="where its days begin (default: %(default)s)")
    create.set_defaults(run=create_account)
    group.add_parser("list", parents=[shared], help="list accounts").set_defaults(run=list_accounts)
    require = group.add_parser(
        "require", parents=[shared], help="demand evidence of residency for all its calls"
    )
    require.add_argument("name", help="the account's name or id")
    require.add_argument("--min-evidence", required=True, choices=["A", "B", "C", "any"])
    require.set_defaults(run=require_evidence)
    block = group.add_parser(
        "block", parents=[shared], help="refuse calls that hold personal data of these kinds"
    )
    block.add_argument("name", help="the account's name")
    block.add_argument(
        "--label",
        action="append",
        type=str.upper,
        choices=[label.value for label in Label],
        metavar="LABEL",
        help="e.g. CREDIT_CARD; repeat for more, none to block nothing",
    )
    block.set_defaults(run=block_labels)
    _add_edit(group, shared)
    add_credit(group, shared)


def _add_edit(group: Commands, shared: argparse.ArgumentParser) -> None:
    edit = group.add_parser("edit", parents=[shared], help="change an account; what is left out stays")
    edit.add_argument("name", help="the account's name or id")
    edit.add_argument("--rename", metavar="NAME", help="its new name")
    edit.add_argument("--time-zone", help="where its days begin, e.g. America/Vancouver")
    for option, meaning in (
        ("commands", "commands in chat"),
        ("shares-mappings", "names pinned for all its keys"),
    ):
        edit.add_argument(f"--{option}", action=argparse.BooleanOptionalAction, help=meaning)
    edit.set_defaults(run=edit_account)
    delete = group.add_parser(
        "delete", parents=[shared], help="delete an account without live keys, usage and credit"
    )
    delete.add_argument("name", help="the account's name or id")
    delete.set_defaults(run=delete_account)


def edit_account(context: Context, wanted: argparse.Namespace) -> None:
    """Change what options name of an account."""
    account = context.account(wanted.name)
    given = {
        "name": wanted.rename,
        "time_zone": wanted.time_zone,
        "commands": wanted.commands,
        "shares_mappings": wanted.shares_mappings,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    changed = context.accounts.change(account.id, changed_settings(account, changes))
    context.say("Servers that run heed it within 5 seconds.")
    context.give(account_object(changed), changed.id)


def delete_account(context: Context, wanted: argparse.Namespace) -> None:
    """Delete an account that holds nothing any more."""
    account = context.account(wanted.name)
    context.accounts.delete(account.id)
    context.give({"id": account.id, "deleted": True}, account.id)


def create_account(context: Context, wanted: argparse.Namespace) -> None:
    """Create an account; print its id, and the link with which its first owner joins."""
    account = context.accounts.create(wanted.name, wanted.time_zone)
    link = context.link(Link(Purpose.INVITE, account_id=account.id, role=Role.OWNER))
    context.say(f"Its first owner joins by this link, once, within 7 days: {link}")
    made = {"id": account.id, "name": account.name, "time_zone": account.time_zone, "invite_url": link}
    context.give(made, account.id)


def require_evidence(context: Context, wanted: argparse.Namespace) -> None:
    """Set the least grade of evidence for an account's calls; its keys may demand more, never less."""
    account = context.account(wanted.name)
    least = "" if wanted.min_evidence == "any" else wanted.min_evidence
    context.accounts.require(account.id, least)
    context.say("Servers that run heed it within 5 seconds.")
    context.give({"id": account.id, "min_evidence": least or None}, wanted.min_evidence)


def block_labels(context: Context, wanted: argparse.Namespace) -> None:
    """Set the kinds of personal data that an account does not let out; its keys may block more, never less."""
    account = context.account(wanted.name)
    labels = frozenset(map(Label, wanted.label or ()))
    context.accounts.block(account.id, labels)
    context.say("Servers that run heed it within 5 seconds.")
    context.give({"id": account.id, "block_labels": sorted(labels)}, ", ".join(sorted(labels)) or "none")


def list_accounts(context: Context, wanted: argparse.Namespace) -> None:
    """Print id, name and time zone of all accounts."""
    accounts = context.accounts.list()
    context.give(
        [{"id": account.id, "name": account.name, "time_zone": account.time_zone} for account in accounts],
        *(f"{account.id}  {account.name}  {account.time_zone}" for account in accounts),
    )
