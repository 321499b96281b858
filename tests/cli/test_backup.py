"""`backup` and `restore`: private, whole, and never over something that is there."""

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ni.settings.secret_files import write_private
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


@pytest.mark.parametrize("beside", ["custody.seed.retired", "custody.seed.next"])
def test_a_backup_holds_the_keys_that_a_rotation_left_or_began(
    run: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, beside: str
) -> None:
    run("init")
    write_private(home / "secrets" / beside, bytes(range(32)))
    run("backup", str(tmp_path / "backup.tar"))
    monkeypatch.setenv("NI_HOME", str(tmp_path / "elsewhere"))
    run("restore", str(tmp_path / "backup.tar"))
    restored = tmp_path / "elsewhere" / "secrets" / beside
    assert restored.read_bytes() == bytes(range(32))
    assert restored.stat().st_mode & 0o777 == 0o600


def test_an_archive_with_a_file_that_no_backup_holds_restores_nothing(
    run: Run, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    file = tmp_path / "backup.tar"
    run("backup", str(file))
    (tmp_path / "more").write_text("x")
    with tarfile.open(file, "a:") as archive:
        archive.add(tmp_path / "more", "secrets/../more")
    monkeypatch.setenv("NI_HOME", str(tmp_path / "elsewhere"))
    assert "no backup of ours" in refused("restore", str(file))
    assert not (tmp_path / "elsewhere").exists()


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
