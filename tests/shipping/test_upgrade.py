"""What revision 518aad1 wrote is upgraded: on SQLite and PostgreSQL, after a backup that was tried, or not at all.

`old/518aad1.*` were written by that revision itself: a backup of an instance with a user, a key with a daily cap, three
calls and their records, and the same rows in its PostgreSQL.
"""

import gzip
import io
import os
import shutil
import signal
import sqlite3
import tarfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from ni.cli import main
from ni.store import schema
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.metering import usage
from tests.running import RunningGateway

OLD = Path(__file__).with_name("old")
KEY = (OLD / "518aad1.key").read_text().strip()
FIRST = "0009"
CALLS = 3


def unpacked(home: Path) -> Path:
    """The files of the old instance, as it left them."""
    home.mkdir(mode=0o700)
    archive = io.BytesIO(gzip.decompress((OLD / "518aad1.tar.gz").read_bytes()))
    with tarfile.open(fileobj=archive) as members:
        members.extractall(home)  # noqa: S202 - a file of our own
    (home / "secrets").chmod(0o700)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return unpacked(tmp_path / "home")


@pytest.fixture
def in_postgres(tmp_path: Path, fresh_postgres: str) -> tuple[Path, str]:
    """The secrets of the old instance, and the URL of its PostgreSQL."""
    home = unpacked(tmp_path / "home")
    (home / "ni.db").unlink()
    with closing(Database(fresh_postgres)) as database:
        with database.engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        driver = database.open_driver()
        driver.execute(gzip.decompress((OLD / "518aad1.sql.gz").read_bytes()).decode())
        driver.close()
    return home, fresh_postgres


def revision(url: str) -> str:
    with closing(Database(url)) as database, database.read() as connection:
        return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))


def copy_of(home: Path) -> Path:
    (found,) = (home / "backups").iterdir()
    return found


def check_serves(gateway: RunningGateway) -> None:
    """The key of before calls, its rows are there, and the custody log grew from what it was."""
    gateway.start()
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "say hi"}]}
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = requests.post(f"{gateway.url}/v1/chat/completions", json=body, headers=headers, timeout=20)
    assert answer.status_code == 200
    rows = requests.get(f"{gateway.url}/api/usage", headers=headers, timeout=20).json()
    assert len(rows["data"]) == CALLS + 1
    assert gateway.stop() == 0
    assert gateway.ni("custody", "fsck")


def test_a_sqlite_of_518aad1_is_upgraded_and_its_copy_comes_back(home: Path, tmp_path: Path) -> None:
    gateway = RunningGateway(home)
    found = gateway.ni("upgrade", "--check")
    known = schema.revisions()
    assert [step["revision"] for step in found["migrations"]] == known[known.index(FIRST) + 1 :]
    assert all(step["title"] for step in found["migrations"])
    assert revision(f"sqlite:///{home}/ni.db") == FIRST
    assert gateway.ni("upgrade")["upgraded"]
    assert revision(f"sqlite:///{home}/ni.db") == known[-1]
    assert copy_of(home).stat().st_mode & 0o077 == 0
    check_serves(gateway)
    assert not gateway.ni("upgrade")["upgraded"]

    elsewhere = RunningGateway(tmp_path / "elsewhere")
    elsewhere.ni("restore", str(copy_of(home)))
    assert (
        revision(f"sqlite:///{tmp_path}/elsewhere/ni.db") == FIRST
    )  # the way back: the old version serves it
    elsewhere.ni("upgrade")
    check_serves(elsewhere)


def test_a_backup_of_518aad1_is_restored_and_upgraded(tmp_path: Path) -> None:
    archive = tmp_path / "old.tar"
    archive.write_bytes(gzip.decompress((OLD / "518aad1.tar.gz").read_bytes()))
    gateway = RunningGateway(tmp_path / "home")
    gateway.ni("restore", "--unverified", str(archive))
    gateway.ni("upgrade")
    check_serves(gateway)


@pytest.mark.postgres
def test_a_postgresql_of_518aad1_is_copied_upgraded_and_its_copy_comes_back(
    in_postgres: tuple[Path, str], tmp_path: Path
) -> None:
    home, url = in_postgres
    gateway = RunningGateway(home, NI_DATABASE_URL=url)
    assert not gateway.ni("upgrade", "--check")["old_gateways_go_on"]
    assert gateway.ni("upgrade")["upgraded"]
    assert revision(url) == schema.revisions()[-1]
    check_serves(gateway)
    elsewhere = RunningGateway(tmp_path / "elsewhere")
    elsewhere.ni("restore", str(copy_of(home)))
    assert revision(f"sqlite:///{tmp_path}/elsewhere/ni.db") == FIRST
    elsewhere.ni("upgrade")
    check_serves(elsewhere)


@pytest.mark.postgres
def test_a_backup_of_postgresql_holds_every_row(in_postgres: tuple[Path, str], tmp_path: Path) -> None:
    home, url = in_postgres
    gateway = RunningGateway(home, NI_DATABASE_URL=url)
    gateway.ni("upgrade")
    gateway.ni("backup", str(tmp_path / "copy.tar"))
    elsewhere = RunningGateway(tmp_path / "elsewhere")
    elsewhere.ni("restore", str(tmp_path / "copy.tar"))
    with closing(Database(url)) as one, closing(Database(f"sqlite:///{tmp_path}/elsewhere/ni.db")) as two:
        for table in metadata.sorted_tables:
            query = sa.select(table).order_by(*table.primary_key.columns)
            with one.read() as left, two.read() as right:
                assert left.execute(query).all() == right.execute(query).all(), table.name


def _running(home: Path, patch: pytest.MonkeyPatch) -> None:
    row = ("other", os.uname().nodename, os.getpid(), "1", int(time.time() * 1000))
    with closing(sqlite3.connect(home / "ni.db")) as connection:
        connection.execute(
            "INSERT INTO processes (id, host, pid, started, beat_at) VALUES (?, ?, ?, ?, ?)", row
        )
        connection.commit()


def _full(home: Path, patch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage(home)
    patch.setattr("shutil.disk_usage", lambda path: real._replace(free=1000))


def _without_secret(home: Path, patch: pytest.MonkeyPatch) -> None:
    (home / "secrets" / "master").unlink()


def _forged(home: Path, patch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(home / "ni.db")) as connection:
        connection.execute("UPDATE custody_logs SET root = zeroblob(32)")
        connection.commit()


REFUSED = [
    (_running, "A gateway runs on this database"),
    (_full, "MiB are free"),
    (_without_secret, "master is missing"),
    (_forged, "custody log of the backup does not fit"),
]


@pytest.mark.parametrize(("harm", "says"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_an_upgrade_that_cannot_be_undone_is_refused_in_one_line_and_changes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    harm: Callable[[Path, pytest.MonkeyPatch], None], says: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("NI_HOME", str(home))
    harm(home, monkeypatch)
    for command in ("upgrade", "init"):
        from ni.__main__ import command_parts

        assert main([command], command_parts()) == 1
        output = capsys.readouterr().err
        assert says in output
        assert output.count("\n") == 1
    assert revision(f"sqlite:///{home}/ni.db") == FIRST


def newer(url: str, version: str, floor: str) -> None:
    """Do to the database what the upgrade of a newer version does."""
    with closing(Database(url)) as database, database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        table = metadata.tables["instance"]
        connection.execute(
            table.update().where(table.c.name == "schema_compatible_since").values(value=floor)
        )


def statuses(gateway: RunningGateway, count: int = 20) -> set[int]:
    """What `/v1/models` answers, asked so often that each worker has its turn."""
    headers = {"Authorization": f"Bearer {KEY}"}
    return {
        requests.get(f"{gateway.url}/v1/models", headers=headers, timeout=10).status_code
        for _ in range(count)
    }


def wait_for(gateway: RunningGateway, wanted: set[int]) -> None:
    ends_at, seen = time.monotonic() + 40, set[int]()
    while time.monotonic() < ends_at:
        seen = statuses(gateway)
        if seen == wanted:
            return
        time.sleep(0.2)
    raise AssertionError((seen, gateway.log.read_text()[-1500:]))


@pytest.mark.faults
@pytest.mark.postgres
def test_gateways_that_a_newer_schema_leaves_behind_refuse_and_their_neighbours_live(
    in_postgres: tuple[Path, str],
) -> None:
    """O9: the first worker that came again ended its whole gateway; before that, old code wrote into new tables."""
    home, url = in_postgres
    gateway = RunningGateway(home, NI_DATABASE_URL=url, NI_WORKERS="2")
    gateway.ni("upgrade")
    gateway.start()
    last = schema.revisions()[-1]
    try:
        newer(
            url, "9999", last
        )  # only added something: who was there may go on, also a worker that comes again
        os.kill(gateway.workers()[0], signal.SIGKILL)
        time.sleep(1)
        wait_for(gateway, {200})
        assert len(gateway.workers()) == 2
        newer(url, "9999", "9999")
        wait_for(gateway, {503})
        os.kill(gateway.workers()[0], signal.SIGKILL)
        time.sleep(1)
        wait_for(gateway, {503})
        assert requests.get(f"{gateway.url}/healthz", timeout=10).status_code == 200
        assert len(gateway.workers()) == 2
        newer(url, last, last)  # restored
        wait_for(gateway, {200})
    finally:
        assert gateway.stop() == 0


def test_rows_of_before_are_counted(home: Path) -> None:
    RunningGateway(home).ni("upgrade")
    with closing(Database(f"sqlite:///{home}/ni.db")) as database, database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(usage)) == CALLS
