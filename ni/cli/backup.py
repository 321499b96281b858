"""`ni backup` and `ni restore`: one private file with the database and the secrets, and back.

A backup opens everything the instance protects: keep it as safe as the instance. Its custody log is that of its
moment; restoring an old one is something verifiers notice, and should.
"""

import argparse
import tempfile
from pathlib import Path

from ni.cli.context import CliError, Context
from ni.cli.parts import Commands
from ni.custody.seeds import BESIDE
from ni.settings.secret_files import NAMES, write_private
from ni.store import backup, schema
from ni.store.database import Database
from ni.store.transfer import transfer

SECRETS = frozenset(f"secrets/{name}" for name in NAMES)
ROTATION = frozenset(f"secrets/{name}" for name in BESIDE)
"""Keys of the custody log that a rotation has left or begun: without them it would go on with fewer signatures."""


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
    home = context.settings.home
    beside = {entry for entry in ROTATION if (home / entry).is_file()}
    backup.pack(context.database, {entry: home / entry for entry in sorted(SECRETS | beside)}, wanted.file)
    context.say("This file opens everything the instance protects; keep it private.")
    context.give({"file": str(wanted.file), "bytes": wanted.file.stat().st_size}, str(wanted.file))


def restore(context: Context, wanted: argparse.Namespace) -> None:
    """Bring a backup back, or into an empty PostgreSQL. Raises `CliError` where something else is already there."""
    home, sqlite = context.settings.home, context.database.sqlite
    _require_room(context, wanted.file)
    files = backup.unpack(wanted.file, SECRETS, ROTATION)
    home.mkdir(parents=True, exist_ok=True)
    (home / "secrets").mkdir(mode=0o700, exist_ok=True)
    for entry in sorted((SECRETS | ROTATION) & files.keys()):
        if not (home / entry).exists():
            write_private(home / entry, files[entry])
    _ = context.secrets
    if sqlite:
        write_private(Path(context.database.url.database or ""), files[backup.DATABASE])
        schema.state(context.database)
    else:
        rows = _moved(context, files[backup.DATABASE])
        context.say(f"Copied {rows} rows into {context.database.url.render_as_string()}.")
    context.give({"home": str(home)}, str(home))


def _require_room(context: Context, file: Path) -> None:
    """Nothing is overwritten. With a database elsewhere, the very secrets that it belongs to may be there."""
    home = context.settings.home
    taken = [path for path in (home / entry for entry in sorted(SECRETS | ROTATION)) if path.exists()]
    if context.database.sqlite:
        target = Path(context.database.url.database or "")
        taken = [path for path in (target, *taken) if path.exists()]
    else:
        files = backup.unpack(file, SECRETS, ROTATION) if taken else {}
        taken = [path for path in taken if path.read_bytes() != files.get(f"secrets/{path.name}")]
    if taken:
        raise CliError(
            f"{taken[0]} exists, and restoring never overwrites; move it away or choose a new NI_HOME."
        )


def _moved(context: Context, octets: bytes) -> int:
    """Copy the backup's SQLite database into the one of the settings; how many rows."""
    with tempfile.TemporaryDirectory(dir=context.settings.home) as folder:
        copy = Path(folder) / backup.DATABASE
        write_private(copy, octets)
        source = Database(f"sqlite:///{copy}")
        try:
            schema.upgrade(source)
            return transfer(source, context.database)
        finally:
            source.close()
