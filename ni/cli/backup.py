"""`ni backup` writes the database and the secrets into one private file; `ni restore` brings that file back.

A backup opens everything that the instance protects. It holds the custody log as it was then: verifiers notice when an
old one is restored. Before `restore` puts a file in place it checks the archive's digests, SQLite's own structures, the
secrets, and that the leaves of each custody log give its head.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa

from ni.cli.context import CliError, Commands, Context
from ni.custody.log_signer import BESIDE, LogSigner, SeedFiles
from ni.custody.logs import LogDamaged, LogHead, Logs
from ni.domain.clock import SystemClock
from ni.domain.errors import KeyRetired, StoreUnavailable
from ni.settings.secret_files import NAMES, Secrets, write_private
from ni.store import backup, schema
from ni.store.backup import BackupContents, BackupError, transfer
from ni.store.database import Database
from ni.store.tables.custody import custody_records

SECRETS = frozenset(f"secrets/{name}" for name in NAMES)
ROTATION = frozenset(f"secrets/{name}" for name in BESIDE)
"""Seeds of a key rotation that is under way: without them the log would go on with fewer signatures."""


def add_backup(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `backup`."""
    parser = commands.add_parser(
        "backup", parents=[shared], help="write the database and the secrets into one private file"
    )
    parser.add_argument("file", type=Path)
    parser.set_defaults(run=make_backup)


def add_restore(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `restore`."""
    parser = commands.add_parser(
        "restore", parents=[shared], help="bring a backup back into an empty NI_HOME"
    )
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="also an archive of an older version, which has no digests, or one whose custody log does not fit",
    )
    parser.set_defaults(run=restore)


def make_backup(context: Context, wanted: argparse.Namespace) -> None:
    """Write a backup while the server runs."""
    context.require_database()
    schema.require_current(context.database)
    pack_instance(context, wanted.file)
    context.say("This file opens everything the instance protects; keep it private.")
    context.give({"file": str(wanted.file), "bytes": wanted.file.stat().st_size}, str(wanted.file))


def pack_instance(context: Context, file: Path) -> None:
    """Write a backup of the instance, whose schema may be an older one. Raises `BackupError`, `SecretsError`."""
    _ = context.secrets
    home = context.settings.home
    beside = {entry for entry in ROTATION if (home / entry).is_file()}
    backup.pack(context.database, {entry: home / entry for entry in sorted(SECRETS | beside)}, file)


def verify(file: Path) -> None:
    """Check a backup as `restore` does, upgrade of its schema included, and put nothing in place.

    Raises `BackupError`, `SchemaError`, `SecretsError`.
    """
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".ni-verify-") as temporary:
        _unpack_usable(file, Path(temporary), custody=True)


def _unpack_usable(file: Path, stage: Path, custody: bool) -> frozenset[str]:
    """Unpack an archive into `stage` and check it whole; the names of its files."""
    entries = backup.unpack(file, BackupContents(SECRETS, ROTATION, custody), stage)
    backup.require_intact(stage / backup.DATABASE)
    secrets = Secrets.load(stage)
    seeds = SeedFiles(stage / "secrets", write_private).load(secrets.custody_seed)
    _require_usable(stage, seeds, custody=custody)
    return entries


def restore(context: Context, wanted: argparse.Namespace) -> None:
    """Bring a backup back, or into an empty PostgreSQL.

    Raises `BackupError` for an archive that is not whole, `CliError` where something else is already there.
    """
    home = context.settings.home
    if context.database.sqlite:
        target = Path(context.database.url.database or "")
        beside = [target.with_name(target.name + end) for end in ("-wal", "-journal")]  # of another database
        _require_absent(target, *beside, *_secrets_in(home))
    with tempfile.TemporaryDirectory(dir=_nearest(home), prefix=".ni-restore-") as temporary:
        stage = Path(temporary)
        entries = _unpack_usable(wanted.file, stage, custody=not wanted.unverified)
        _require_absent(*(path for path in _secrets_in(home) if not _same(path, stage)))
        _install(context, stage, entries)
    context.give({"home": str(home)}, str(home))


def _install(context: Context, stage: Path, entries: frozenset[str]) -> None:
    """Put the files in place, secrets first: a database without them would look like an instance, but open nothing."""
    home = context.settings.home
    (home / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in sorted(entries - {backup.DATABASE}):
        if not (home / entry).exists():
            backup.place(stage / entry, home / entry)
    if context.database.sqlite:
        target = Path(context.database.url.database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        backup.place(stage / backup.DATABASE, target)
        return
    rows = _moved(context, stage / backup.DATABASE)
    context.say(f"Copied {rows} rows into {context.database.url.render_as_string()}.")


def _secrets_in(home: Path) -> list[Path]:
    return [home / entry for entry in sorted(SECRETS | ROTATION)]


def _require_absent(*paths: Path) -> None:
    """Raise `CliError` if one of the paths exists, since nothing is overwritten."""
    for path in paths:
        if path.exists():
            raise CliError(
                f"{path} exists, and restoring never overwrites; move it away or choose a new NI_HOME."
            )


def _same(path: Path, stage: Path) -> bool:
    staged = stage / "secrets" / path.name
    return path.is_file() and staged.is_file() and path.read_bytes() == staged.read_bytes()


def _nearest(folder: Path) -> Path:
    """The folder, or its nearest parent that exists, so that a refused restore makes no folder."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())


def _require_usable(stage: Path, seeds: list[bytes], custody: bool) -> None:
    """Check a copy, since the check may have to upgrade it.

    Raises `SchemaError` unless the database is ours and no newer than this program; where `custody` is to be checked,
    `BackupError` unless the logs are whole up to their heads and the secrets hold their key.
    """
    copy = stage / "checked.db"
    shutil.copyfile(stage / backup.DATABASE, copy)
    database = Database(f"sqlite:///{copy}")
    try:
        schema.state(database)
        if custody and (trouble := _trouble(database, seeds)):
            raise BackupError(
                f"The custody log of the backup does not fit: {trouble}. Restore another backup, or this one with "
                "--unverified and then run `ni custody fsck`."
            )
    except (StoreUnavailable, sa.exc.SQLAlchemyError) as fault:
        raise BackupError("The database of the backup cannot be read; restore another backup.") from fault
    finally:
        database.close()
        copy.unlink()


def _trouble(database: Database, seeds: list[bytes]) -> str:
    """What is wrong with the custody logs of the database, empty if nothing is."""
    schema.upgrade(database)
    logs = Logs(database)
    if lost := logs.headless():
        return lost[0]
    heads = [head for head in logs.heads() if head.origin]  # a log without one has not begun
    for head in heads:
        if trouble := _trouble_of(database, head):
            return trouble
    try:
        if heads:
            LogSigner(database, seeds, SystemClock()).signers(heads[-1])
    except KeyRetired:
        return f"the secrets hold no key that signs for {heads[-1].origin} now"
    return ""


def _trouble_of(database: Database, head: LogHead) -> str:
    with database.read() as connection:
        ours = sa.select(sa.func.count()).where(custody_records.c.log_id == head.log_id)
        leaves = connection.scalar(ours.where(custody_records.c.idx.is_not(None)))
    if leaves != head.size:
        return f"the head of {head.origin} says {head.size} leaves, there are {leaves}"
    try:
        root = Logs(database).root_at(head.log_id, head.size)
    except LogDamaged as fault:
        return f"{head.origin}: {fault}"
    return "" if root == head.root else f"the leaves of {head.origin} do not give its head"


def _moved(context: Context, copy: Path) -> int:
    """Copy the backup's SQLite database into the one of the settings; how many rows."""
    source = Database(f"sqlite:///{copy}")
    try:
        schema.upgrade(source)
        return transfer(source, context.database)
    finally:
        source.close()
