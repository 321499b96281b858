"""`ni init`: everything an instance needs before it serves. Running it again changes nothing that is there."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from ni.cli.context import Commands, Context
from ni.settings.secret_files import create
from ni.store import schema


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `init`."""
    parser = commands.add_parser(
        "init", parents=[shared], help="make or upgrade folders, secrets and the database"
    )
    parser.add_argument(
        "--no-link", action="store_true", help="print no set-up link: `serve` is about to print one"
    )
    parser.set_defaults(run=init)


def init(context: Context, wanted: argparse.Namespace) -> None:
    """Make what is missing, upgrade what is old, and print the set-up link while there is no user."""
    home = context.settings.home
    home.mkdir(parents=True, exist_ok=True)
    _protect(context)
    copy = home / "backups" / f"before-upgrade-{datetime.now(UTC):%Y%m%dT%H%M%S}.db"
    upgraded = _migrate(context, copy)
    context.accounts.ensure_default()
    for step in wanted.parts.after_init:
        context.say(step(context))
    link = None if wanted.no_link else context.set_up_link()
    if link:
        context.say("There is no user yet. Open this link once, within 30 minutes, to make the first one:")
    context.give(
        {
            "home": str(home),
            "database": context.database.url.render_as_string(),
            "upgraded": upgraded,
            "set_up_url": link,
        },
        *([link] if link else []),
    )


def _protect(context: Context) -> None:
    """Make secrets for a new instance; those of an old one must all be there, for new ones would open nothing."""
    database, home = context.database, context.settings.home
    path = Path(database.url.database or "")
    if database.sqlite and not path.exists():
        path.touch(mode=0o600)
    if schema.state(database) is schema.State.EMPTY:
        for made in create(home, os.urandom):
            context.say(f"Made {made}.")
    _ = context.secrets  # read and checked


def _migrate(context: Context, copy: Path) -> bool:
    """Apply migrations, after a copy of what is there."""
    upgraded = schema.upgrade(context.database, copy)
    if upgraded:
        context.say("The database is up to date.")
    return upgraded
