"""Backup and restore of an instance (`pack`, `unpack`), and the copy of all rows into another database (`transfer`).

A backup is a tar, readable by its owner alone, that holds `SHA256SUMS` (in the form that `sha256sum -c` reads), `ni.db`
and the files under the names given (the secrets). Of a PostgreSQL it holds the same, its rows as SQLite keeps them. A
backup holds what the secrets protect, so keep it like the secrets themselves. The digests find damage (a disk, a copy
that was cut); they are no signature, as an attacker who can write the file can write them too.
"""

import hashlib
import io
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.store import schema
from ni.store.database import Database
from ni.store.snapshot import snapshot
from ni.store.tables import metadata

DATABASE = "ni.db"
SUMS = "SHA256SUMS"
_SUMS_BYTES = 64 * 1024
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^\n]+)")
_PRIVATE = 0o600


class BackupError(Exception):
    """Why no backup was made or nothing was restored, in one sentence."""


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a backup may hold beside the database: all of `names`, any of `optional`, nothing else.

    Without `digests` the archive may lack `SHA256SUMS`; those that it has count all the same.
    """

    names: frozenset[str]
    optional: frozenset[str] = frozenset()
    digests: bool = True

    @property
    def required(self) -> frozenset[str]:
        """The members that each archive must have."""
        return self.names | {DATABASE}

    @property
    def allowed(self) -> frozenset[str]:
        """The members that an archive may have."""
        return self.required | self.optional | {SUMS}


def pack(database: Database, files: Mapping[str, Path], target: Path) -> None:
    """Write the backup `target`. Raises `BackupError` if it exists, `SchemaError` for a schema that is not ours."""
    if target.exists():
        raise BackupError(f"{target} exists; name a new file.")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with (
        os.fdopen(descriptor, "wb") as file,
        tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder,
    ):
        copy = Path(folder) / DATABASE
        snapshot(database, copy)
        members = {DATABASE: copy, **files}
        with tarfile.open(fileobj=file, mode="w") as archive:
            _add_all(archive, members)
        file.flush()
        os.fsync(descriptor)


def _add_all(archive: tarfile.TarFile, members: Mapping[str, Path]) -> None:
    """Add the members, after `SHA256SUMS`, so that a reader of the stream has the digests first."""
    sums = "".join(f"{_digest(path)}  {name}\n" for name, path in members.items()).encode()
    archive.addfile(_entry(SUMS, len(sums)), io.BytesIO(sums))
    for name, path in members.items():
        with path.open("rb") as octets:
            archive.addfile(_entry(name, path.stat().st_size), octets)


def unpack(source: Path, wanted: BackupContents, folder: Path) -> frozenset[str]:
    """Write the files of a backup into an empty private `folder`; their names.

    Raises `BackupError` if a member is missing, unknown, repeated or does not match its digest.
    """
    try:
        with tarfile.open(source, mode="r:") as archive:
            names = _extract(archive, wanted, folder)
    except (OSError, tarfile.TarError, ValueError, OverflowError) as fault:
        raise BackupError(f"{source} cannot be read as a backup ({type(fault).__name__}).") from fault
    if missing := sorted(wanted.required - names):
        raise BackupError(f"{source} lacks {', '.join(missing)}; it is not a whole backup.")
    if SUMS in names:
        _compare(source, folder, names)
    elif wanted.digests:
        raise BackupError(
            f"{source} has no {SUMS}, so damage cannot be told: it was made by an older version. Restore it with "
            "--unverified if you trust where it was kept."
        )
    return names - {SUMS}


def require_intact(path: Path) -> None:
    """Raises `BackupError` unless SQLite finds its file whole (https://sqlite.org/pragma.html#pragma_integrity_check)."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as fault:
        verdict = str(fault)
    if verdict != "ok":
        line = " ".join(str(verdict).split())[:120]
        raise BackupError(f"The database of the backup is damaged ({line}); restore another backup.")


def place(source: Path, target: Path) -> None:
    """Copy a file to a new private one, durable on return; a crash leaves no partial file under its name."""
    draft = target.with_name(target.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with source.open("rb") as octets, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(octets, file)
        file.flush()
        os.fsync(descriptor)
    draft.rename(target)


def _extract(archive: tarfile.TarFile, wanted: BackupContents, folder: Path) -> frozenset[str]:
    names: set[str] = set()
    for member in archive:
        octets = archive.extractfile(member) if member.isreg() and member.name in wanted.allowed else None
        if octets is None or member.name in names:
            raise BackupError(f"The archive holds {member.name!r:.80}, which no backup of ours holds.")
        target = folder / member.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
            shutil.copyfileobj(octets, file)
        names.add(member.name)
    return frozenset(names)


def _compare(source: Path, folder: Path, names: frozenset[str]) -> None:
    """Raises `BackupError` unless `SHA256SUMS` lists exactly these files with their digests."""
    sums = (folder / SUMS).read_bytes()[:_SUMS_BYTES].decode("ascii", "replace")
    *lines, rest = (_LINE.fullmatch(line) for line in sums.split("\n"))
    digests = {line["name"]: line["digest"] for line in lines if line}
    if rest or len(digests) < len(lines) or not sums.endswith("\n"):
        raise BackupError(
            f"{source} is damaged: its {SUMS} cannot be read. Nothing was restored; use another copy."
        )
    for name in sorted((names - {SUMS}) | digests.keys()):
        path = folder / name
        if name not in names or not path.is_file() or digests.get(name) != _digest(path):
            raise BackupError(
                f"{source} is damaged: {name!r:.80} is not what {SUMS} says. Nothing was restored; use another copy."
            )


def _digest(path: Path) -> str:
    with path.open("rb") as octets:
        return hashlib.file_digest(octets, "sha256").hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, _PRIVATE
    return entry


ROWS = 500


def transfer(source: Database, target: Database) -> int:
    """Copy every row into the empty database `target`, in one transaction; the number of rows.

    Both must have the schema of this program; an empty target gets it. Raises `BackupError` if the target has rows,
    `SchemaError` for another schema.
    """
    schema.require_current(source)
    if schema.state(target) is schema.State.EMPTY:
        schema.migrate_empty(target, schema.revisions()[-1])
    schema.require_current(target)
    with source.read() as origin, target.engine.begin() as end:
        for table in metadata.sorted_tables:
            if end.scalar(sa.select(sa.func.count()).select_from(table)):
                raise BackupError(f"The database has rows in `{table.name}` already; choose an empty one.")
        return sum(_copy(table, origin, end) for table in metadata.sorted_tables)


def _copy(table: sa.Table, origin: Connection, end: Connection) -> int:
    copied = 0
    source_rows = origin.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
    for rows in source_rows.partitions(ROWS):
        end.execute(table.insert(), [dict(row) for row in rows])
        copied += len(rows)
    counter = table.autoincrement_column
    if counter is not None and copied and end.dialect.name == "postgresql":
        _advance(counter, end)
    return copied


def _advance(counter: sa.Column[int], end: Connection) -> None:
    """Set the sequence of an autoincrement column to its greatest value."""
    sequence = sa.func.pg_get_serial_sequence(counter.table.name, counter.name)
    if end.scalar(sa.select(sequence)) is not None:
        end.execute(sa.select(sa.func.setval(sequence, sa.select(sa.func.max(counter)).scalar_subquery())))
