"""Reads the logs: heads, keys, and the hash of any span of leaves, from the rows and the stored subtrees.

A span costs a few reads of 256 rows, whatever the size of the log. Rows are not verified here; `fsck.py` does that.

Also starts the log, rotates its key, and begins a new log after an old one.

A log begins with a record of the operator that names its key. A rotation signs with both keys for 30 days. A stolen
key, and a database that was set back, need a new log under a new origin, whose first record holds the last checkpoint
of the old one that can be trusted. Logs are never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.custody.merkle import EMPTY_ROOT, STORED_LEVELS, entry_hash, node_hash, split
from ni.custody.note import Signer
from ni.custody.record import Record, RecordKind, Value, make_record
from ni.domain.activity import OPERATOR, ActivityKind, Subject, Tell
from ni.domain.clock import Clock, rfc3339, to_ms
from ni.domain.errors import StoreUnavailable
from ni.domain.ids import Random, request_id
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.custody import (
    custody_checkpoints,
    custody_keys,
    custody_logs,
    custody_nodes,
    custody_records,
)
from ni.store.unit import Change, Conflict, Unit

BLOCK = 1 << STORED_LEVELS


class LogDamaged(Exception):
    """Rows below the size of the head are missing; `ni custody fsck` lists them."""


class CustodyRefused(Exception):
    """Why this process must not serve, in one sentence."""


@dataclass(slots=True)
class LogFreeze:
    """Stops the log once a published checkpoint is not in our history: going on would fork it.

    `reason` is a sentence, empty while all is well. Reading goes on; new calls are refused until an operator decides.
    """

    reason: str = ""

    def stop(self, reason: str) -> None:
        """Stop the log; the first reason stays."""
        self.reason = self.reason or reason


@dataclass(frozen=True, slots=True)
class LogHead:
    """Size and root of a log at one moment."""

    log_id: int
    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of a log: from which size it signs, up to which, and until when (None: no end)."""

    vkey: str
    from_size: int
    to_size: int | None
    until_ms: int | None


class Logs:
    """The logs of a database; the newest one grows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heads(self) -> list[LogHead]:
        """All logs, the newest last."""
        columns = custody_logs.c
        query = sa.select(columns.id, columns.origin, columns.size, columns.root).order_by(columns.id)
        with self._database.read() as connection:
            return [LogHead(row[0], row[1], row[2], bytes(row[3])) for row in connection.execute(query)]

    def current(self) -> LogHead | None:
        """The log that grows; None before the first start."""
        heads = self.heads()
        return heads[-1] if heads else None

    def begun(self) -> LogHead | None:
        """The log that grows; None before the first start. Raises `CustodyRefused` if its head was lost."""
        head = self.current()
        if head is None and (lost := self.headless()):
            raise CustodyRefused(
                f"The custody log is damaged: {lost[0]}. Nothing can be recorded; restore a backup, then run "
                "`python -m ni custody fsck`."
            )
        return head

    def headless(self) -> list[str]:
        """A phrase for each table with rows of a log that `custody_logs` has no head of."""
        heads = sa.select(sa.type_coerce(custody_logs.c.id, sa.types.NullType()))
        phrases = []
        with self._database.read_snapshot() as connection:
            known = set(connection.scalars(heads))
            for table in (custody_records, custody_checkpoints, custody_nodes, custody_keys):
                ours = sa.type_coerce(table.c.log_id, sa.types.NullType())
                found = connection.scalars(sa.select(ours).where(table.c.log_id.is_not(None)).distinct())
                lost = sorted(map(str, set(found) - known))
                phrases += [f"{table.name} has rows of log {log_id}, which has no head" for log_id in lost]
        return phrases

    def keys(self, log_id: int) -> list[KeyRow]:
        """The keys of a log, the oldest first."""
        columns = custody_keys.c
        query = sa.select(columns.vkey, columns.from_size, columns.to_size, columns.until)
        ours = query.where(columns.log_id == log_id).order_by(columns.from_size, columns.vkey)
        with self._database.read() as connection:
            return [KeyRow(*row) for row in connection.execute(ours)]

    def root_at(self, log_id: int, size: int) -> bytes:
        """The root that the log had at `size`. Raises `LogDamaged` if leaves are missing."""
        if size == 0:
            return EMPTY_ROOT
        with self._database.read() as connection:
            return LeafRanges(connection, log_id)(0, size)


class LeafRanges:
    """Hashes of spans of one log's leaves, for proofs; with a cache of what was read."""

    def __init__(self, connection: Connection, log_id: int) -> None:
        self._connection = connection
        self._log_id = log_id
        self._blocks: dict[tuple[int, int], Sequence[bytes]] = {}

    def __call__(self, low: int, high: int) -> bytes:
        """The Merkle tree hash of the leaves `[low, high)`. Raises `LogDamaged`."""
        width = high - low
        if width & (width - 1) == 0 and low % width == 0:
            return self._perfect(width.bit_length() - 1, low // width)
        middle = low + split(width)
        return node_hash(self(low, middle), self(middle, high))

    def _perfect(self, level: int, index: int) -> bytes:
        """The root of the `index`th subtree of 2^level leaves, from the stored level at or below it."""
        climb = level % STORED_LEVELS
        first = index << climb
        block = self._block(level - climb, first // BLOCK)
        hashes = block[first % BLOCK : first % BLOCK + (1 << climb)]
        if len(hashes) != 1 << climb:
            raise LogDamaged(f"a subtree of level {level - climb} near {first} is missing")
        while len(hashes) > 1:
            hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
        return hashes[0]

    def _block(self, level: int, number: int) -> Sequence[bytes]:
        hashes = self._blocks.get((level, number))
        if hashes is None:
            low = number * BLOCK
            hashes = self._leaves(low) if level == 0 else self._nodes(level, low)
            self._blocks[level, number] = hashes
        return hashes

    def _leaves(self, low: int) -> list[bytes]:
        columns = custody_records.c
        query = (
            sa.select(columns.idx, columns.account_id, columns.rec, columns.link)
            .where(columns.log_id == self._log_id, columns.idx >= low, columns.idx < low + BLOCK)
            .order_by(columns.idx)
        )
        rows = self._connection.execute(query).all()
        return _gapless(low, [(row[0], entry_hash(row[1], bytes(row[2]), bytes(row[3]))) for row in rows])

    def _nodes(self, level: int, low: int) -> list[bytes]:
        columns = custody_nodes.c
        query = (
            sa.select(columns.idx, columns.hash)
            .where(columns.log_id == self._log_id, columns.level == level)
            .where(columns.idx >= low, columns.idx < low + BLOCK)
            .order_by(columns.idx)
        )
        return _gapless(low, [(row[0], bytes(row[1])) for row in self._connection.execute(query)])


def _gapless(low: int, rows: list[tuple[int, bytes]]) -> list[bytes]:
    for at, (index, _) in enumerate(rows):
        if index != low + at:
            raise LogDamaged(f"row {low + at} is missing")
    return [octets for _, octets in rows]


OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LogDependencies:
    """Dependencies of what writes to the log; `tell` makes the records of what somebody decides about it."""

    database: Database
    journal: Journal
    clock: Clock
    random: Random
    tell: Tell


class LogLifecycle:
    """Begins logs and rotates their keys."""

    def __init__(self, tools: LogDependencies) -> None:
        self._tools = tools
        self._logs = Logs(tools.database)

    def ensure(self, origin: str, seed: bytes) -> LogHead:
        """The growing log; the first start makes it under `origin`, which then stays.

        Raises `CustodyRefused` if the seed is none of its keys, or if its head was lost.
        """
        head = self._logs.begun()
        if head is None or not head.origin:
            head = self._first(origin, seed, head)
        vkey = str(Signer(head.origin, seed).key)
        ends = {row.vkey: row.until_ms for row in self._logs.keys(head.log_id)}
        if vkey not in ends:
            raise CustodyRefused(
                f"The file custody.seed is not the key of the custody log {head.origin}. Restore it from a backup, or "
                "begin a new log with `python -m ni custody new-log ORIGIN`."
            )
        if ends[vkey] is not None:
            raise CustodyRefused(
                f"The file custody.seed is a key of the custody log {head.origin} that a rotation retired. Copy the "
                "folder `secrets` from the machine where `python -m ni custody rotate` was run."
            )
        return head

    def rotate(self, seed: bytes) -> LogHead:
        """Add a key to the growing log; its others sign for 30 more days. The record of it is in the log."""
        head = self._known()
        vkey = str(Signer(head.origin, seed).key)
        if any(row.vkey == vkey for row in self._logs.keys(head.log_id)):
            return head  # done before a crash
        until = to_ms(self._tools.clock.now() + OVERLAP)
        keys = custody_keys.c
        old = custody_keys.update().where(
            keys.log_id == sa.bindparam("log"), keys.until.is_(None), keys.vkey != sa.bindparam("fresh")
        )
        changes = (
            _change(old.values(until=sa.bindparam("ends")), log=head.log_id, fresh=vkey, ends=until),
            _key(head.log_id, vkey, head.size),
        )
        told = self._tools.tell(
            ActivityKind.LOG_CHANGED, OPERATOR, Subject(head.origin), (("vkey", None, vkey),)
        )
        self._write((*changes, told), {"event": "rotation", "vkey": vkey, "origin": head.origin})
        return head

    def begin_new(self, origin: str, seed: bytes, trusted: str) -> LogHead:
        """A new log; `trusted` is the last checkpoint of the old one, as a signed note."""
        old = self._known()
        log_id, vkey = old.log_id + 1, str(Signer(origin, seed).key)
        keep = {
            "log_id": old.log_id,
            "size": old.size,
            "note": trusted,
            "signed_at": to_ms(self._tools.clock.now()),
        }
        gone = custody_checkpoints.delete().where(
            custody_checkpoints.c.log_id == sa.bindparam("log"),
            custody_checkpoints.c.size == sa.bindparam("full"),
        )
        changes = (
            _change(gone, log=old.log_id, full=old.size),
            Change(custody_checkpoints.insert(), keep),
            _log(log_id, origin),
            _key(log_id, vkey, 0),
        )
        told = self._tools.tell(
            ActivityKind.LOG_CHANGED, OPERATOR, Subject(origin), (("origin", old.origin, origin),)
        )
        self._write((*changes, told), {"event": "new log", "vkey": vkey, "origin": origin, "before": trusted})
        return self._known()

    def _first(self, origin: str, seed: bytes, unnamed: LogHead | None) -> LogHead:
        vkey = str(Signer(origin, seed).key)
        columns = custody_logs.c
        named = custody_logs.update().where(columns.id == sa.bindparam("log"), columns.origin == "")
        naming = Change(named.values(origin=sa.bindparam("called")), {"log": 1, "called": origin}, expect=1)
        first = _log(1, origin) if unnamed is None else naming
        try:
            self._write((first, _key(1, vkey, 0)), {"event": "start", "vkey": vkey, "origin": origin})
        except (Conflict, StoreUnavailable):
            if not self._known().origin:  # unless another process was faster
                raise
        return self._known()

    def _write(self, parts: Sequence[object], fields: dict[str, Value]) -> None:
        record = operator_record(RecordKind.KEY, fields, self._tools.clock, self._tools.random)
        self._tools.journal.write(Unit((*parts, record)))

    def _known(self) -> LogHead:
        head = self._logs.current()
        if head is None:
            raise StoreUnavailable()
        return head


def operator_record(kind: RecordKind, fields: dict[str, Value], clock: Clock, random: Random) -> Record:
    """A record of the operator's account."""
    now = clock.now()
    common: dict[str, Value] = {"rid": request_id(random), "acct": OPERATOR, "t": rfc3339(now)}
    return make_record(kind, to_ms(now), {**common, **fields}, {}, random)


def _change(statement: sa.ClauseElement, **values: Any) -> Change:
    return Change(statement, values)


def _log(log_id: int, origin: str) -> Change:
    row = {"id": log_id, "origin": origin, "size": 0, "root": EMPTY_ROOT, "frontier": b"", "epoch": 0}
    return Change(custody_logs.insert(), row)


def _key(log_id: int, vkey: str, from_size: int) -> Change:
    row = {"log_id": log_id, "vkey": vkey, "from_size": from_size, "to_size": None, "until": None}
    return Change(custody_keys.insert(), row)
