"""Reads the logs: heads, keys, and the hash of any span of leaves, from the rows and the stored subtrees.

A span costs a few reads of 256 rows, whatever the size of the log. Rows are not verified here; `fsck.py` does that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ni.custody.merkle import EMPTY_ROOT, STORED_LEVELS, entry_hash, node_hash, split
from ni.store.database import Database
from ni.store.tables.custody import custody_keys, custody_logs, custody_nodes, custody_records

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
