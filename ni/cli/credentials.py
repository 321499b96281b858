"""`ni credential`: the provider credentials that accounts bring (BYOK). Secrets are read from standard input alone."""

import argparse
import json
import sys

from ni.access.credentials import credential_fields
from ni.cli.apply import access_of
from ni.cli.context import CliError, Commands, Context
from ni.domain.secret import Secret
from ni.web.admin.accounts import BYOK, credential_object


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `credential set`, `list` and `remove`."""
    group = commands.add_parser(
        "credential", help="an account's own provider credentials (BYOK)"
    ).add_subparsers(required=True)
    store = group.add_parser(
        "set", parents=[shared], help="store a credential: a JSON object of its fields on standard input"
    )
    listing = group.add_parser("list", parents=[shared], help="list credentials, without their secrets")
    remove = group.add_parser("remove", parents=[shared], help="forget a credential")
    for parser, run in ((store, set_credential), (listing, list_credentials), (remove, remove_credential)):
        if parser is not listing:
            parser.add_argument("provider", choices=BYOK)
        parser.add_argument("--account", help="name or id (default: default)")
        parser.set_defaults(run=run)


def set_credential(context: Context, wanted: argparse.Namespace) -> None:
    """Store a credential in place of the one before. Raises `CliError`, `Refused`."""
    account = context.account(wanted.account)
    names = ", ".join(field.name for field in credential_fields(wanted.provider))
    try:
        given = json.loads(sys.stdin.read())
        fields = {name: Secret(value) for name, value in given.items() if isinstance(value, str)}
    except (ValueError, AttributeError):
        raise CliError(f"Write a JSON object with these fields on standard input: {names}.") from None
    stored = access_of(context).credentials.store(account.id, wanted.provider, fields, "command line")
    context.say("Servers that run use it within 5 seconds.")
    context.give(credential_object(stored), stored.fingerprint)


def list_credentials(context: Context, wanted: argparse.Namespace) -> None:
    """List the credentials of an account, never their secrets."""
    stored = access_of(context).credentials.list(context.account(wanted.account).id)
    context.give(
        [credential_object(each) for each in stored],
        *(f"{each.provider}  ...{each.last4}" for each in stored),
    )


def remove_credential(context: Context, wanted: argparse.Namespace) -> None:
    """Forget a credential. Raises `CliError`."""
    if not access_of(context).credentials.remove(context.account(wanted.account).id, wanted.provider):
        raise CliError(f"The account has no credential for {wanted.provider}.")
    context.give({"provider": wanted.provider, "removed": True})
