"""Rebuilding: an honest log is intact; one flipped byte anywhere is named with its row."""

import itertools
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.custody.fsck import fsck
from ni.custody.logs import CustodyRefused, operator_record
from ni.custody.publisher import CADENCE_S
from ni.custody.record import RecordKind
from ni.custody.record_reader import view
from ni.custody.record_writer import HeadDamaged
from ni.domain.clock import to_ms
from ni.domain.errors import StoreUnavailable
from ni.store.database import Database
from ni.store.tables.custody import (
    custody_accounts,
    custody_checkpoints,
    custody_keys,
    custody_logs,
    custody_nodes,
    custody_records,
)
from tests.custody.conftest import House, open_house, record


@pytest.fixture
def tall(house: House) -> House:
    """A log of 600 leaves, with stored subtrees."""
    house.write(*(record(f"r{at}", f"acc_{at % 3}") for at in range(593)))
    house.clock.seconds += CADENCE_S
    house.log_service.tick()
    return house


def flipped(value: Any) -> Any:
    """The value with one bit changed, in its middle."""
    octets = bytearray(value.encode() if isinstance(value, str) else value)
    octets[len(octets) // 2] ^= 1
    return octets.decode() if isinstance(value, str) else bytes(octets)


def tamper(house: House, table: sa.Table, column: str, where: sa.ColumnElement[bool]) -> None:
    with house.database.engine.begin() as connection:
        value = connection.execute(sa.select(table.c[column]).where(where)).scalar_one()
        connection.execute(table.update().where(where).values({column: flipped(value)}))


def test_an_honest_log_is_intact(tall: House) -> None:
    report = fsck(tall.database)
    assert (report.leaves, report.findings) == (600, [])


@pytest.mark.parametrize("column", ["disclosures", "rec", "link"])
@pytest.mark.parametrize("leaf", [1, 255, 256, 599])
def test_a_flipped_byte_in_a_record_names_the_record_and_nothing_else(
    tall: House, column: str, leaf: int
) -> None:
    tamper(tall, custody_records, column, custody_records.c.idx == leaf)
    findings = fsck(tall.database).findings
    assert len(findings) == 1
    assert f"(leaf {leaf})" in findings[0]


@pytest.mark.parametrize("index", [0, 1])
def test_a_flipped_byte_in_a_stored_subtree_names_it(tall: House, index: int) -> None:
    tamper(tall, custody_nodes, "hash", custody_nodes.c.idx == index)
    assert [f"custody_nodes level 8 idx {index}" in found for found in fsck(tall.database).findings] == [True]


@pytest.mark.parametrize("column", ["root", "frontier"])
def test_a_flipped_byte_in_the_head_names_it(tall: House, column: str) -> None:
    tamper(tall, custody_logs, column, custody_logs.c.id == 1)
    assert ["custody_logs" in found for found in fsck(tall.database).findings] == [True]


def test_a_checkpoint_of_another_root_is_named(tall: House) -> None:
    signed = tall.log_service.signer.at(599).note.replace("\n599\n", "\n600\n")
    with tall.database.engine.begin() as connection:
        connection.execute(custody_checkpoints.update().values(note=signed))
    assert ["custody_checkpoints size 600" in found for found in fsck(tall.database).findings] == [True]


def test_a_record_that_was_removed_is_missed(tall: House) -> None:
    with tall.database.engine.begin() as connection:
        connection.execute(custody_records.delete().where(custody_records.c.idx == 300))
    assert any("leaf 300 is missing" in found for found in fsck(tall.database).findings)


def relabel(house: House, leaf: int, **values: object) -> None:
    with house.database.engine.begin() as connection:
        connection.execute(custody_records.update().where(custody_records.c.idx == leaf).values(**values))


@pytest.mark.parametrize(
    ("column", "value"),
    [("request_id", "r1"), ("kind", "close"), ("openings", "{"), ("openings", '{"req_c": 1}')],
)
def test_a_record_under_another_label_is_named(tall: House, column: str, value: str) -> None:
    relabel(tall, 9, **{column: value})
    assert ["(leaf 9)" in found for found in fsck(tall.database).findings] == [True]


def test_a_record_that_was_put_at_another_time_is_named(tall: House) -> None:
    tall.write(operator_record(RecordKind.KEY, {"event": "test"}, tall.clock, os.urandom))
    assert fsck(tall.database).findings == []
    for at_ms in (to_ms(tall.clock.now()) - 86_400_000, 2**62):
        relabel(tall, 600, at=at_ms)
        assert ["commits to another at" in found for found in fsck(tall.database).findings] == [True]


def test_a_checkpoint_with_a_garbled_signature_is_named(tall: House) -> None:
    with tall.database.engine.begin() as connection:
        rows = connection.execute(sa.select(custody_checkpoints)).all()
        for row in rows:
            head, dash, block = row.note.rpartition("\n\n")
            garbled = f"{head}{dash}{block[:-8]}{'AAAA' if block[-8:-4] != 'AAAA' else 'BBBB'}{block[-4:]}"
            connection.execute(
                custody_checkpoints.update()
                .where(custody_checkpoints.c.size == row.size)
                .values(note=garbled)
            )
    findings = fsck(tall.database).findings
    assert rows
    assert len(findings) == len(rows)
    assert all("custody_checkpoints size" in found for found in findings)


def test_a_record_that_is_shown_under_the_id_of_another_is_remarked_on(tall: House) -> None:
    entries = tall.log_service.records.entries
    assert "remark" not in view(entries("acc_0", "r9"), "CA")
    relabel(tall, 16, request_id="r3000")
    [moved] = entries("acc_0", "r3000")
    assert moved.contradicted == ("request_id",)
    assert "does not verify" in view([moved], "CA")["remark"]


def test_records_that_were_removed_at_the_end_are_missed(tall: House) -> None:
    with tall.database.engine.begin() as connection:
        connection.execute(custody_records.delete().where(custody_records.c.idx >= 590))
    assert any("the head says 600 leaves, there are 590" in found for found in fsck(tall.database).findings)


def test_a_disclosure_moved_to_hidden_by_hand_is_as_good_as_erased_and_a_changed_one_is_not(
    tall: House,
) -> None:
    with tall.database.engine.begin() as connection:
        connection.execute(
            custody_records.update().where(custody_records.c.idx == 9).values(hidden=bytes(31))
        )
    assert ["(leaf 9)" in found for found in fsck(tall.database).findings] == [True]


ALL = [custody_records, custody_checkpoints, custody_nodes, custody_keys]


@pytest.mark.parametrize("left", ALL, ids=lambda table: table.name)
def test_rows_of_a_log_without_its_head_are_named_and_nothing_begins_or_is_written(
    tall: House, left: sa.Table
) -> None:
    with tall.database.engine.begin() as connection:
        for table in (custody_logs, *ALL):
            if table is not left:
                connection.execute(table.delete())
    assert fsck(tall.database).findings == [f"{left.name} has rows of log 1, which has no head"]
    again = open_house(tall.folder, tall.seed)
    with pytest.raises(CustodyRefused, match=rf"damaged: {left.name} has rows of log 1"):
        again.log_service.start("gw.example/custody/2027")
    if left is custody_records:
        with pytest.raises(StoreUnavailable) as refused:
            again.write(record("r1"))
        assert isinstance(refused.value.__cause__, HeadDamaged)
    assert tall.log_service.signer.logs.heads() == []


WRONG = (None, 7, "x", b"x", 0.5, 2**62, -1)
ROWS = {
    custody_logs: "id = 1",
    custody_nodes: "idx = 0",
    custody_checkpoints: "size = 260",
    custody_keys: "log_id = 1",
    custody_accounts: "account_id = 'acc_0'",
}
UNSEEN = {
    *("custody_logs.epoch", "custody_checkpoints.signed_at"),
    *("custody_keys.from_size", "custody_keys.to_size", "custody_keys.until"),
    *("custody_accounts.account_id", "custody_accounts.from_seq"),
}
"""Fields in which another value of the same type may be honest, as after an erasure of the account's key."""


@pytest.fixture(scope="module")
def tall_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a log of 260 leaves, to be copied."""
    folder = tmp_path_factory.mktemp("tall")
    made = open_house(folder, bytes(range(32)))
    made.log_service.start("gw.example/custody/2026")
    made.write(*(record(f"r{at}", f"acc_{at % 3}") for at in range(259)))
    made.clock.seconds += CADENCE_S
    made.log_service.tick()
    with closing(sqlite3.connect(folder / "ni.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(folder / "copy.db"),))
    return folder / "copy.db"


def altered(path: Path, table: sa.Table, where: str, column: str, value: object) -> bool:
    """Set the field of one row; False where the database refuses it or keeps what was there."""
    with closing(sqlite3.connect(path)) as connection:
        [(rowid, before)] = connection.execute(f"SELECT rowid, {column} FROM {table.name} WHERE {where}")  # noqa: S608
        try:
            connection.execute(f"UPDATE {table.name} SET {column} = ? WHERE rowid = ?", (value, rowid))  # noqa: S608
        except sqlite3.Error:
            return False
        connection.commit()
    return bool(before != value)


def found_in(path: Path) -> list[str]:
    database = Database(f"sqlite:///{path}")
    try:
        return fsck(database).findings
    finally:
        database.close()


@pytest.mark.parametrize("table", ROWS, ids=lambda table: table.name)
def test_a_field_of_another_type_is_named(tall_file: Path, tmp_path: Path, table: sa.Table) -> None:
    missed, tried, path = [], 0, tmp_path / "ni.db"
    for column, value in itertools.product(table.c, WRONG[:4]):
        shutil.copyfile(tall_file, path)
        if altered(path, table, ROWS[table], column.name, value):
            tried += 1
            # A text column makes a text of a number.
            kept = isinstance(value, (int, str) if column.type.python_type is str else (int, None.__class__))
            if not found_in(path) and not (kept and f"{table.name}.{column.name}" in UNSEEN):
                missed.append((column.name, value))
    assert missed == []
    assert tried > len(table.c)


def test_a_record_with_a_field_of_another_type_is_named_and_those_behind_it_are_looked_at(
    tall_file: Path, tmp_path: Path
) -> None:
    path, tried = shutil.copyfile(tall_file, tmp_path / "ni.db"), dict[int, tuple[str, object]]()
    columns = [column.name for column in custody_records.c if column.name != "id"]
    for leaf, (column, value) in zip(range(2, 258, 2), itertools.product(columns, WRONG), strict=False):
        if altered(path, custody_records, f"idx = {leaf}", column, value):
            tried[leaf] = (column, value)
    assert {column for column, _ in tried.values()} == set(columns)
    assert altered(path, custody_records, "idx = 259", "kind", "close")
    findings = found_in(path)
    names = {
        leaf: (f"custody_records id {leaf + 1} ", f"id {leaf + 1}:", f"leaf {leaf} is missing")
        for leaf in tried
    }
    for leaf, (name, given) in list(tried.items()):
        if name == "at" and isinstance(given, int):  # these records commit to no time
            del tried[leaf]
    missed = [
        tried[leaf] for leaf in tried if not any(name in each for name in names[leaf] for each in findings)
    ]
    assert missed == []
    assert any("(leaf 259)" in found for found in findings)
