"""`ni upgrade`: bring an instance to this version; with `--check`, say what that would change and what to back up."""

import argparse
import tomllib
from collections.abc import Iterator

import sqlalchemy as sa

import ni
from ni.catalog.load import SHIPPED
from ni.cli.catalog import import_shipped
from ni.cli.context import Commands, Context, Parts
from ni.cli.instance import make_instance
from ni.cli.migration import alive, size
from ni.settings import unknown
from ni.store import schema
from ni.store.tables.catalog import prices, routes


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `upgrade`."""
    parser = commands.add_parser(
        "upgrade", parents=[shared], help="bring the instance to this version, after a backup that was tried"
    )
    parser.add_argument("--check", action="store_true", help="say what that would change, and change nothing")
    parser.set_defaults(run=upgrade)


def upgrade(context: Context, wanted: argparse.Namespace) -> None:
    """Upgrade the schema; the catalog and the prices stay as they are. Without an instance, make one.

    Raises `CliError`, `BackupError` and `SchemaError`, and then nothing was changed.
    """
    if wanted.check:
        check(context)
        return
    upgraded = make_instance(context, Parts(after_init=(import_shipped,)))
    if not upgraded:
        context.say(f"The database is that of version {ni.__version__} already.")
    context.give({"version": ni.__version__, "upgraded": upgraded})


def check(context: Context) -> None:
    """Print what an upgrade would do."""
    context.require_database()
    database = context.database
    steps = schema.pending(database)
    running = alive(database) if steps else []
    found = {
        "version": ni.__version__,
        "migrations": [{"revision": step, "title": schema.title(step)} for step in steps],
        "old_gateways_go_on": not database.sqlite and schema.goes_on(database),
        "running": running,
        "bytes": size(database),
        "unknown_settings": unknown(context.settings),
        "new_routes": sorted(_shipped() - _stored(context)),
        "routes_without_price": _unpriced(context),
    }
    context.give(found, *_lines(found))


def _lines(found: dict[str, object]) -> Iterator[str]:
    steps, new = found["migrations"], found["new_routes"]
    assert isinstance(steps, list)
    assert isinstance(new, list)
    yield f"This is version {found['version']}."
    yield f"Migrations: {len(steps) or 'none'}."
    yield from (f"  {step['revision']}  {step['title']}" for step in steps)
    if steps:
        running = found["running"]
        yield (
            f"Backup: {found['bytes']} bytes and the secrets are copied into NI_HOME/backups, and the upgrade is tried "
            "on the copy first. Keep one elsewhere too: `python -m ni backup FILE`, with the version that runs now."
        )
        yield (
            "Gateways of the version before may run meanwhile."
            if found["old_gateways_go_on"]
            else f"Stop all gateways first{f' ({running})' if running else ''}."
        )
    yield from _about(
        "Routes of the shipped catalog that are not here (`python -m ni catalog import` adds them)", new
    )
    yield from _about("Routes without a price, which nobody can call", found["routes_without_price"])
    yield from _about("Settings that this version does not know", found["unknown_settings"])


def _about(what: str, names: object) -> Iterator[str]:
    assert isinstance(names, list)
    if names:
        yield f"{what}: {', '.join(names)}."


def _shipped() -> set[str]:
    return {str(route["id"]) for route in tomllib.loads(SHIPPED.read_text("utf-8"))["routes"]}


def _stored(context: Context) -> set[str]:
    with context.database.read() as connection:
        return set(connection.scalars(sa.select(routes.c.id)))


def _unpriced(context: Context) -> list[str]:
    with context.database.read() as connection:
        priced = set(connection.scalars(sa.select(prices.c.route_id)))
    return sorted(_stored(context) - priced)
