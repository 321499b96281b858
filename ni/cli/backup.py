"""`ni backup`: one private file with the database and the secrets.

A backup opens everything the instance protects: keep it as safe as the instance. Its custody log is that of its
moment; restoring an old one is something verifiers notice, and should.
"""

import argparse
from pathlib import Path

from ni.cli.context import Commands, Context
from ni.cli.restore import ROTATION, SECRETS
from ni.store import backup, schema


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `backup`."""
    parser = commands.add_parser(
        "backup", parents=[shared], help="write the database and the secrets into one private file"
    )
    parser.add_argument("file", type=Path)
    parser.set_defaults(run=make)


def make(context: Context, wanted: argparse.Namespace) -> None:
    """Write a backup while the server runs."""
    _ = context.secrets
    context.require_database()
    schema.require_current(context.database)
    home = context.settings.home
    beside = {entry for entry in ROTATION if (home / entry).is_file()}
    backup.pack(context.database, {entry: home / entry for entry in sorted(SECRETS | beside)}, wanted.file)
    context.say("This file opens everything the instance protects; keep it private.")
    context.give({"file": str(wanted.file), "bytes": wanted.file.stat().st_size}, str(wanted.file))
