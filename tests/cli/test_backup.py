"""`backup` and `restore`: private, whole, and never over something that is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ni.store.backup import BackupError, pack
from ni.store.database import Database

Run = Callable[..., Any]


def test_a_backup_is_private_and_comes_back_whole(
    run: Run, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    made = run("key", "create", "--name", "k")
    file = tmp_path / "backup.tar"
    run("backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "exists" in refused("backup", str(file))
    assert "never overwrites" in refused("restore", str(file))
    monkeypatch.setenv("NI_HOME", str(tmp_path / "elsewhere"))
    run("restore", str(file))
    assert [key["id"] for key in run("key", "list")] == [made["id"]]
    assert all(check["ok"] for check in run("doctor"))


def test_a_file_that_is_no_backup_is_refused_and_restores_nothing(
    refused: Run, tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "backup.tar"
    file.write_bytes(b"not a tar")
    refused("restore", str(file))
    assert not home.exists()


def test_backups_of_postgresql_are_left_to_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump"):
        pack(Database("postgresql+psycopg://nobody@/none"), {}, tmp_path / "b.tar")


@pytest.mark.postgres
def test_a_backup_moves_into_an_empty_postgresql_and_nowhere_else(
    run: Run, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_postgres: str
) -> None:
    run("init")
    made = run("key", "create", "--name", "k")
    run("account", "credit", "default", "7.50")
    file = tmp_path / "backup.tar"
    run("backup", str(file))
    monkeypatch.setenv("NI_DATABASE_URL", fresh_postgres)
    run("restore", str(file))
    assert [key["id"] for key in run("key", "list")] == [made["id"]]
    assert [line["balance"] for line in run("account", "statement", "default")] == ["7.50"]
    assert "already" in refused("restore", str(file))
