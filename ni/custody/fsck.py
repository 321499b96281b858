"""Rebuilds all logs from their rows and reports every row that does not match: `ni custody fsck`.

For each record: its place, its commitment from what it discloses and hides, its link in the account's chain. For each
log: every stored subtree, the head, the checkpoints kept. One pass, in the order of leaves; memory grows with the
number of accounts and, slowly, with that of stored subtrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.custody.logs import BLOCK, Logs
from ni.custody.merkle import FIRST, HASH_BYTES, STORED_LEVELS, Frontier, Node, link
from ni.custody.note import NoteRefused, open_note, parse_checkpoint, parse_vkey
from ni.custody.record import commit, read_fields
from ni.custody.record_reader import COLUMNS, RecordRow, contradicted
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
    """Rebuild all logs of a database."""
    report = Report(findings=Logs(database).headless())
    with database.read() as connection:
        keys = {row[0]: (bytes(row[1]), row[2]) for row in connection.execute(sa.select(custody_accounts))}
        chains: dict[str, _AccountCheck] = {}
        for head in connection.execute(sa.select(custody_logs).order_by(custody_logs.c.id)).all():
            _LogCheck(connection, head, report).run(keys, chains)
    return report


class _LogCheck:
    """The check of one log."""

    def __init__(self, connection: Connection, head: sa.Row[tuple[object, ...]], report: Report) -> None:
        self._connection = connection
        self._head = head
        self._report = report
        self._frontier = Frontier()
        self._named: set[int] = set()  # blocks of leaves with a reported row
        self._nodes = self._stored_nodes()
        self._roots = self._kept_roots()

    def run(self, keys: dict[str, tuple[bytes, int]], chains: dict[str, _AccountCheck]) -> None:
        """Check all leaves; `chains` continues from one log to the next."""
        for row in self._rows():
            while row.idx is not None and row.idx > self._frontier.size:
                self._find(f"custody_records: leaf {self._frontier.size} is missing")
                self._named.add(self._frontier.size // BLOCK)
                self._grow(bytes(32))
            if row.idx != self._frontier.size:
                self._find(f"custody_records id {row.id}: there are two leaves {row.idx}")
                continue
            chain = chains.get(row.account_id)
            if chain is None:
                chain = chains[row.account_id] = _AccountCheck()
            self._check(row, chain, keys.get(row.account_id))
            leaf = row.leaf
            chain.next_seq, chain.last_leaf = (row.acct_seq or 0) + 1, leaf
            self._grow(leaf)
        self._finish()

    def _check(self, row: RecordRow, chain: _AccountCheck, key: tuple[bytes, int] | None) -> None:
        """Report the row if its commitment, number or link is wrong."""
        trouble = []
        if not _commits(row):
            trouble.append("its fields do not give its commitment")
        elif wrong := contradicted(row, read_fields(row.disclosures)):
            trouble.append(f"it commits to another {', '.join(wrong)}")
        if not _opens(row):
            trouble.append("its openings are no keys by name")
        if row.acct_seq != chain.next_seq:
            trouble.append(f"it is number {row.acct_seq} of its account, not {chain.next_seq}")
        elif key and not chain.doubtful and not _follows(row, chain, key):
            trouble.append("its link does not follow the record before")
        chain.doubtful = bool(trouble)
        if trouble:
            self._named.add(self._frontier.size // BLOCK)
            self._find(f"custody_records id {row.id} (leaf {row.idx}): {' and '.join(trouble)}")

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
        if head.size != rebuilt.size:
            self._find(f"custody_logs: the head says {head.size} leaves, there are {rebuilt.size}")
        elif not self._named and (bytes(head.root), bytes(head.frontier)) != (
            rebuilt.root(),
            rebuilt.packed(),
        ):
            self._find("custody_logs: the head is not that of the leaves")

    def _find(self, sentence: str) -> None:
        self._report.find(f"log {self._head.id}, {sentence}")

    def _rows(self) -> Iterator[RecordRow]:
        columns, low = custody_records.c, -1
        query = sa.select(*COLUMNS).where(columns.log_id == self._head.id).order_by(columns.idx).limit(_CHUNK)
        while page := self._connection.execute(query.where(columns.idx > low)).all():
            yield from (RecordRow(*row) for row in page)
            low = page[-1].idx

    def _stored_nodes(self) -> dict[tuple[int, int], bytes]:
        columns = custody_nodes.c
        query = sa.select(columns.level, columns.idx, columns.hash).where(columns.log_id == self._head.id)
        return {(row[0], row[1]): bytes(row[2]) for row in self._connection.execute(query)}

    def _kept_roots(self) -> dict[int, bytes]:
        """The roots of the checkpoints that were kept; empty where the note is not what our key signed."""
        columns, roots = custody_checkpoints.c, {}
        ours = sa.select(custody_keys.c.vkey).where(custody_keys.c.log_id == self._head.id)
        keys = [parse_vkey(vkey) for vkey in self._connection.scalars(ours)]
        query = sa.select(columns.size, columns.note).where(columns.log_id == self._head.id)
        for size, note in self._connection.execute(query):
            try:
                held = parse_checkpoint(open_note(note, keys))
                fits = (held.origin, held.size) == (self._head.origin, size)
                roots[size] = held.root if fits else b""
            except NoteRefused:
                roots[size] = b""
        return roots


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
