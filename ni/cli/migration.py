"""Upgrades of the schema: never without a backup that was tried, never under a gateway that cannot go on."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from ni.cli.backup import pack_instance, verify
from ni.cli.context import CliError, Context
from ni.domain.clock import SystemClock, to_ms
from ni.metering.processes import STALE_MS, this_process
from ni.store import schema
from ni.store.database import Database
from ni.store.tables.metering import processes

COPIES = 3
"""Times the size of the database that a backup, its check and the upgrade take on the disk."""


def migrate(context: Context) -> bool:
    """Bring the schema up to date; whether anything was done. An existing database is first copied, and the copy tried.

    Raises `CliError` while a gateway runs that could not go on, or without room for the copy; `BackupError` if the copy
    does not hold what it must; `SchemaError`.
    """
    database = context.database
    if schema.state(database) is schema.State.OLDER:
        require_nobody(database)
        file = context.settings.home / "backups" / f"before-upgrade-{datetime.now(UTC):%Y%m%dT%H%M%S}.tar"
        require_room(context, file)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pack_instance(context, file)
        try:
            verify(file)
        except BaseException:
            file.unlink()  # a copy that does not hold what it must is none
            raise
        context.say(f"Copied everything into {file} and tried the upgrade on it.")
    upgraded = schema.upgrade(database)
    if upgraded:
        context.say("The database is up to date.")
    return upgraded


def require_nobody(database: Database) -> None:
    """Raises `CliError` if a gateway runs on the database that could not go on with the new schema."""
    running = alive(database)
    if running and (database.sqlite or not schema.goes_on(database)):
        raise CliError(
            f"A gateway runs on this database ({', '.join(running)}), and an older one cannot go on with the new "
            "schema. Stop it, then try again."
        )


def alive(database: Database) -> list[str]:
    """The gateways that run on a database of any of our schemas, as `host process number`."""
    with database.read() as connection:
        if not sa.inspect(connection).has_table(processes.name):
            return []
        known = {each["name"] for each in sa.inspect(connection).get_columns(processes.name)}
        if not {"host", "pid", "beat_at"} <= known:
            return []
        since = to_ms(SystemClock().now()) - STALE_MS
        rows = connection.execute(
            sa.select(processes.c.host, processes.c.pid).where(processes.c.beat_at > since)
        ).all()
    here = this_process("").host
    return [f"{host} process {pid}" for host, pid in rows if host != here or _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def size(database: Database) -> int:
    """The bytes of the database."""
    if database.sqlite:
        return Path(database.url.database or "").stat().st_size
    with database.read() as connection:
        return int(connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database()))) or 0)


def require_room(context: Context, file: Path) -> None:
    """Raises `CliError` if the disk of `file` has no room for the copy and its check."""
    home = context.settings.home
    needed, free = COPIES * size(context.database), shutil.disk_usage(home).free
    if free < needed:
        raise CliError(
            f"The copy before the upgrade needs {needed // 2**20 + 1} MiB under {file.parent.parent}, and "
            f"{free // 2**20} MiB are free. Free some, or move NI_HOME to a larger disk."
        )
