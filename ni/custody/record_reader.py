"""Reads the records of an account (`RecordReader`), and shows those of a request as one JSON object (`view`).

The object never holds content. Fields that were erased or are not known yet are null.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.custody.merkle import FIRST, HASH_BYTES, entry_hash
from ni.custody.record import NO_REQUEST, RecordKind, Value, read_fields
from ni.domain.clock import from_ms, rfc3339
from ni.domain.ids import base64url
from ni.domain.secret import Secret
from ni.store.database import Database
from ni.store.tables.custody import custody_accounts, custody_records

_PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A stored record: its kind, commitment (base64url) and fields; `index` is its leaf, `erased` what it hides, and
    `contradicted` the columns of its row that are not what it commits to."""

    request_id: str
    kind: RecordKind
    at_ms: int
    rec: str
    fields: dict[str, Value]
    log_id: int | None = None
    index: int | None = None
    erased: int = 0
    contradicted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A row of `custody_records`."""

    id: int
    request_id: str
    account_id: str
    kind: str
    at: int
    rec: bytes
    disclosures: str
    openings: str
    hidden: bytes | None
    log_id: int | None
    idx: int | None
    acct_seq: int | None
    link: bytes | None

    @property
    def hidden_digests(self) -> list[bytes]:
        """SHA-256 digests of the erased disclosures."""
        packed = self.hidden or b""
        return [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)]

    @property
    def leaf(self) -> bytes:
        """The leaf's hash; only for a record that has its place in the log."""
        return entry_hash(self.account_id, bytes(self.rec), bytes(self.link or b""))


COLUMNS = [custody_records.c[name] for name in RecordRow.__slots__]


class RecordReader:
    """Reads records from the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, account_id: str, request_id: str) -> list[StoredRecord]:
        """The records of a request of this account, oldest first; empty if it has none or is another's."""
        rows = self.rows(account_id, request_id)
        told_apart = (RecordKind.RETAIN.value, RecordKind.ACTIVITY.value)  # not what happened to the request
        return [_entry(row) for row in rows if row.kind not in told_apart]

    def rows(self, account_id: str, request_id: str) -> list[RecordRow]:
        """The rows of the records of a request of this account, oldest first."""
        table = custody_records.c
        return self._read((table.account_id == account_id) & (table.request_id == request_id))

    def account_of(self, request_id: str) -> str | None:
        """The account id of a request; None if there is no record of it."""
        rows = self._read(custody_records.c.request_id == request_id, 1)
        return rows[0].account_id if rows else None

    def account_key(self, account_id: str) -> Secret | None:
        """The HMAC key of the account's links, base64 as the verifier takes it; None before the first record."""
        query = sa.select(custody_accounts.c.link_key).where(custody_accounts.c.account_id == account_id)
        with self._database.read() as connection:
            key = connection.scalar(query)
        return Secret(base64.b64encode(key).decode()) if key else None

    def chain(self, account_id: str) -> Iterator[RecordRow]:
        """All records of an account that have a place, in the order of its chain."""
        table, first = custody_records.c, 0
        while page := self._read(
            (table.account_id == account_id) & (table.acct_seq >= first) & (table.acct_seq < first + _PAGE)
        ):
            yield from sorted(page, key=lambda row: row.acct_seq or 0)
            first += _PAGE

    def previous_leaf(self, row: RecordRow) -> bytes:
        """The leaf hash of the account's record before this one."""
        if not row.acct_seq:
            return FIRST
        table = custody_records.c
        before = self._read((table.account_id == row.account_id) & (table.acct_seq == row.acct_seq - 1))
        return before[0].leaf if before else FIRST

    def due(self, before_ms: int, ids: range) -> list[RecordRow]:
        """Records of these ids from before an instant that still disclose something and are about a request."""
        table = custody_records.c
        about = (table.at < before_ms) & (table.disclosures != "[]") & table.kind.not_in(sorted(NO_REQUEST))
        return self._read((table.id >= ids.start) & (table.id < ids.stop) & about)

    def first_from(self, at_ms: int) -> int:
        """The id of the first record from an instant or later, as far as ids and instants run alike.

        A binary search that reads one row a step.
        """
        table = custody_records.c
        with self._database.read() as connection:
            low, high = 1, (connection.scalar(sa.select(sa.func.max(table.id))) or 0) + 1
            while low < high:
                middle = (low + high) // 2
                query = sa.select(table.id, table.at).where(table.id >= middle).order_by(table.id).limit(1)
                row = connection.execute(query).one()
                low, high = (row.id + 1, high) if row.at < at_ms else (low, middle)
        return low

    def _read(self, wanted: Any, limit: int | None = None) -> list[RecordRow]:
        query = sa.select(*COLUMNS).where(wanted).order_by(custody_records.c.id).limit(limit)
        with self._database.read() as connection:
            return [RecordRow(*row) for row in connection.execute(query)]


def _entry(row: RecordRow) -> StoredRecord:
    fields = read_fields(row.disclosures)
    shown = (row.log_id, row.idx, len(row.hidden_digests), contradicted(row, fields))
    return StoredRecord(
        row.request_id, RecordKind(row.kind), row.at, base64url(bytes(row.rec)), fields, *shown
    )


_COMMITTED = {"request_id": "rid", "account_id": "acct", "kind": "kind"}
"""The columns by which records are found, and the fields that say the same and are committed to."""


def contradicted(row: RecordRow, fields: Mapping[str, Value]) -> tuple[str, ...]:
    """The columns of a row that say something else than what it discloses; erased fields say nothing.

    Of a record with a time, the column `at` is that time in milliseconds. A record of a call's end has none.
    """
    wrong = [
        column
        for column, name in _COMMITTED.items()
        if fields.get(name, getattr(row, column)) != getattr(row, column)
    ]
    if "t" in fields and fields["t"] != rfc3339(from_ms(row.at)):
        wrong.append("at")
    return tuple(wrong)


def disclosures_of(row: RecordRow) -> list[str]:
    """The disclosures of a record that were not erased."""
    return [str(text) for text in json.loads(row.disclosures)]


_SHOWN = {
    "route": "route",
    "resolved_tier": "tier",
    "resolved_provider": "provider",
    "resolved_region": "region",
    "resolved_jurisdiction": "jurisdiction",
    "residency_evidence": "evidence",
    "resolved_litellm_model": "litellm_model",
    "outcome": "outcome",
    "error": "err",
}


def view(entries: list[StoredRecord], home: str) -> dict[str, Any]:
    """The record of a request from its entries, oldest first and at least one; `home` is the gateway's jurisdiction."""
    first, last = entries[0], entries[-1]
    fields: dict[str, Value] = {**first.fields, **last.fields}
    hops = _hops(fields, entries, home)
    shown: dict[str, Any] = {
        "request_id": first.request_id,
        "created_at": first.fields.get("t"),
        "model": first.fields.get("client_model"),
    }
    shown |= {name: fields.get(field) for name, field in _SHOWN.items()}
    if last.kind is RecordKind.OPEN:
        shown["outcome"] = "open"
    shown["credential_source"] = ("byok" if fields["byok"] else "platform") if "byok" in fields else None
    shown["custody_path"] = hops and " -> ".join(f"{hop['entity']}-{hop['jurisdiction']}" for hop in hops)
    shown["pii"] = _pii(fields)
    shown["hops"] = hops
    shown["deployment"] = fields.get("deployment")
    shown["attempts"] = _attempts(fields)
    wrong = sorted({column for entry in entries for column in entry.contradicted})
    if wrong:
        shown["remark"] = (
            f"This does not verify: the records were given another {', '.join(wrong)} than they commit to."
        )
    shown["log"] = {"records": [_place(entry) for entry in entries]}
    return shown


def _place(entry: StoredRecord) -> dict[str, Any]:
    """A record's kind, commitment and leaf index; `erased` is the number of erased fields, if any."""
    place = {"kind": entry.kind.value, "rec": entry.rec, "index": entry.index}
    return {**place, "erased": entry.erased} if entry.erased else place


def _hops(fields: dict[str, Value], entries: list[StoredRecord], home: str) -> list[dict[str, Any]] | None:
    names = ("entity", "jurisdiction", "region", "at", "evidence")
    stored = fields.get("hops")
    if isinstance(stored, list):
        return [dict(zip(names, hop, strict=True)) for hop in stored if isinstance(hop, list)]
    if entries[-1].kind is RecordKind.CLOSE:
        return None
    return [dict(zip(names, ("NI", home, "", entries[0].fields.get("t"), "C"), strict=True))]


def _attempts(fields: dict[str, Value]) -> list[dict[str, Any]] | None:
    """What was tried, where a call was sent to more than one deployment, or twice to one."""
    stored = fields.get("attempts")
    if not isinstance(stored, list):
        return None
    names = ("deployment", "region", "at", "result")
    return [dict(zip(names, attempt, strict=True)) for attempt in stored if isinstance(attempt, list)]


def _pii(fields: dict[str, Value]) -> dict[str, Any] | None:
    """The field `pii` (`on; email=1, person=2`) as an object; None if the record has none."""
    summary = fields.get("pii")
    if summary is None:
        return None
    state, _, counts = str(summary).partition("; ")
    pairs = (pair.partition("=") for pair in counts.split(", ") if pair)
    return {"on": state == "on", "counts": {kind: int(count) for kind, _, count in pairs}}
