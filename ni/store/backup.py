"""Copies of an instance: the database as of one moment, and with it the small files that it is useless without.

A backup is a tar, readable by its owner alone, that holds `ni.db` and the files under the names given (the secrets).
SQLite only: on PostgreSQL `pg_dump` does this better, and the secrets are files to copy. A backup holds what the
secrets protect, so keep it like the secrets themselves.
"""

import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ni.store.database import Database

DATABASE = "ni.db"


class BackupError(Exception):
    """Why there is no backup or nothing was restored, in one line."""


def copy_sqlite(database: Database, target: Path) -> None:
    """Copy a SQLite database to a new file, readable by its owner alone, while others read and write it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(database.url.database or "", isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def pack(database: Database, files: Mapping[str, Path], target: Path) -> None:
    """Write the backup `target`. Raises `BackupError` if it exists or the database is not SQLite."""
    if not database.sqlite:
        raise BackupError(
            "This command copies SQLite. On PostgreSQL use `pg_dump`, and copy the folder `secrets`."
        )
    if target.exists():
        raise BackupError(f"{target} exists; name a new file.")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder,
    ):
        copy = Path(folder) / DATABASE
        copy_sqlite(database, copy)
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, path in {DATABASE: copy, **files}.items():
                _add(archive, name, path.read_bytes())
        file.flush()
        os.fsync(descriptor)


def unpack(source: Path, names: frozenset[str], optional: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """The files of a backup by name: the database, all of `names`, any of `optional`, nothing else.

    Raises `BackupError`.
    """
    wanted = names | {DATABASE}
    try:
        with tarfile.open(source, mode="r:") as archive:
            found = {member.name: _content(archive, member, wanted | optional) for member in archive}
    except (OSError, tarfile.TarError) as fault:
        raise BackupError(f"{source} cannot be read as a backup ({type(fault).__name__}).") from fault
    if missing := sorted(wanted - set(found)):
        raise BackupError(f"{source} lacks {', '.join(missing)}; it is not a whole backup.")
    return found


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, wanted: frozenset[str]) -> bytes:
    file = archive.extractfile(member) if member.isreg() and member.name in wanted else None
    if file is None:
        raise BackupError(f"The archive holds {member.name}, which no backup of ours holds.")
    return file.read()


def _add(archive: tarfile.TarFile, name: str, octets: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(octets), 0o600
    archive.addfile(entry, io.BytesIO(octets))
