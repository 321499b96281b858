"""`backup` and `restore`: private, whole, and never over something that is there."""

import hashlib
import io
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ni.settings.secret_files import write_private
from tests.cli.test_custody import started

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


def _members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {member.name: _read(archive, member) for member in archive}


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    octets = archive.extractfile(member)
    assert octets is not None
    return octets.read()


def _rewritten(file: Path, members: dict[str, bytes], sums: bool = True) -> Path:
    """An archive of these members, with right digests: what damage before the backup, or an older version, makes."""
    members = {name: octets for name, octets in members.items() if name != "SHA256SUMS"}
    if sums:
        lines = [f"{hashlib.sha256(octets).hexdigest()}  {name}\n" for name, octets in members.items()]
        members = {"SHA256SUMS": "".join(lines).encode(), **members}
    with tarfile.open(file, "w") as archive:
        for name, octets in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(octets)
            archive.addfile(entry, io.BytesIO(octets))
    return file


@pytest.fixture
def made(run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of an instance with a log of two records; NI_HOME is then another that does not exist."""
    run("init")
    started(home)
    file = tmp_path / "backup.tar"
    run("backup", str(file))
    monkeypatch.setenv("NI_HOME", str(tmp_path / "elsewhere"))
    return file


def _edited(made: Path, statement: str) -> Path:
    """The same backup, its database changed by a statement and its digests made anew."""
    members, path = _members(made), made.with_name("edited.db")
    path.write_bytes(members["ni.db"])
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    return _rewritten(made, members | {"ni.db": path.read_bytes()})


def test_a_flipped_byte_anywhere_restores_nothing(made: Path, refused: Run, tmp_path: Path) -> None:
    """One byte in each stretch of the archive: headers, digests, database, secrets."""
    octets = made.read_bytes()
    with tarfile.open(made) as archive:
        members = archive.getmembers()
    spots = {at for member in members for at in (member.offset, member.offset + 100, member.offset_data)}
    ends = {member.offset_data + member.size - 1 for member in members}
    inside = {
        at for member in members for at in range(member.offset_data, member.offset_data + member.size, 60_000)
    }
    for at in sorted(spots | ends | inside):
        made.write_bytes(octets[:at] + bytes([octets[at] ^ 0x01]) + octets[at + 1 :])
        refused("restore", str(made))
        assert not (tmp_path / "elsewhere").exists(), at


def test_a_cut_archive_restores_nothing(made: Path, refused: Run, tmp_path: Path) -> None:
    octets = made.read_bytes()
    for length in (0, 511, 512, 5_000, len(octets) // 2, len(octets) - 20_000):
        made.write_bytes(octets[:length])
        refused("restore", str(made))
        assert not (tmp_path / "elsewhere").exists(), length


def test_the_digests_are_those_that_sha256sum_reads(made: Path) -> None:
    members = _members(made)
    lines = members.pop("SHA256SUMS").decode().splitlines()
    assert lines == [f"{hashlib.sha256(octets).hexdigest()}  {name}" for name, octets in members.items()]


def test_an_archive_without_digests_is_refused_unless_that_is_asked_for(
    made: Path, run: Run, refused: Run, tmp_path: Path
) -> None:
    _rewritten(made, _members(made), sums=False)
    assert "--unverified" in refused("restore", str(made))
    assert not (tmp_path / "elsewhere").exists()
    run("restore", str(made), "--unverified")
    assert all(check["ok"] for check in run("doctor"))


def test_digests_count_also_where_they_may_lack(made: Path, refused: Run) -> None:
    octets = made.read_bytes()
    made.write_bytes(octets.replace(b"SQLite format 3", b"SQLite format 4"))
    assert "ni.db" in refused("restore", str(made), "--unverified")


def test_a_database_that_was_damaged_before_the_backup_is_refused(made: Path, refused: Run) -> None:
    members = _members(made)
    page = bytearray(members["ni.db"])
    page[4096 * 2 : 4096 * 3] = bytes(4096)
    _rewritten(made, members | {"ni.db": bytes(page)})
    assert "damaged" in refused("restore", str(made))
    assert "damaged" in refused("restore", str(made), "--unverified")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE custody_logs SET root = zeroblob(32)",
        "UPDATE custody_logs SET size = size + 1",
        "DELETE FROM custody_records WHERE idx = 0",
        "UPDATE custody_records SET rec = zeroblob(32) WHERE idx = 1",
    ],
)
def test_a_custody_log_that_does_not_fit_its_head_is_refused(
    made: Path, run: Run, refused: Run, tmp_path: Path, statement: str
) -> None:
    _edited(made, statement)
    assert "custody log" in refused("restore", str(made))
    assert not (tmp_path / "elsewhere").exists()
    run("restore", str(made), "--unverified")


def test_secrets_that_do_not_hold_the_key_of_the_log_are_refused(made: Path, refused: Run) -> None:
    _rewritten(made, _members(made) | {"secrets/custody.seed": bytes(range(32))})
    assert "no key" in refused("restore", str(made))


def test_what_another_database_left_beside_is_not_taken_for_ours(
    made: Path, refused: Run, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ni.db-wal").write_bytes(b"x")
    assert "ni.db-wal exists" in refused("restore", str(made))


@pytest.mark.parametrize("there", ["ni.db", "secrets/master"])
def test_one_file_of_another_instance_is_enough_to_restore_nothing(
    run: Run, refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    run("init")
    run("backup", str(tmp_path / "backup.tar"))
    kept = tmp_path / "elsewhere" / there
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"of another instance")
    monkeypatch.setenv("NI_HOME", str(tmp_path / "elsewhere"))
    assert "never overwrites" in refused("restore", str(tmp_path / "backup.tar"))
    found = {path: path.read_bytes() for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()}
    assert found == {kept: b"of another instance"}


def test_nothing_in_a_backup_may_be_read_by_others_once_it_is_unpacked(run: Run, tmp_path: Path) -> None:
    run("init")
    run("backup", str(tmp_path / "backup.tar"))
    with tarfile.open(tmp_path / "backup.tar") as archive:
        modes = {entry.name: oct(entry.mode) for entry in archive}
    assert modes
    assert set(modes.values()) == {"0o600"}
