"""Rebuilds all logs from their rows and reports every row that does not match: `ni custody fsck`.

For each record: its place, its commitment from what it discloses and hides, its link in the account's chain. For each
log: every stored subtree, the head, the checkpoints kept. One pass, in the order of leaves; memory grows with the
number of accounts and, slowly, with that of stored subtrees.

SQLite keeps a value of any type in any column, so that what is read is looked at before it is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.custody.logs import BLOCK, Logs
from ni.custody.merkle import FIRST, HASH_BYTES, STORED_LEVELS, Frontier, Node, link
from ni.custody.note import NoteRefused, VerifierKey, open_note, parse_checkpoint, parse_vkey
from ni.custody.record import commit, read_fields
from ni.custody.record_reader import RecordRow, contradicted
from ni.store.database import Database
from ni.store.tables.custody import (
    custody_accounts,
    custody_checkpoints,
    custody_keys,
    custody_logs,
    custody_nodes,
    custody_records,
)

MOST_FINDINGS = 1000
_CHUNK = 2000


@dataclass(slots=True)
class Report:
    """The number of leaves rebuilt, and one sentence for each mismatch."""

    leaves: int = 0
    findings: list[str] = field(default_factory=list)

    def find(self, sentence: str) -> None:
        """Add a sentence, unless there are `MOST_FINDINGS`."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(sentence)


@dataclass(slots=True)
class _AccountCheck:
    next_seq: int = 0
    last_leaf: bytes = FIRST
    doubtful: bool = False


def fsck(database: Database) -> Report:
    """Rebuild all logs of a database as they are at one instant; others may write meanwhile."""
    report = Report(findings=Logs(database).headless())
    with database.read_snapshot() as connection:
        keys: dict[str, tuple[bytes, int]] = {}
        for row in _raw(connection, sa.select(custody_accounts)):
            if wrong := _misfits(custody_accounts, row):
                report.find(f"custody_accounts account_id {row['account_id']!r:.80}: {wrong}")
            else:
                keys[row["account_id"]] = (row["link_key"], row["from_seq"])
        chains: dict[str, _AccountCheck] = {}
        for head in _raw(connection, sa.select(custody_logs).order_by(custody_logs.c.id)):
            _LogCheck(connection, head, report).run(keys, chains)
    return report


def _raw(connection: Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    """The rows as they are stored: no value is made what its column says that it is."""
    names = [column.name for column in query.selected_columns]
    columns = [
        sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in query.selected_columns
    ]
    return [
        dict(zip(names, row, strict=True)) for row in connection.execute(query.with_only_columns(*columns))
    ]


def _misfits(table: sa.Table, row: Mapping[str, Any]) -> str:
    """A phrase that names the columns whose values are not of their type; empty if all are."""
    wrong = [
        name
        for name, value in row.items()
        if not isinstance(value, table.c[name].type.python_type)
        and not (value is None and table.c[name].nullable)
    ]
    return f"no value of its type in {', '.join(wrong)}" if wrong else ""


class _LogCheck:
    """The check of one log."""

    def __init__(self, connection: Connection, head: Mapping[str, Any], report: Report) -> None:
        self._connection = connection
        self._head = head
        self._report = report
        self._frontier = Frontier()
        self._named: set[int] = set()  # blocks of leaves with a reported row
        self._nodes = self._stored_nodes()
        self._roots = self._kept_roots()

    def run(self, keys: dict[str, tuple[bytes, int]], chains: dict[str, _AccountCheck]) -> None:
        """Check all leaves; `chains` continues from one log to the next."""
        for values in self._rows():
            if not self._placed(values):
                continue
            if wrong := _misfits(custody_records, values):
                self._name(values, wrong)
                self._grow(bytes(32))
                if chain := chains.get(values["account_id"]):
                    chain.next_seq, chain.doubtful = chain.next_seq + 1, True
                continue
            row = RecordRow(**values)
            chain = chains.setdefault(row.account_id, _AccountCheck())
            self._check(row, chain, keys.get(row.account_id))
            leaf = row.leaf
            chain.next_seq, chain.last_leaf = (row.acct_seq or 0) + 1, leaf
            self._grow(leaf)
        self._finish()

    def _placed(self, values: Mapping[str, Any]) -> bool:
        """Whether the row's place is the next one, after a report of the leaves that are missing before it."""
        index, size, name = values["idx"], self._head["size"], f"custody_records id {values['id']}"
        if not isinstance(index, int) or index < 0:
            self._find(f"{name}: its idx is no place in a log")
            return False
        if index > self._frontier.size and isinstance(size, int) and index >= size:
            self._find(f"{name}: leaf {index} is beyond the {size} of the head")
            return False
        while index > self._frontier.size:
            self._find(f"custody_records: leaf {self._frontier.size} is missing")
            self._named.add(self._frontier.size // BLOCK)
            self._grow(bytes(32))
        if index != self._frontier.size:
            self._find(f"{name}: there are two leaves {index}")
            return False
        return True

    def _name(self, values: Mapping[str, Any], trouble: str) -> None:
        self._named.add(self._frontier.size // BLOCK)
        self._find(f"custody_records id {values['id']} (leaf {values['idx']}): {trouble}")

    def _check(self, row: RecordRow, chain: _AccountCheck, key: tuple[bytes, int] | None) -> None:
        """Report the row if its commitment, number or link is wrong."""
        trouble = []
        if not _commits(row):
            trouble.append("its fields do not give its commitment")
        elif wrong := _contradicted(row):
            trouble.append(f"it commits to another {', '.join(wrong)}")
        if not _opens(row):
            trouble.append("its openings are no keys by name")
        if row.acct_seq != chain.next_seq:
            trouble.append(f"it is number {row.acct_seq} of its account, not {chain.next_seq}")
        elif key and not chain.doubtful and not _follows(row, chain, key):
            trouble.append("its link does not follow the record before")
        chain.doubtful = bool(trouble)
        if trouble:
            self._name({"id": row.id, "idx": row.idx}, " and ".join(trouble))

    def _grow(self, leaf: bytes) -> None:
        for node in self._frontier.append(leaf):
            if self._nodes.pop((node.level, node.index), None) != node.hash and not self._explained(node):
                low, high = node.index << node.level, (node.index + 1) << node.level
                name = f"custody_nodes level {node.level} idx {node.index}"
                self._find(f"{name}: it is not the hash of leaves {low} to {high - 1}")
        self._report.leaves += 1
        root = self._roots.pop(self._frontier.size, None)
        if root is not None and root != self._frontier.root() and not self._named:
            self._find(
                f"custody_checkpoints size {self._frontier.size}: its note is not what the key signed of these leaves"
            )

    def _explained(self, node: Node) -> bool:
        """Whether a reported row is below the node."""
        return any(block >> node.level - STORED_LEVELS == node.index for block in self._named)

    def _finish(self) -> None:
        head, rebuilt = self._head, self._frontier
        for level, index in self._nodes:
            self._find(f"custody_nodes level {level} idx {index}: no leaves belong to it")
        for size in self._roots:
            self._find(f"custody_checkpoints size {size}: the log has {rebuilt.size} leaves")
        if wrong := _misfits(custody_logs, head):
            self._find(f"custody_logs: {wrong}")
        elif head["size"] != rebuilt.size:
            self._find(f"custody_logs: the head says {head['size']} leaves, there are {rebuilt.size}")
        elif not self._named and (head["root"], head["frontier"]) != (rebuilt.root(), rebuilt.packed()):
            self._find("custody_logs: the head is not that of the leaves")

    def _find(self, sentence: str) -> None:
        self._report.find(f"log {self._head['id']}, {sentence}")

    def _rows(self) -> Iterator[dict[str, Any]]:
        """In the order of places: what is no number comes first or last, by the rules of the database."""
        columns = custody_records.c
        ours = self._ours(custody_records).order_by(columns.idx).limit(_CHUNK)
        yield from _raw(self._connection, ours.where(columns.idx.is_(None)))
        page = _raw(self._connection, ours.where(columns.idx.is_not(None)))
        while page:
            yield from page
            page = _raw(self._connection, ours.where(columns.idx > page[-1]["idx"]))

    def _ours(self, table: sa.Table) -> sa.Select[Any]:
        return sa.select(table).where(table.c.log_id == self._head["id"])

    def _stored_nodes(self) -> dict[tuple[int, int], bytes]:
        return {
            (row["level"], row["idx"]): row["hash"]
            for row in _raw(self._connection, self._ours(custody_nodes))
        }

    def _kept_roots(self) -> dict[int, bytes]:
        """The roots of the checkpoints that were kept; empty where the note is not what our key signed."""
        roots, keys = {}, list(self._vkeys())
        for row in _raw(self._connection, self._ours(custody_checkpoints)):
            if wrong := _misfits(custody_checkpoints, row):
                self._find(f"custody_checkpoints size {row['size']!r:.80}: {wrong}")
                continue
            try:
                held = parse_checkpoint(open_note(row["note"], keys))
                fits = (held.origin, held.size) == (self._head["origin"], row["size"])
                roots[row["size"]] = held.root if fits else b""
            except NoteRefused:
                roots[row["size"]] = b""
        return roots

    def _vkeys(self) -> Iterator[VerifierKey]:
        """The keys of the log; one that is none is reported."""
        for row in _raw(self._connection, self._ours(custody_keys)):
            name = f"custody_keys vkey {row['vkey']!r:.80}"
            if wrong := _misfits(custody_keys, row):
                self._find(f"{name}: {wrong}")
                continue
            try:
                yield parse_vkey(row["vkey"])
            except NoteRefused as fault:
                self._find(f"{name}: {fault}")


def _contradicted(row: RecordRow) -> tuple[str, ...]:
    """The columns that say something else than what is committed to, an instant that is none among them."""
    try:
        return contradicted(row, read_fields(row.disclosures))
    except (ValueError, OverflowError):
        return ("at",)


def _follows(row: RecordRow, chain: _AccountCheck, key: tuple[bytes, int]) -> bool:
    """Whether the link is right; links made with a key that was erased cannot be checked."""
    linked, from_seq = key
    seq = row.acct_seq or 0
    return seq < from_seq or link(linked, seq, chain.last_leaf) == bytes(row.link or b"")


def _opens(row: RecordRow) -> bool:
    """Whether the openings are texts by name. What they open is not stored: only the content proves them."""
    try:
        held = orjson.loads(row.openings)
    except ValueError:
        return False
    return isinstance(held, dict) and all(isinstance(value, str) for value in held.values())


def _commits(row: RecordRow) -> bool:
    """Whether the fields give the commitment; disclosures that are no JSON any more do not."""
    if len(row.hidden or b"") % HASH_BYTES:
        return False
    try:
        return commit(orjson.loads(row.disclosures), row.hidden_digests) == bytes(row.rec)
    except (ValueError, TypeError, AttributeError):
        return False
