"""Migrations: they make exactly the tables, all or nothing, and never touch what they do not know."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ni.store import schema
from ni.store.database import Database
from ni.store.schema import SchemaError, State
from ni.store.tables import metadata
from ni.store.tables.access import accounts


def test_the_migrated_schema_is_the_schema_of_the_tables(empty: Database) -> None:
    assert schema.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_revisions_are_those_that_the_migrations_name() -> None:
    scripts = ScriptDirectory.from_config(schema.configuration())
    named = [script.revision for script in scripts.walk_revisions()]
    assert schema.revisions() == named[::-1]


def test_an_upgraded_database_is_current_and_upgrading_again_does_nothing(empty: Database) -> None:
    assert schema.state(empty) is State.EMPTY
    schema.upgrade(empty)
    schema.require_current(empty)
    assert not schema.upgrade(empty)


def test_a_start_on_an_empty_database_is_refused_in_one_line(empty: Database) -> None:
    with pytest.raises(SchemaError, match=r"ni init") as refusal:
        schema.require_current(empty)
    assert "\n" not in str(refusal.value)


def test_a_newer_schema_is_refused_and_left_alone(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(
            sa.text("UPDATE instance SET value = '9999' WHERE name = 'schema_compatible_since'")
        )
    with pytest.raises(SchemaError, match="newer"):
        schema.require_current(empty)
    with pytest.raises(SchemaError, match="newer"):
        schema.upgrade(empty)


@pytest.mark.parametrize("floor", [None, *schema.revisions()])
def test_beside_a_newer_schema_only_programs_that_it_names_go_on(empty: Database, floor: str | None) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(sa.text("DELETE FROM instance"))
        if floor:
            row = {"name": "schema_compatible_since", "value": floor}
            connection.execute(metadata.tables["instance"].insert().values(**row))
    if floor is None:
        with pytest.raises(SchemaError, match="newer"):
            schema.state(empty)
    else:
        assert schema.state(empty) is State.AHEAD
        assert not schema.upgrade(empty)


def test_a_schema_that_lacks_a_table_is_refused_as_half_applied(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE links"))
    with pytest.raises(SchemaError, match=r"links.*half applied"):
        schema.require_current(empty)


def test_a_database_of_somebody_else_is_never_migrated(empty: Database) -> None:
    with empty.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE recipes (name TEXT)"))
    with pytest.raises(SchemaError, match="not ours"):
        schema.upgrade(empty)
    assert sa.inspect(empty.engine).get_table_names() == ["recipes"]


def test_a_migration_that_fails_leaves_nothing_behind(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(config: object, revision: str) -> None:
        context = config.attributes["connection"]  # type: ignore[attr-defined]
        metadata.create_all(context)
        raise RuntimeError(revision)

    monkeypatch.setattr("alembic.command.upgrade", fail)
    with pytest.raises(RuntimeError):
        schema.upgrade(empty)
    assert sa.inspect(empty.engine).get_table_names() == []


def test_an_old_sqlite_database_is_copied_before_it_is_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/ni.db")
    schema.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(accounts.insert().values(id="a", name="kept", time_zone="UTC", created_at=0))
    known = schema.revisions()
    monkeypatch.setattr(schema, "revisions", lambda: [*known, "9998"])
    assert schema.state(database) is State.OLDER
    monkeypatch.setattr("alembic.command.upgrade", lambda config, revision: None)
    copy = tmp_path / "backups" / "before.db"
    schema.upgrade(database, copy)
    database.close()
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT name FROM accounts").fetchall() == [("kept",)]
