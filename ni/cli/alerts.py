"""`ni alert`: list alerts and who is told of them; add, remove and test receivers."""

import argparse

from ni.alerts.receivers import OPERATOR, AlertTools, Channel, Receiver, ReceiverRefused
from ni.cli.context import CliError, Commands, Context, table
from ni.factory.alerts import AlertServices, alert_object
from ni.factory.gateway import CONNECT_S
from ni.outbound.connection import Connector, system_resolve


def add_alerts(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `alert list`, `alert receivers`, `alert add`, `alert remove` and `alert test`."""
    group = commands.add_parser("alert", help="who is told of budgets and of what goes wrong")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = verbs.add_parser("list", parents=[shared], help="list the newest alerts")
    listing.set_defaults(run=list_alerts)
    receivers = verbs.add_parser("receivers", parents=[shared], help="list who is told")
    receivers.set_defaults(run=list_receivers)
    adding = verbs.add_parser("add", parents=[shared], help="add a webhook or a mail address")
    adding.add_argument("channel", choices=list(Channel), type=Channel)
    adding.add_argument("address")
    adding.set_defaults(run=add_receiver)
    removing = verbs.add_parser("remove", parents=[shared], help="remove a receiver")
    removing.set_defaults(run=remove_receiver)
    testing = verbs.add_parser("test", parents=[shared], help="send a receiver a test")
    testing.set_defaults(run=test_receiver)
    for parser in (removing, testing):
        parser.add_argument("id", help="as `alert receivers` shows it")
    for parser in (listing, receivers, adding, removing, testing):
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--account", help="name or id (default: default)")
        whose.add_argument("--instance", action="store_true", help="the operator's, of the whole instance")


def list_alerts(context: Context, wanted: argparse.Namespace) -> None:
    """Print the newest alerts."""
    objects = [alert_object(raised) for raised in _services(context).book.recent(_whose(context, wanted))]
    context.give(objects, *(f"{each['at']}  {each['text']}" for each in objects))


def list_receivers(context: Context, wanted: argparse.Namespace) -> None:
    """Print the receivers, with the secrets by which webhooks are verified."""
    services, account_id = _services(context), _whose(context, wanted)
    receivers = [
        *services.receivers_of(account_id).list(),
        *(each for each in services.fixed if each.account_id == account_id),
    ]
    objects = [_shown(services, each) for each in receivers]
    rows = [(each["id"], each["channel"], each["address"], each["secret"]) for each in objects]
    context.give(objects, *(table([("id", "channel", "address", "signing secret"), *rows]) if rows else ()))


def add_receiver(context: Context, wanted: argparse.Namespace) -> None:
    """Add a receiver; it may be in the operator's own networks."""
    services = _services(context)
    receivers = services.receivers_of(_whose(context, wanted), "command line")
    try:
        receiver = receivers.add(wanted.channel, wanted.address, inside=True)
    except ReceiverRefused as refusal:
        raise CliError(str(refusal)) from refusal
    context.give(_shown(services, receiver), receiver.id)


def remove_receiver(context: Context, wanted: argparse.Namespace) -> None:
    """Remove a receiver."""
    if not _services(context).receivers_of(_whose(context, wanted), "command line").remove(wanted.id):
        raise CliError(f"There is no receiver {wanted.id!r}; `ni alert receivers` shows those there are.")
    context.give({"id": wanted.id, "removed": True}, "The receiver is removed.")


def test_receiver(context: Context, wanted: argparse.Namespace) -> None:
    """Send a test. Raises `CliError` if it did not arrive."""
    services = _services(context)
    receiver = services.receivers_of(_whose(context, wanted)).get(wanted.id) or services.book.fixed(wanted.id)
    if receiver is None:
        raise CliError(f"There is no receiver {wanted.id!r}; `ni alert receivers` shows those there are.")
    fault = services.deliveries.send_test(receiver, "command line")
    services.egress.forget()
    if fault:
        raise CliError(f"The test did not arrive: {fault}.")
    context.give({"id": wanted.id, "arrived": True}, "The test has arrived.")


def _whose(context: Context, wanted: argparse.Namespace) -> str:
    return OPERATOR if wanted.instance else context.account(wanted.account).id


def _services(context: Context) -> AlertServices:
    base, settings = context.base, context.settings
    tools = AlertTools(base.database, base.journal, base.clock, base.random, base.activity)
    connector = Connector(settings.private_networks, system_resolve, base.clock, CONNECT_S)
    return AlertServices(settings, context.secrets, tools, connector)


def _shown(services: AlertServices, receiver: Receiver) -> dict[str, str]:
    secret = services.signing_secret(receiver).reveal() if receiver.channel is Channel.WEBHOOK else ""
    return {
        "id": receiver.id,
        "channel": receiver.channel.value,
        "address": receiver.address,
        "secret": secret,
    }
