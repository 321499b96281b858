"""Part writers of custody: records with their places in the log, adoption, erasure.

`custody_writers` gives them in the order in which a unit needs them: records first, so that the record of an erasure
joins its account's chain before the account's key is gone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ni.custody.logs import LogFreeze
from ni.custody.record import Record, RecordKind
from ni.custody.sequencer import LeafPosition, Sequencer
from ni.domain.errors import StoreUnavailable
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.tables.custody import custody_accounts, custody_logs, custody_records
from ni.store.unit import Conflict, PartWriter, Transaction

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
    """The writers of records, adoptions and erasures; they follow the writers that may refuse a unit."""
    sequencer = Sequencer(database, random)
    records = RecordWriter(database, sequencer, freeze)
    return records, AdoptionWriter(database, sequencer), RedactionWriter(database), KeyErasureWriter(database)


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
