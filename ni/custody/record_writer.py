"""Part writers of custody: records with their places in the log, adoption, erasure.

`custody_writers` gives them in the order in which a unit needs them: records first, so that the record of an erasure
joins its account's chain before the account's key is gone.

The sequencer assigns records their leaves in the log, in the transaction that writes them: contiguous, one chain per
account. The head and the ends of the accounts' chains are cached. The update of the head row matches only if the cache
is current; if another process grew the log, it matches no row and the cache is read again. Concurrent writers are
excluded by SQLite's write lock or a PostgreSQL advisory lock, and beneath both by that update. The order is that of
commits, not of clocks.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from ni.custody.activity import activity_record
from ni.custody.logs import LogFreeze
from ni.custody.merkle import EMPTY_ROOT, FIRST, Frontier, Node, entry_hash, link
from ni.custody.record import Record, RecordKind
from ni.domain.activity import Activity
from ni.domain.errors import StoreUnavailable
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.tables.custody import custody_accounts, custody_logs, custody_nodes, custody_records
from ni.store.unit import Conflict, PartWriter, Transaction

LOCK = 0x4E49_4C4F
"""Number of the PostgreSQL advisory lock that sequencing holds until its commit."""
KEY_BYTES = 32
ACCOUNTS_KEPT = 10_000


class Sequenced(Protocol):
    """What is given a leaf: a commitment of an account."""

    @property
    def account_id(self) -> str:
        """The account whose chain it joins."""

    @property
    def rec(self) -> bytes:
        """The commitment, 32 bytes."""


@dataclass(frozen=True, slots=True)
class LeafPosition:
    """Log and leaf index of a record, and its number and link in the account's chain."""

    log_id: int
    idx: int
    acct_seq: int
    link: bytes


@dataclass(slots=True)
class _Chain:
    key: bytes
    next_seq: int
    last_leaf: bytes


@dataclass(slots=True)
class _Head:
    log_id: int
    epoch: int
    frontier: Frontier


class Sequencer:
    """Assigns leaves for one database. Used only by the journal's writer."""

    def __init__(self, database: Database, random: Random) -> None:
        self._sql = _Sql(database)
        self._random = random
        self._head: _Head | None = None
        self._chains: dict[str, _Chain] = {}

    def place(self, transaction: Transaction, records: Sequence[Sequenced]) -> list[LeafPosition]:
        """Append the records, in order. Raises `Conflict` if the head is not as it was read."""
        if self._sql.lock:
            transaction.rows(self._sql.lock, {})
        if self._head is not None:  # usually current; the update of the head row finds out without a read
            places = self._append(transaction, self._head, records)
            if places is not None:
                return places
            self.forget()
        places = self._append(transaction, self._read(transaction), records)
        if places is None:
            raise Conflict("the custody log grew beside us")
        return places

    def _append(
        self, transaction: Transaction, head: _Head, records: Sequence[Sequenced]
    ) -> list[LeafPosition] | None:
        """The positions after the cached head; None, with nothing written, if the head has moved."""
        old, nodes, places = head.frontier.size, [], []
        for record in records:
            chain = self._chain(transaction, record.account_id)
            linked = link(chain.key, chain.next_seq, chain.last_leaf)
            leaf = entry_hash(record.account_id, record.rec, linked)
            places.append(LeafPosition(head.log_id, head.frontier.size, chain.next_seq, linked))
            nodes += head.frontier.append(leaf)
            chain.next_seq, chain.last_leaf = chain.next_seq + 1, leaf
        return places if self._move(transaction, head, old, nodes) else None

    def forget(self) -> None:
        """Drop the cache: its transaction was rolled back, or the head has moved."""
        self._head = None
        self._chains.clear()

    def _read(self, transaction: Transaction) -> _Head:
        rows = transaction.rows(self._sql.head, {})
        if not rows:
            if transaction.rows(self._sql.newest_placed, {})[0][0] is not None:
                raise StoreUnavailable() from HeadDamaged(
                    "the head of the custody log is lost; run `ni custody fsck`"
                )
            row = {"id": 1, "origin": "", "size": 0, "root": EMPTY_ROOT, "frontier": b"", "epoch": 0}
            transaction.run(self._sql.begin, row)
            rows = [(1, 0, 0)]
        self._head = self._load(transaction, *rows[0])
        return self._head

    def _load(self, transaction: Transaction, log_id: int, size: int, epoch: int) -> _Head:
        root, packed = transaction.rows(self._sql.load, {"log": log_id})[0]
        try:
            frontier = Frontier.unpack(size, bytes(packed))
        except ValueError:
            frontier = Frontier()
        if frontier.size != size or frontier.root() != bytes(root):
            raise StoreUnavailable() from HeadDamaged(
                "the head of the custody log is damaged; run `ni custody fsck`"
            )
        return _Head(log_id, epoch, frontier)

    def _chain(self, transaction: Transaction, account_id: str) -> _Chain:
        chain = self._chains.get(account_id)
        if chain is None:
            if len(self._chains) >= ACCOUNTS_KEPT:
                self._chains.clear()
            chain = self._chains[account_id] = self._load_chain(transaction, account_id)
        return chain

    def _load_chain(self, transaction: Transaction, account_id: str) -> _Chain:
        last = transaction.rows(self._sql.last, {"account": account_id})
        next_seq, leaf = 0, FIRST
        if last:
            acct_seq, rec, linked = last[0]
            next_seq, leaf = acct_seq + 1, entry_hash(account_id, bytes(rec), bytes(linked))
        return _Chain(self._key(transaction, account_id, next_seq), next_seq, leaf)

    def _key(self, transaction: Transaction, account_id: str, next_seq: int) -> bytes:
        """The account's key, made on first use."""
        rows = transaction.rows(self._sql.key, {"account": account_id})
        if rows:
            return bytes(rows[0][0])
        key = self._random(KEY_BYTES)
        transaction.run(self._sql.new_key, {"account_id": account_id, "link_key": key, "from_seq": next_seq})
        return key

    def _move(self, transaction: Transaction, head: _Head, old: int, nodes: Sequence[Node]) -> bool:
        """Move the head row and store the subtrees; false, with nothing written, if the row is not as cached."""
        values = {
            "size": head.frontier.size,
            "root": head.frontier.root(),
            "frontier": head.frontier.packed(),
        }
        where = {"log": head.log_id, "old": old, "held": head.epoch}
        if transaction.run(self._sql.move, {**values, **where}) != 1:
            return False
        transaction.run_many(
            self._sql.nodes,
            [
                {"log_id": head.log_id, "level": node.level, "idx": node.index, "hash": node.hash}
                for node in nodes
            ],
        )
        return True


class HeadDamaged(Exception):
    """The head's peaks do not give its root, or there is none for the records."""


class _Sql:
    """The statements, compiled once."""

    def __init__(self, database: Database) -> None:
        bind, logs, records = sa.bindparam, custody_logs.c, custody_records.c
        newer = custody_logs.alias("newer")
        newest = sa.select(sa.func.max(logs.id)).scalar_subquery()
        self.lock = "" if database.sqlite else f"SELECT pg_advisory_xact_lock({LOCK})"
        self.head = database.prepare(sa.select(logs.id, logs.size, logs.epoch).where(logs.id == newest))
        self.load = database.prepare(sa.select(logs.root, logs.frontier).where(logs.id == bind("log")))
        self.newest_placed = database.prepare(sa.select(sa.func.max(records.log_id)))
        self.begin = database.prepare(custody_logs.insert())
        self.move = database.prepare(
            custody_logs.update()
            .where(logs.id == bind("log"), logs.size == bind("old"), logs.epoch == bind("held"))
            .where(~sa.select(newer.c.id).where(newer.c.id > bind("log")).exists())
            .values(size=bind("size"), root=bind("root"), frontier=bind("frontier"))
        )
        accounts = custody_accounts.c
        self.key = database.prepare(
            sa.select(accounts.link_key).where(accounts.account_id == bind("account"))
        )
        self.new_key = database.prepare(custody_accounts.insert())
        last = sa.select(sa.func.max(records.acct_seq)).where(records.account_id == bind("account"))
        self.last = database.prepare(
            sa.select(records.acct_seq, records.rec, records.link).where(
                records.account_id == bind("account"), records.acct_seq == last.scalar_subquery()
            )
        )
        self.nodes = database.prepare(custody_nodes.insert())


COLUMNS = (
    *("request_id", "account_id", "kind", "at", "rec", "disclosures", "openings"),
    *("log_id", "idx", "acct_seq", "link"),
)


@dataclass(frozen=True, slots=True)
class Adopt:
    """Give places to at most `limit` records that were written before there was a log; the value is how many."""

    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Redact:
    """Replace what a record discloses; refused with `Conflict` if it no longer discloses `old`."""

    record_id: int
    old: str
    disclosures: str
    openings: str
    hidden: bytes


@dataclass(frozen=True, slots=True)
class ForgetKey:
    """Delete the key that links an account's records."""

    account_id: str


def custody_writers(
    database: Database, random: Random, freeze: LogFreeze | None = None
) -> tuple[PartWriter, ...]:
    """The writers of records, acts, adoptions and erasures; they follow the writers that may refuse a unit."""
    sequencer = Sequencer(database, random)
    records = RecordWriter(database, sequencer, freeze)
    return (
        records,
        ActivityWriter(records, random),
        AdoptionWriter(database, sequencer),
        RedactionWriter(database),
        KeyErasureWriter(database),
    )


class RecordWriter:
    """Writes `Record` parts."""

    writes = Record

    def __init__(
        self, database: Database, sequencer: Sequencer | None = None, freeze: LogFreeze | None = None
    ) -> None:
        self._sequencer = sequencer or Sequencer(database, os.urandom)
        self._freeze = freeze or LogFreeze()
        self._insert = database.prepare(custody_records.insert().values(dict.fromkeys(COLUMNS)))

    def write(self, transaction: Transaction, parts: Sequence[Record]) -> Sequence[object]:
        """The `LeafPosition` of each record.

        While the log is frozen only closing records are taken: they record what has already happened.
        """
        if self._freeze.reason and any(part.kind is not RecordKind.CLOSE for part in parts):
            raise StoreUnavailable() from RuntimeError(self._freeze.reason)
        places = self._sequencer.place(transaction, parts)
        transaction.run_many(
            self._insert, [_row(part, place) for part, place in zip(parts, places, strict=True)]
        )
        return places

    def rolled_back(self) -> None:
        """Believe nothing of the log until it is read again."""
        self._sequencer.forget()


class ActivityWriter:
    """Writes `Activity` parts, as records."""

    writes = Activity

    def __init__(self, records: RecordWriter, random: Random) -> None:
        self._records = records
        self._random = random

    def write(self, transaction: Transaction, parts: Sequence[Activity]) -> Sequence[object]:
        """The `LeafPosition` of each record."""
        return self._records.write(transaction, [activity_record(part, self._random) for part in parts])

    def rolled_back(self) -> None:
        """Does nothing: the writer of records, which is told too, keeps the state."""


class AdoptionWriter:
    """Writes `Adopt` parts."""

    writes = Adopt

    def __init__(self, database: Database, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        bind, columns = sa.bindparam, custody_records.c
        self._staged = database.prepare(
            sa.select(columns.id, columns.account_id, columns.rec)
            .where(columns.idx.is_(None))
            .order_by(columns.id)
            .limit(bind("most", type_=sa.Integer))
            .offset(sa.literal_column("0"))  # SQLite's compiler would make it one more parameter
        )
        self._update = database.prepare(
            custody_records.update()
            .where(columns.id == bind("row"), columns.idx.is_(None))
            .values({name: bind(name) for name in ("log_id", "idx", "acct_seq", "link")})
        )

    def write(self, transaction: Transaction, parts: Sequence[Adopt]) -> Sequence[object]:
        """How many records each part gave a place."""
        return [self._one(transaction, part.limit) for part in parts]

    def _one(self, transaction: Transaction, limit: int) -> int:
        staged = [
            _Staged(row[0], row[1], bytes(row[2])) for row in transaction.rows(self._staged, {"most": limit})
        ]
        if not staged:
            return 0
        places = self._sequencer.place(transaction, staged)
        rows = [{"row": record.id, **_placed(place)} for record, place in zip(staged, places, strict=True)]
        transaction.run_many(self._update, rows)
        return len(staged)

    def rolled_back(self) -> None:
        """Believe nothing of the log until it is read again."""
        self._sequencer.forget()


class RedactionWriter:
    """Writes `Redact` parts."""

    writes = Redact

    def __init__(self, database: Database) -> None:
        bind, columns = sa.bindparam, custody_records.c
        self._sql = database.prepare(
            custody_records.update()
            .where(columns.id == bind("row"), columns.disclosures == bind("old"))
            .values({name: bind(name) for name in ("disclosures", "openings", "hidden")})
        )

    def write(self, transaction: Transaction, parts: Sequence[Redact]) -> Sequence[object]:
        """None per part; raises `Conflict` where the record discloses something else by now."""
        for part in parts:
            values = {"disclosures": part.disclosures, "openings": part.openings, "hidden": part.hidden}
            if transaction.run(self._sql, {"row": part.record_id, "old": part.old, **values}) != 1:
                raise Conflict("the record was changed by another")
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


class KeyErasureWriter:
    """Writes `ForgetKey` parts; the epoch moves, so that no process goes on with the key it remembers."""

    writes = ForgetKey

    def __init__(self, database: Database) -> None:
        account = custody_accounts.c.account_id == sa.bindparam("account")
        self._delete = database.prepare(custody_accounts.delete().where(account))
        self._bump = database.prepare(
            custody_logs.update().values(epoch=custody_logs.c.epoch + sa.literal_column("1"))
        )

    def write(self, transaction: Transaction, parts: Sequence[ForgetKey]) -> Sequence[object]:
        """None per part."""
        for part in parts:
            transaction.run(self._delete, {"account": part.account_id})
        transaction.run(self._bump, {})
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


@dataclass(frozen=True, slots=True)
class _Staged:
    id: int
    account_id: str
    rec: bytes


def _placed(place: LeafPosition) -> dict[str, object]:
    return {"log_id": place.log_id, "idx": place.idx, "acct_seq": place.acct_seq, "link": place.link}


def _row(part: Record, place: LeafPosition) -> dict[str, object]:
    return {
        "request_id": part.request_id,
        "account_id": part.account_id,
        "kind": part.kind.value,
        "at": part.at_ms,
        "rec": part.rec,
        "disclosures": part.disclosures,
        "openings": part.openings,
        **_placed(place),
    }
