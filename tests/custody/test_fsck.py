"""Rebuilding: an honest log is intact; one flipped byte anywhere is named with its row."""

import os
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
from ni.store.tables.custody import (
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
    relabel(tall, 600, at=to_ms(tall.clock.now()) - 86_400_000)
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
