"""The database: an engine for reads, and a driver connection for the writer.

SQLite runs in WAL with `synchronous=FULL`. Its file is opened and never made, but by `Database.make_file`: SQLite would
make an empty one for a file that is away for a moment, and discard the WAL beside it. PostgreSQL is used by URL.
Statements are built with SQLAlchemy Core; those of the hot path are compiled once (`prepare`) and run on the driver.
All writing is done by `ni/store/journal.py`.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from ni.domain.errors import StoreUnavailable

BUSY_MS = 5000
MOST_READERS = 32
"""Connections of a process for reading. Made when needed and then kept: a new one costs more than what it reads."""
POSTGRES: Mapping[str, Any] = {"connect_timeout": 3, "tcp_user_timeout": 10_000}
"""Detect an unreachable server within seconds, also where packets are dropped (libpq's parameter names and units)."""
PREPARE = "prepare_threshold"
"""psycopg prepares what runs often, which halves the server's work. `?prepare_threshold=none` in the URL turns that
off, for a pooler that gives each transaction another connection and does not follow prepared statements."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA secure_delete=FAST",  # overwrite deleted content where that adds no I/O
)


_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class DatabaseDamaged(StoreUnavailable):
    """The file of SQLite is damaged, or no database at all. A client is told no more than that it is unavailable."""

    def __str__(self) -> str:
        return "The database file is damaged. Keep a copy, then restore a backup with `python -m ni restore FILE`."


def unavailable(fault: BaseException) -> StoreUnavailable:
    """What a fault of a driver means for who asked: that the database is damaged, or away for some other reason."""
    code = getattr(getattr(fault, "orig", fault), "sqlite_errorcode", 0)
    return DatabaseDamaged() if code & 0xFF in _DAMAGED else StoreUnavailable()


class Database:
    """One database by SQLAlchemy URL, e.g. `sqlite:////srv/ni/ni.db` or `postgresql+psycopg://...`."""

    def __init__(self, url: str) -> None:
        given = sa.make_url(url)
        self.url = given.difference_update_query([PREPARE])  # psycopg's own, which libpq refuses in a URL
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._options = {**POSTGRES, PREPARE: None} if given.query.get(PREPARE) == "none" else POSTGRES
        # `named` gives `:name` on SQLite, as psycopg's own style gives `%(name)s`: rows are mappings on both.
        extra: dict[str, Any] = {"paramstyle": "named"} if self.sqlite else {"connect_args": self._options}
        self.engine: Engine = sa.create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=MOST_READERS,
            max_overflow=0,
            pool_timeout=BUSY_MS / 1000,
            **extra,
        )
        if self.sqlite:
            sa.event.listen(self.engine, "do_connect", _opening_only)
            sa.event.listen(self.engine, "connect", lambda connection, _: _tune(connection))

    @property
    def path(self) -> Path | None:
        """The file of SQLite; None for one in memory, and for PostgreSQL."""
        name = self.url.database or ""
        return Path(name).absolute() if self.sqlite and name and not name.startswith(":") else None

    @property
    def in_place(self) -> bool:
        """Whether the file is where it belongs: what is written while it is away may be lost."""
        return self.path is None or self.path.exists()

    @property
    def missing(self) -> bool:
        """Whether there is no file yet. Beside a WAL it is not missing but away."""
        return not self.in_place and not Path(f"{self.path}-wal").exists()

    def make_file(self) -> None:
        """Make the file of SQLite, empty, where there is none yet; nothing else makes it."""
        if self.path is not None and self.missing:
            self.path.touch(mode=0o600)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading. Raises `StoreUnavailable` if the database cannot be reached."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as fault:
            raise unavailable(fault) from fault

    @contextmanager
    def read_snapshot(self) -> Iterator[Connection]:
        """A connection all of whose statements see the database as it was at one instant, whatever others write.

        Raises `StoreUnavailable`. SQLite keeps its WAL as long, so that it is for what has to compare rows.
        """
        with self.read() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")  # the driver begins none for what only reads
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    def prepare(self, statement: sa.ClauseElement) -> str:
        """The statement's SQL for this driver, with named parameters; literal values stay out of it."""
        return str(statement.compile(dialect=self.engine.dialect))

    def open_driver(self) -> Any:
        """A driver connection outside the pool, for the journal. On SQLite transactions are begun by hand, and so is
        waiting for the lock (`write_lock.py`)."""
        if not self.sqlite:
            import psycopg  # loaded only where PostgreSQL is used

            dsn = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
            return psycopg.connect(dsn, autocommit=True, **self._options)
        connection = _open(self, check_same_thread=False)
        _tune(connection)
        connection.execute("PRAGMA busy_timeout=0")
        return connection

    def close(self) -> None:
        """Close the pool of the engine."""
        self.engine.dispose()


def _opening_only(dialect: Any, record: Any, names: list[str], options: dict[str, Any]) -> None:
    """Have the pool open the file as `_open` does (SQLAlchemy, `DialectEvents.do_connect`)."""
    if names and not names[0].startswith(":"):
        names[0], options["uri"] = _existing(Path(names[0])), True


def _existing(path: Path) -> str:
    """The URI that opens a file and does not make it: https://sqlite.org/uri.html, `mode=rw`."""
    return f"{path.absolute().as_uri()}?mode=rw"


def _open(database: Database, **options: Any) -> sqlite3.Connection:
    """A connection to the database's own file, in which transactions are begun by hand."""
    path = database.path
    name = _existing(path) if path else ":memory:"
    connection: sqlite3.Connection = sqlite3.connect(
        name, isolation_level=None, uri=path is not None, **options
    )
    return connection


def _tune(connection: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


if TYPE_CHECKING:  # only the dialect of the database that is there is loaded
    from sqlalchemy.dialects import postgresql, sqlite

Insert = Union[type["sqlite.Insert"], type["postgresql.Insert"]]  # noqa: UP007 - names that are not there yet


def upsert(database: Database) -> Insert:
    """SQLAlchemy's insert construct with `ON CONFLICT` for this database; both write it alike."""
    if database.sqlite:
        from sqlalchemy.dialects import sqlite

        return sqlite.Insert
    from sqlalchemy.dialects import postgresql

    return postgresql.Insert


def copy_sqlite(database: Database, target: Path) -> None:
    """Copy a SQLite database to a new file, readable by its owner alone, while others read and write it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600, exist_ok=False)
    with closing(_open(database)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
