"""`ni token`: tokens of the administration API. The text of a token is printed once, by `create`."""

import argparse
from datetime import date

from ni.access.admin_tokens import SCOPES, AdminToken, AdminTokens, TokenSpec
from ni.access.key_spec import end_of_day
from ni.access.key_text import Peppers
from ni.cli.context import CliError, Commands, Context
from ni.domain.clock import rfc3339


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `token create`, `list` and `revoke`."""
    group = commands.add_parser(
        "token", help="make, list and revoke tokens of the administration API"
    ).add_subparsers(required=True)
    create = group.add_parser("create", parents=[shared], help="make a token and print it, once")
    create.add_argument("--name", required=True, help="what the token is for")
    create.add_argument(
        "--scope", action="append", required=True, choices=SCOPES, metavar="SCOPE",
        help=f"what it may do, e.g. keys:write; repeat for more. One of {', '.join(SCOPES)}",
    )  # fmt: skip
    create.add_argument("--expires", type=date.fromisoformat, metavar="DATE", help="last day it works")
    listing = group.add_parser("list", parents=[shared], help="list tokens")
    revoke = group.add_parser("revoke", parents=[shared], help="end a token for good")
    revoke.add_argument("id", help="as `token list` shows it")
    for parser, run in ((create, create_token), (listing, list_tokens), (revoke, revoke_token)):
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--account", help="name or id (default: default)")
        whose.add_argument("--operator", action="store_true", help="of the operator: for the whole instance")
        parser.set_defaults(run=run)


def _whose(context: Context, wanted: argparse.Namespace) -> str | None:
    return None if wanted.operator else context.account(wanted.account).id


def _tokens(context: Context) -> AdminTokens:
    return AdminTokens(context.base, Peppers(context.secrets.peppers))


def create_token(context: Context, wanted: argparse.Namespace) -> None:
    """Make a token; it ends with the day `--expires` in the account's time zone."""
    account_id = _whose(context, wanted)
    zone = context.account(wanted.account).time_zone
    end = end_of_day(wanted.expires, zone, "expires") if wanted.expires else None
    token_id, text = _tokens(context).create(
        TokenSpec(wanted.name, frozenset(wanted.scope), account_id, end), "command line"
    )
    context.say("This token is shown once; keep it like a password:")
    context.give({"token": text.reveal(), "id": token_id}, text.reveal())


def list_tokens(context: Context, wanted: argparse.Namespace) -> None:
    """List the tokens of an account, or of the operator, never their text."""
    now = context.base.clock.now()
    tokens = _tokens(context).list(_whose(context, wanted))
    context.give(
        [_shown(token) | {"live": token.live(now)} for token in tokens],
        *(
            f"{token.id}  {'live' if token.live(now) else 'ended'}  ...{token.last4}  {token.name}  "
            f"{' '.join(sorted(token.scopes))}"
            for token in tokens
        ),
    )


def _shown(token: AdminToken) -> dict[str, object]:
    instants = {
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }
    state: dict[str, object] = {
        "id": token.id,
        "name": token.name,
        "account_id": token.account_id,
        "scopes": sorted(token.scopes),
        "last4": token.last4,
    }
    return state | {name: rfc3339(moment) if moment else None for name, moment in instants.items()}


def revoke_token(context: Context, wanted: argparse.Namespace) -> None:
    """End a token. Raises `CliError`."""
    if not _tokens(context).revoke(wanted.id, _whose(context, wanted)):
        raise CliError(f"There is no live token with the id {wanted.id!r}; `ni token list` shows the ids.")
    context.say("The token is revoked.")
    context.give({"id": wanted.id, "revoked": True})
