"""`ni local`: servers of one's own (Ollama, vLLM, llama.cpp, LM Studio, LocalAI), added by their address.

The commands do what the portal's page *Local models* does, through the same functions; servers that run follow within
5 seconds. A key is read from standard input alone.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ni.catalog.hourly import HourlyTerms, read_speed
from ni.catalog.own_servers import PREFIX, Offered, OwnServer, placed
from ni.catalog.sheet import own_route_id
from ni.cli.context import CliError, Commands, Context, add_yes, table, who_runs_this
from ni.domain.errors import Problem
from ni.domain.money import parse_amount
from ni.domain.route import Price
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from ni.gateway.local_servers import LocalServers, NewServer, suggested_name
from ni.privacy.names import NoNames
from ni.providers.local_probe import FoundServer
from ni.store.journal import DirectJournal
from ni.store.writer import Writer
from ni.web.admin.local_servers import server_object
from ni.web.metrics import Metrics

SOON = "Servers that run follow within 5 seconds."


def add_local(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `local add`, `list`, `models`, `serve`, `edit`, `test` and `remove`."""
    group = commands.add_parser("local", help="servers of your own, and their models").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    adding = group.add_parser("add", parents=[shared], help="add a running server by its address")
    adding.add_argument("address", metavar="ADDRESS", help="e.g. http://127.0.0.1:11434")
    adding.add_argument(
        "--jurisdiction", required=True, metavar="CODE", help="where the machine stands, e.g. CA"
    )
    adding.add_argument("--name", help="small letters, digits and dashes (default: made of the address)")
    adding.add_argument("--key-stdin", action="store_true", help="read the server's key from standard input")
    _add_choice(adding)
    adding.set_defaults(run=add)
    listing = group.add_parser("list", parents=[shared], help="list servers and their routes")
    listing.set_defaults(run=list_servers)
    serving = group.add_parser("serve", parents=[shared], help="choose which of its models a server serves")
    _add_choice(serving)
    serving.set_defaults(run=serve)
    editing = group.add_parser("edit", parents=[shared], help="give a server another address or key")
    editing.add_argument("--address", metavar="ADDRESS")
    editing.add_argument("--key-stdin", action="store_true", help="read the server's key from standard input")
    editing.add_argument("--forget-key", action="store_true", help="forget the stored key")
    editing.set_defaults(run=edit)
    looking = group.add_parser("models", parents=[shared], help="show what a server lists now")
    looking.set_defaults(run=models)
    testing = group.add_parser("test", parents=[shared], help="ask a route of a server one short question")
    testing.add_argument("--route", help="default: its first one")
    testing.set_defaults(run=test)
    removing = group.add_parser(
        "remove", parents=[shared], help="remove a server and the routes it alone serves"
    )
    add_yes(removing)
    removing.set_defaults(run=remove)
    for parser in (serving, editing, looking, testing, removing):
        parser.add_argument("server", metavar="SERVER", help="its name")


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """Add what is chosen of a server's models, and the price of routes that are new."""
    parser.add_argument("--model", action="append", metavar="MODEL", help="repeat for more (default: all)")
    parser.add_argument("--usd-per-hour", metavar="USD", help="what an hour of the machine costs; else free")
    parser.add_argument(
        "--input-per-s", metavar="TOKENS", help="tokens that it reads per second at full load"
    )
    parser.add_argument(
        "--output-per-s", metavar="TOKENS", help="tokens that it writes per second at full load"
    )


def add(context: Context, wanted: argparse.Namespace) -> None:
    """Look at a server, keep its address, and serve its models. Raises `CliError`."""
    price = _price(context, wanted)
    with _servers(context) as servers:
        name = wanted.name or suggested_name(wanted.address, [one.id for one in servers.list()])
        new = NewServer(name, wanted.address, wanted.jurisdiction, _key(wanted))
        server, found = servers.add(new)
        server = servers.serve(server.id, _chosen(found, wanted.model), price)
        _show(context, servers, server)


def list_servers(context: Context, wanted: argparse.Namespace) -> None:
    """List the servers and what they serve."""
    with _servers(context) as servers:
        known = servers.list()
        rows = [(one.name, one.deployment.endpoint, row.id) for one in known for row in one.routes]
        rows += [(one.name, one.deployment.endpoint, "-") for one in known if not one.routes]
        context.give(
            [server_object(servers, one) for one in known],
            *(table([("server", "address", "route"), *rows]) if rows else ("There is no local server.",)),
        )


def serve(context: Context, wanted: argparse.Namespace) -> None:
    """Serve these models and no others; new routes get the price. Raises `CliError`."""
    price = _price(context, wanted)
    with _servers(context) as servers:
        server = servers.get(_id(wanted))
        server = servers.serve(server.id, _chosen(servers.look(server.id), wanted.model), price)
        _show(context, servers, server)


def edit(context: Context, wanted: argparse.Namespace) -> None:
    """Give a server another address or key. Raises `CliError`."""
    with _servers(context) as servers:
        server = servers.get(_id(wanted))
        address = wanted.address or server.deployment.endpoint
        servers.move(server.id, address, _key(wanted), forget=wanted.forget_key)
        _show(context, servers, servers.get(server.id))


def models(context: Context, wanted: argparse.Namespace) -> None:
    """Show what a server lists, with what it says of each model. Raises `CliError`."""
    with _servers(context) as servers:
        found = servers.look(_id(wanted))
    rows = [
        (one.id, str(one.capabilities.get("context_window", "?")), own_route_id(one.id))
        for one in found.models
    ]
    context.say(f"{found.base_url}{f' is {found.software}' if found.software else ''}.")
    context.give(
        [{"model": one.id, "route": own_route_id(one.id), **one.capabilities} for one in found.models],
        *(table([("model", "context", "route"), *rows]) if rows else ("It lists no model.",)),
    )


def test(context: Context, wanted: argparse.Namespace) -> None:
    """Ask one short question, and print how long its answer took to begin. Raises `CliError`."""
    with _servers(context) as servers:
        server = servers.get(_id(wanted))
        route = wanted.route or next((row.id for row in server.routes), "")
        tested = servers.test(server.id, route)
    context.give(
        {"route": tested.route, "first_ms": tested.first_ms},
        f"{tested.route} began to answer after {tested.first_ms} ms.",
    )


def remove(context: Context, wanted: argparse.Namespace) -> None:
    """Remove a server. Raises `CliError`."""
    with _servers(context) as servers:
        server = servers.get(_id(wanted))
        ending = [row.id for row in server.routes if len(placed(row)) == 1]
        context.confirm(f"Remove {server.name}, and with it {', '.join(ending) or 'no route'}?", wanted.yes)
        servers.remove(server.id)
    context.say(SOON)
    context.give({"removed": server.id, "routes": ending}, *(f"{name} ended." for name in ending))


@contextmanager
def _servers(context: Context) -> Iterator[LocalServers]:
    """The functions that the portal uses, for one command; their problems become `CliError`."""
    _ = context.base
    writers: list[Writer] = []

    def journal(writer: Writer) -> DirectJournal:
        writers.append(writer)
        return DirectJournal(writer)

    gateway = Gateway(context.settings, context.secrets, journal, Metrics(), NoNames(), acting=who_runs_this)
    try:
        yield gateway.local_servers
    except Problem as problem:
        raise CliError(problem.message) from problem
    finally:
        for writer in writers:
            writer.close()
        gateway.egress.forget()
        gateway.database.close()


def _id(wanted: argparse.Namespace) -> str:
    name: str = wanted.server
    return name if name.startswith(PREFIX) else f"{PREFIX}{name}"


def _key(wanted: argparse.Namespace) -> Secret | None:
    return Secret(sys.stdin.readline().strip()) or None if wanted.key_stdin else None


def _chosen(found: FoundServer, names: list[str] | None) -> list[Offered]:
    """The models that are named, else all that the server lists. Raises `CliError`."""
    listed = {one.id: one.capabilities for one in found.models}
    unknown = [name for name in names or () if name not in listed]
    if unknown:
        raise CliError(
            f"The server does not list {unknown[0]!r}; it lists {', '.join(listed) or 'no model'}."
        )
    return [Offered(name, listed[name]) for name in names or listed]


def _price(context: Context, wanted: argparse.Namespace) -> Price | None:
    given = (wanted.usd_per_hour, wanted.input_per_s, wanted.output_per_s)
    if not any(given):
        return None
    try:
        hour, reading, writing = parse_amount(given[0]), read_speed(given[1]), read_speed(given[2])
    except (AttributeError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise CliError(
            "A price by the hour needs --usd-per-hour, --input-per-s and --output-per-s, as numbers."
        ) from fault
    return HourlyTerms(hour, reading, writing).price(context.base.clock.now().date().isoformat())


def _show(context: Context, servers: LocalServers, server: OwnServer) -> None:
    context.say(SOON)
    context.give(server_object(servers, server), *(row.id for row in server.routes))
