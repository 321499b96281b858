"""`ni backup` and `ni restore`: one private file with the database and the secrets, and back.

A backup opens everything the instance protects: keep it as safe as the instance. Its custody log is that of its
moment; restoring an old one is something verifiers notice, and should.
"""

import argparse
from pathlib import Path

from ni.cli.context import CliError, Context
from ni.cli.parts import Commands
from ni.secret_files import NAMES, write_private
from ni.store import backup, schema

SECRETS = {f"secrets/{name}": name for name in NAMES}


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `backup` and `restore`."""
    for name, run, text in (
        ("backup", make, "write the database and the secrets into one private file"),
        ("restore", restore, "bring a backup back into an empty NI_HOME"),
    ):
        parser = commands.add_parser(name, parents=[shared], help=text)
        parser.add_argument("file", type=Path)
        parser.set_defaults(run=run)


def make(context: Context, wanted: argparse.Namespace) -> None:
    """Write a backup while the server runs."""
    _ = context.secrets
    context.require_database()
    schema.require_current(context.database)
    folder = context.settings.home / "secrets"
    backup.pack(context.database, {entry: folder / name for entry, name in SECRETS.items()}, wanted.file)
    context.say("This file opens everything the instance protects; keep it private.")
    context.give({"file": str(wanted.file), "bytes": wanted.file.stat().st_size}, str(wanted.file))


def restore(context: Context, wanted: argparse.Namespace) -> None:
    """Bring a backup back. Raises `CliError` where something is already there."""
    if not context.database.sqlite:
        raise CliError("A backup holds SQLite; on PostgreSQL use `pg_restore` and copy the folder `secrets`.")
    home, target = context.settings.home, Path(context.database.url.database or "")
    taken = [path for path in (target, *(home / entry for entry in SECRETS)) if path.exists()]
    if taken:
        raise CliError(
            f"{taken[0]} exists, and restoring never overwrites; move it away or choose a new NI_HOME."
        )
    files = backup.unpack(wanted.file, frozenset(SECRETS))
    home.mkdir(parents=True, exist_ok=True)
    (home / "secrets").mkdir(mode=0o700, exist_ok=True)
    for entry in SECRETS:
        write_private(home / entry, files[entry])
    write_private(target, files[backup.DATABASE])
    _ = context.secrets
    schema.state(context.database)
    context.give({"home": str(home)}, str(home))
