"""PgBouncer before a PostgreSQL of the tests: each transaction gets whichever connection is free."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

CONNECTIONS = 3
START_S = 15.0


class PgBouncer:
    """Pooling by transaction, over `CONNECTIONS` connections. `url` is the database through it."""

    def __init__(self, folder: Path, database: str) -> None:
        program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        if program is None:
            pytest.skip("no pgbouncer: apt-get install pgbouncer")
        folder.mkdir()
        server = sa.make_url(database)
        host = dict(server.query)["host"]
        (folder / "users").write_text(f'"{server.username}" "{server.password or ""}"\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{server.database} = host={host}\n[pgbouncer]\nunix_socket_dir = {folder}\n"
            f"listen_addr =\nauth_type = trust\nauth_file = {folder}/users\npool_mode = transaction\n"
            f"default_pool_size = {CONNECTIONS}\nmax_client_conn = 500\nclient_login_timeout = 5\n"
            f"logfile = {folder}/log\n"
        )
        self._log = folder / "log"
        user = _as_owner(Path(host), folder)
        self._process = subprocess.Popen(
            [program, str(folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **user,
        )
        through = server.update_query_dict({"host": str(folder), "port": "6432"})
        self.url = through.update_query_dict({"prepare_threshold": "none"}).render_as_string(
            hide_password=False
        )
        try:
            self._await(through.set(drivername="postgresql").render_as_string(hide_password=False))
        except BaseException:
            self.close()
            raise

    def _await(self, dsn: str) -> None:
        ends_at = time.monotonic() + START_S
        while True:
            try:
                psycopg.connect(dsn, prepare_threshold=None).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, self._log.read_text()[-2000:]
                assert time.monotonic() < ends_at, self._log.read_text()[-2000:]
                time.sleep(0.05)
            else:
                return

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(15)


def _as_owner(server: Path, folder: Path) -> dict[str, str]:
    """It does not run as root: there the server's own user runs it, who alone reaches its socket."""
    if os.geteuid() != 0:
        return {}
    owner = server.owner()
    shutil.chown(folder, owner)
    for above in [*folder.parents][:-1]:
        above.chmod(above.stat().st_mode | 0o011)
    return {"user": owner}
