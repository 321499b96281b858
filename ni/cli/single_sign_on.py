"""`ni sso`: try the provider of single sign-on, and decide which of its groups lead into which accounts."""

import argparse

from ni.access.accounts import Role
from ni.access.identity import ProviderAway
from ni.access.single_sign_on import GroupRole, GroupRoles
from ni.cli.context import CliError, Commands, Context
from ni.domain.clock import SystemClock
from ni.factory.gateway import CONNECT_S
from ni.factory.services import openid_provider
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector, system_resolve

SHOWN = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "backchannel_logout_supported",
)


def add_single_sign_on(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `sso check`, `sso list`, `sso allow` and `sso disallow`."""
    group = commands.add_parser("sso", help="single sign-on: the provider and its groups").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    tried = group.add_parser("check", parents=[shared], help="read the provider's description and keys")
    tried.set_defaults(run=check)
    listed = group.add_parser(
        "list", parents=[shared], help="list groups, the accounts they lead into, and roles"
    )
    listed.set_defaults(run=list_groups)
    allow = group.add_parser("allow", parents=[shared], help="let a group into an account")
    disallow = group.add_parser("disallow", parents=[shared], help="let a group in no longer")
    for parser in (allow, disallow):
        parser.add_argument("group", help="as the provider writes it; * is everybody whom it signs in")
        parser.add_argument("--account", help="name or id (default: default)")
    allow.add_argument("--role", choices=[role.value for role in Role], default=Role.MEMBER.value)
    allow.set_defaults(run=allow_group)
    disallow.set_defaults(run=disallow_group)


def check(context: Context, wanted: argparse.Namespace) -> None:
    """Read what the provider publishes. Raises `CliError`."""
    settings, clock = context.settings, SystemClock()
    egress = EgressClient(Connector(settings.private_networks, system_resolve, clock, CONNECT_S), clock)
    provider = openid_provider(settings, egress, context.base.random)
    if provider is None:
        raise CliError("NI_OIDC_ISSUER is not set: nobody signs in through a provider.")
    try:
        description = provider.check()
    except ProviderAway as fault:
        raise CliError(f"The provider cannot be used: {fault}") from None
    shown = {name: description.get(name) for name in SHOWN} | {
        "redirect_uri": provider.registration.redirect_uri
    }
    context.give(shown, *(f"{name}: {value}" for name, value in shown.items()))


def list_groups(context: Context, wanted: argparse.Namespace) -> None:
    """Print the table of groups."""
    lines = GroupRoles(context.base).list()
    context.give(
        [{"group": one.group, "account": one.account_name, "role": one.role.value} for one in lines],
        *(f"{one.group}  {one.account_name}: {one.role.value}" for one in lines),
    )


def allow_group(context: Context, wanted: argparse.Namespace) -> None:
    """Let a group into an account in a role; again with another role changes it."""
    account = context.account(wanted.account)
    GroupRoles(context.base).add(GroupRole(wanted.group, account.id, Role(wanted.role)))
    context.say("It counts when the group's people sign in or are asked for next, within a minute.")
    context.give({"group": wanted.group, "account": account.id, "role": wanted.role}, wanted.group)


def disallow_group(context: Context, wanted: argparse.Namespace) -> None:
    """Take a group out of an account. Raises `CliError` if it is not in it."""
    account = context.account(wanted.account)
    if not GroupRoles(context.base).remove(wanted.group, account.id):
        raise CliError(f"The group {wanted.group!r} does not lead into the account {account.name!r}.")
    context.say("People who are in through this group alone are out within a minute.")
    context.give({"group": wanted.group, "account": account.id}, wanted.group)
