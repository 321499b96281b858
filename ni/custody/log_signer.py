"""Signs checkpoints, promises and seals (`LogSigner`), and manages the files of the signing keys (`SeedFiles`).

Ed25519 is deterministic, so that signing a head again gives the same bytes. While a rotation overlaps, both keys sign.
The holder of a seed can sign anything: seeds are files beside the other secrets, never in the database.

    custody.seed            signs
    custody.seed.retired    signs too while a rotation overlaps
    custody.seed.next       drawn by a rotation that is not finished
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from ni.custody.logs import LogHead, Logs
from ni.custody.note import (
    Checkpoint,
    Signer,
    VerifierKey,
    account_text,
    parse_vkey,
    promise_text,
    seal_text,
    sign,
)
from ni.domain.clock import Clock, to_ms
from ni.domain.errors import KeyRetired, StoreUnavailable
from ni.domain.ids import Random
from ni.store.database import Database
from ni.store.tables.custody import custody_checkpoints


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and its checkpoint as a signed note."""

    head: LogHead
    note: str


class LogSigner:
    """Signs for the logs of a database with the seeds given, the newest first."""

    def __init__(self, database: Database, seeds: Sequence[bytes], clock: Clock) -> None:
        self.logs = Logs(database)
        self._database = database
        self._seeds = tuple(seeds)
        self._clock = clock

    def newest(self) -> SignedHead:
        """The head of the growing log, with the cosignatures of witnesses if they have seen it."""
        head = self.current()
        return SignedHead(head, self.published(head.log_id, head.size) or self._sign(head))

    def at(self, size: int) -> SignedHead:
        """The growing log as it was at `size`, which it has reached."""
        head = self.current()
        root = head.root if size == head.size else self.logs.root_at(head.log_id, size)
        past = LogHead(head.log_id, head.origin, size, root)
        return SignedHead(past, self._sign(past))

    def of(self, log_id: int) -> SignedHead:
        """The head of any log; one that has ended keeps the last checkpoint that was signed for it."""
        newest = self.newest()
        if newest.head.log_id == log_id:
            return newest
        head = next(head for head in self.logs.heads() if head.log_id == log_id)
        note = self.published(log_id, head.size)
        if note is None:
            raise StoreUnavailable()
        return SignedHead(head, note)

    def current(self) -> LogHead:
        """The growing log. Raises `StoreUnavailable` before the first start."""
        head = self.logs.current()
        if head is None or not head.origin:
            raise StoreUnavailable()
        return head

    def promise(self, rec: bytes) -> str:
        """The signed promise that the log will contain a record."""
        head = self.current()
        return sign(promise_text(head.origin, to_ms(self._clock.now()), rec), self.signers(head))

    def seal(self, origin: str, receipt: bytes) -> str:
        """The signed statement of the growing log over a receipt, whose proofs may be from older logs."""
        head = self.current()
        return sign(seal_text(origin, receipt), self.signers(head))

    def account_head(self, head: LogHead, account_id: str, records: Sequence[tuple[str, bytes]]) -> str:
        """The signed statement that these, as kind and leaf, are all records of an account up to a head."""
        lines = "".join(f"{kind} {leaf.hex()}\n" for kind, leaf in records)
        digest = sha256(b"ni-custody/account/v1\n" + lines.encode()).digest()
        checkpoint = Checkpoint(head.origin, head.size, head.root)
        return sign(account_text(checkpoint, account_id, len(records), digest), self.signers(head))

    def published(self, log_id: int, size: int) -> str | None:
        """The stored checkpoint of a log at that size; None if there is none."""
        columns = custody_checkpoints.c
        query = sa.select(columns.note).where(columns.log_id == log_id, columns.size == size)
        with self._database.read() as connection:
            return connection.scalar(query)

    def signers(self, head: LogHead) -> list[Signer]:
        """The keys that sign for a log now, the newest first.

        Raises `KeyRetired` where the log has a newer key than this process: a retired key signs beside its successor,
        while the rotation overlaps, and never alone.
        """
        now_ms, keys = to_ms(self._clock.now()), self.logs.keys(head.log_id)
        valid = {row.vkey for row in keys if row.until_ms is None or row.until_ms > now_ms}
        signers = [Signer(head.origin, seed) for seed in self._seeds]
        if not {row.vkey for row in keys if row.until_ms is None} & {str(signer.key) for signer in signers}:
            raise KeyRetired(origin=head.origin)
        return [signer for signer in signers if str(signer.key) in valid]

    def known(self, log_id: int) -> list[VerifierKey]:
        """All keys that ever signed for a log."""
        return [parse_vkey(row.vkey) for row in self.logs.keys(log_id)]

    def _sign(self, head: LogHead) -> str:
        return sign(str(Checkpoint(head.origin, head.size, head.root)), self.signers(head))


SEED_BYTES = 32
CURRENT = "custody.seed"
BESIDE = ("custody.seed.retired", "custody.seed.next")
"""Files that exist only around a rotation; a backup includes those that do."""


class SeedFiles:
    """The files in the folder of secrets; `write` makes a new private file, durable on return."""

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None]) -> None:
        self._current = folder / CURRENT
        self._retired, self._next = (folder / name for name in BESIDE)
        self._write = write

    def load(self, current: bytes) -> list[bytes]:
        """The seeds that sign, the newest first; `current` was read and checked with the other secrets."""
        return [current, *([self._retired.read_bytes()] if self._retired.is_file() else [])]

    def next_seed(self, random: Random) -> bytes:
        """A new seed, or that of an unfinished rotation."""
        if not self._next.is_file():
            self._write(self._next, random(SEED_BYTES))
        return self._next.read_bytes()

    def turn(self) -> None:
        """Make the next seed the current one, atomically."""
        self._write(self._retired, self._current.read_bytes())
        self._next.replace(self._current)
