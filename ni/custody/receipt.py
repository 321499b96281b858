"""Receipts that the owner of a request can verify without us (`Receipts`), and our check of them (`ReceiptChecker`).

A receipt holds the request's records with their salted disclosures, and for each the proof that its leaf is in a signed
log. What no leaf covers (the keys that open content commitments, the place in the account's chain) is covered by a seal
over the whole receipt; a holder who hides fields drops the seal and those with it. The export of an account has all its
records, in the order of its chain, and a signed statement of how many they are. Neither contains anything of another
account.

The check runs `ni_verify.py`, with Ed25519 by a library because plain Python takes a tenth of a second. It lets a page
say "intact", and is no proof to someone who does not trust this instance.
"""

import base64
import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ni.custody.log_signer import LogSigner, SignedHead
from ni.custody.logs import LeafRanges
from ni.custody.merkle import FIRST, consistency_proof, inclusion_proof
from ni.custody.note import proof_text
from ni.custody.record_reader import RecordReader, RecordRow, disclosures_of
from ni.resources import VERIFIER
from ni.store.database import Database
from ni.store.tables.custody import custody_records

Json = dict[str, Any]


class RecordsMissing(Exception):
    """A log has fewer rows than leaves; `count` is how many are gone."""

    def __init__(self, origin: str, count: int) -> None:
        super().__init__(f"{count} records of {origin} are missing")
        self.count = count


class Receipts:
    """Makes receipts, exports and proofs of consistency."""

    def __init__(self, database: Database, signer: LogSigner) -> None:
        self._database = database
        self.signer = signer
        self._records = RecordReader(database)

    def receipt(self, account_id: str, request_id: str) -> bytes | None:
        """The receipt of a request of this account (`ni-receipt/1`); None if it has no such request."""
        rows = self._records.rows(account_id, request_id)
        if not rows:
            return None
        placed = [row for row in rows if row.idx is not None]
        staged = [row for row in rows if row.idx is None]
        heads = self._heads(placed)
        origin = heads[placed[-1].log_id].head.origin if placed else self.signer.current().origin
        document: Json = {"format": "ni-receipt/1", "rid": request_id, "origin": origin}
        document["records"] = [_record(row, self._records.previous_leaf(row), openings=True) for row in rows]
        document["proofs"] = [self._proof(row, heads[row.log_id]) for row in placed]
        if staged:
            document["promise"] = self.signer.promise(staged[0].rec)
        document["seal"] = self.signer.seal(origin, written(document))
        return written(document)

    def export(self, account_id: str) -> bytes:
        """All records of an account up to the head of the log, with their proofs (`ni-account/2`), without openings.

        `head` says, signed, how many these are. Raises `RecordsMissing` where a log lacks rows: nobody could say then
        that they are all.
        """
        growing = self.signer.newest()
        chain = self._records.chain(account_id)
        rows = [row for row in chain if row.log_id != growing.head.log_id or _below(row, growing)]
        heads = {**self._heads(rows), growing.head.log_id: growing}
        records, last = [], FIRST
        with self._database.read() as connection:
            for signed in heads.values():
                _require_all(connection, signed)
            spans = {log_id: LeafRanges(connection, signed.head.log_id) for log_id, signed in heads.items()}
            for row in rows:
                assert row.idx is not None  # the chain holds placed records only
                signed = heads[row.log_id]
                path = inclusion_proof(row.idx, signed.head.size, spans[row.log_id])
                place = {
                    "origin": signed.head.origin,
                    "index": row.idx,
                    "path": [_base64(each) for each in path],
                }
                records.append({**_record(row, last, openings=False), **place})
                last = row.leaf
        made = [(row.kind, row.leaf) for row in rows]
        return written(
            {
                "format": "ni-account/2",
                "account": account_id,
                "checkpoints": [signed.note for signed in heads.values()],
                "head": self.signer.account_head(growing.head, account_id, made),
                "records": records,
            }
        )

    def consistency(self, old: int, new: int | None) -> Json:
        """The proof that the growing log at `new` (the head, if None) begins with what it was at `old`.

        Raises `ValueError` outside 0 < old <= new <= head.
        """
        head = self.signer.current()
        size = head.size if new is None else new
        if not 0 < old <= size <= head.size:
            raise ValueError(f"the log has {head.size} leaves")
        signed = self.signer.at(size)
        proof = self.growth(old, signed)
        return {
            "origin": signed.head.origin,
            "from": old,
            "to": size,
            "proof": [_base64(each) for each in proof],
            "checkpoint": signed.note,
        }

    def growth(self, old: int, signed: SignedHead) -> list[bytes]:
        """The hashes of a proof of consistency from `old` to a head."""
        with self._database.read() as connection:
            return consistency_proof(old, signed.head.size, LeafRanges(connection, signed.head.log_id))

    def _heads(self, rows: list[RecordRow]) -> dict[int | None, SignedHead]:
        return {
            log_id: self.signer.of(log_id) for log_id in {row.log_id for row in rows} if log_id is not None
        }

    def _proof(self, row: RecordRow, signed: SignedHead) -> str:
        assert row.idx is not None  # only asked of placed records
        with self._database.read() as connection:
            path = inclusion_proof(row.idx, signed.head.size, LeafRanges(connection, signed.head.log_id))
        return proof_text(row.idx, path, signed.note)


def _below(row: RecordRow, signed: SignedHead) -> bool:
    """Whether the head covers the record; the log may have grown since it was signed."""
    return row.idx is not None and row.idx < signed.head.size


def _require_all(connection: sa.Connection, signed: SignedHead) -> None:
    """Raise `RecordsMissing` unless there is a row for each leaf; no two rows have one leaf."""
    table, head = custody_records.c, signed.head
    query = sa.select(sa.func.count()).where(table.log_id == head.log_id, table.idx < head.size)
    count = connection.execute(query).scalar_one()
    if count != head.size:
        raise RecordsMissing(head.origin, head.size - count)


def _record(row: RecordRow, previous: bytes, openings: bool) -> Json:
    placed = row.link is not None
    return {
        "kind": row.kind,
        "disclosures": disclosures_of(row),
        "hidden": [digest.hex() for digest in row.hidden_digests],
        "openings": json.loads(row.openings) if openings else {},
        "acct_seq": row.acct_seq,
        "prev_leaf": previous.hex() if placed else None,
        "link": bytes(row.link).hex() if row.link is not None else None,
    }


def written(value: Json) -> bytes:
    """Compact JSON in UTF-8: the form of receipts and exports, over which the seal is made."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """Whether a receipt verifies, what the verifier says, and the size of the log that it was proven in."""

    intact: bool
    said: str
    size: int = 0


class ReceiptChecker:
    """Checks receipts of one database's logs."""

    def __init__(self, signer: LogSigner) -> None:
        self._signer = signer

    def check(self, receipt: bytes) -> ReceiptCheck:
        """Run the verifier on a receipt."""
        verifier = self._verifier
        memory = verifier.Memory()
        try:
            verdict = verifier.verify(receipt, self._keys(), memory)
        except verifier.Refused as refusal:
            return ReceiptCheck(False, str(refusal))
        except verifier.MALFORMED as fault:
            return ReceiptCheck(False, f"malformed ({type(fault).__name__})")
        return ReceiptCheck(True, verdict, memory.newest(json.loads(receipt)["origin"])[1])

    def _keys(self) -> dict[tuple[str, bytes], Callable[[bytes, bytes], bool]]:
        heads = self._signer.logs.heads()
        known = (key for head in heads for key in self._signer.known(head.log_id))
        return {(key.name, key.id): key.verifies for key in known}

    @cached_property
    def _verifier(self) -> Any:
        return load_verifier()


def load_verifier() -> Any:
    """The module `ni_verify`, from its file beside the package."""
    spec = importlib.util.spec_from_file_location("ni_verify", VERIFIER)
    assert spec is not None  # a path to a Python file
    assert spec.loader is not None
    verifier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verifier)
    return verifier
