"""Checks and upgrades the schema of the database.

Upgrades are run by a person (`ni init`), never by a serving process. All steps of an upgrade are one transaction behind
an exclusive guard, after a copy of the database, so that a crash leaves the old schema whole. A database with tables
that are not ours, or that a newer program made, is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.store.database import Database, copy_sqlite
from ni.store.tables import metadata

if (
    TYPE_CHECKING
):  # loaded by upgrades alone: it takes longer to load than the rest of a serving process's store
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")
GUARD = 0x4E49_5343
"""Number of the PostgreSQL advisory lock that upgrades hold."""
VERSION_TABLE = "alembic_version"
_VERSION: sa.Select[Any] = sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))
COMPATIBLE_SINCE = "0026"
"""The oldest schema whose programs may go on beside this program's: migrations since then only add, with defaults.

Programs of before 0026 would look for the keys of local servers in a table that is gone; those of before 0018 would let
a key call routes that it does not name, and from everywhere.

An upgrade records it in the database, where programs that do not know the new schema read it.
"""
_FLOOR = "schema_compatible_since"


class State(StrEnum):
    """The schema of a database compared with this program's."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    AHEAD = "ahead"
    """Made by a newer program, which says that programs of this schema may go on."""


class SchemaError(Exception):
    """A schema that this program must not touch; the text is one sentence."""


class SchemaNewer(SchemaError):
    """The schema of a newer program beside which this one must not go on."""


def state(database: Database) -> State:
    """Compare the schema with this program's. Raises `SchemaError` if it is newer, half applied or not ours."""
    if database.missing:
        return State.EMPTY
    with database.read() as connection:
        return _state(connection)


def require_current(database: Database) -> None:
    """Raises `SchemaError` unless the schema is the one that this program was written for."""
    current = state(database)
    if current is State.EMPTY:
        raise SchemaError("The database has no tables yet; run `python -m ni init` first.")
    if current is State.OLDER:
        raise SchemaError(
            "The database was made by an older version; stop the server and run `python -m ni init`, "
            "which makes a copy and then upgrades it."
        )


def upgrade(database: Database, copy: Path | None = None) -> bool:
    """Bring the schema up to date; whether anything was done. On SQLite an existing database is first copied to `copy`.

    Raises `SchemaError` if the database is newer, half applied or not ours.
    """
    current = state(database)
    if current in (State.CURRENT, State.AHEAD):
        return False
    if current is State.OLDER and database.sqlite and copy is not None:
        copy_sqlite(database, copy)
    database.make_file()
    with _guard(database) as connection:
        if _state(connection) in (State.CURRENT, State.AHEAD):  # another process was faster
            return False
        _run(connection, "head")
        _note_floor(connection)
        return True


def migrate_empty(database: Database, target: str) -> None:
    """Make the tables of the revision `target` in a database that has none."""
    with _guard(database) as connection:
        _run(connection, target)


def revision(connection: Connection) -> str:
    """The revision of a database, one that this program knows. Raises `SchemaError`."""
    state_now = _state(connection)
    if state_now is State.EMPTY:
        raise SchemaError("The database has no tables yet; run `python -m ni init` first.")
    if state_now is State.AHEAD:
        raise SchemaError("The database was upgraded by a newer version; use that version for this.")
    return str(connection.scalar(_VERSION))


def pending(database: Database) -> list[str]:
    """The revisions that an upgrade would apply, oldest first. Raises `SchemaError`."""
    with database.read() as connection:
        if _state(connection) is State.EMPTY:
            return revisions()
        now = str(connection.scalar(_VERSION))
    return [each for each in revisions() if each > now]


def goes_on(database: Database) -> bool:
    """Whether programs of the database's schema may go on beside this program's."""
    steps = pending(database)
    return not steps or min(steps) > COMPATIBLE_SINCE


def title(name: str) -> str:
    """What a revision does, as the first line of its file says."""
    (path,) = (MIGRATIONS / "versions").glob(f"{name}_*.py")
    return path.read_text("utf-8").partition("\n")[0].strip('"')


def _run(connection: Connection, target: str) -> None:
    from alembic import command

    command.upgrade(configuration(connection), target)


def _note_floor(connection: Connection) -> None:
    table = metadata.tables["instance"]
    connection.execute(table.delete().where(table.c.name == _FLOOR))
    connection.execute(table.insert().values(name=_FLOOR, value=COMPATIBLE_SINCE))


def _floor(connection: Connection, tables: set[str]) -> str | None:
    """The oldest schema whose programs may go on, as the newer program wrote it."""
    table = metadata.tables["instance"]
    if table.name not in tables:
        return None
    return connection.scalar(sa.select(table.c.value).where(table.c.name == _FLOOR))


def configuration(connection: Connection | None = None) -> "Config":
    """Alembic's configuration, without a file; migrations run on `connection`."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def revisions() -> list[str]:
    """The revisions that this program knows, oldest first: a migration's file begins with the number that it makes."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@contextmanager
def _guard(database: Database) -> Iterator[Connection]:
    """A transaction that excludes other writers; commits at the end, rolls back on an exception."""
    with database.engine.connect() as connection:
        if database.sqlite:
            connection.exec_driver_sql(
                "PRAGMA foreign_keys=OFF"
            )  # a table that is made anew drops its old self
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(GUARD)))
        try:
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            connection.invalidate()  # its settings differ from those of the pool


def _state(connection: Connection) -> State:
    tables = set(sa.inspect(connection).get_table_names())
    if not tables:
        return State.EMPTY
    known = revisions()
    versions = [str(row[0]) for row in connection.execute(_VERSION)] if VERSION_TABLE in tables else []
    if not versions:
        raise SchemaError(
            "The database holds tables but no version: it is not ours, or was half made. Set "
            "NI_DATABASE_URL to an empty database, or restore a backup."
        )
    if len(versions) > 1 or versions[0] not in known:
        floor = _floor(connection, tables)
        if len(versions) == 1 and versions[0] > known[-1] and floor and floor <= known[-1]:
            return State.AHEAD
        raise SchemaNewer(
            f"The database was made by a newer version (schema {', '.join(versions)}); run that version, "
            "or restore the copy that was made before the upgrade."
        )
    if versions[0] != known[-1]:
        return State.OLDER
    missing = sorted(set(metadata.tables) - tables)
    if missing:
        raise SchemaError(
            f"The database lacks tables ({', '.join(missing)}): an upgrade was half applied. "
            "Restore a backup."
        )
    return State.CURRENT
