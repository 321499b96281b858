"""Starts the log, rotates its key, and begins a new log after an old one.

A log begins with a record of the operator that names its key. A rotation signs with both keys for 30 days. A stolen
key, and a database that was set back, need a new log under a new origin, whose first record holds the last checkpoint
of the old one that can be trusted. Logs are never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ni.custody.logs import CustodyRefused, LogHead, Logs
from ni.custody.merkle import EMPTY_ROOT, OPERATOR
from ni.custody.note import Signer
from ni.custody.record import Record, RecordKind, Value, make_record
from ni.domain.clock import Clock, rfc3339, to_ms
from ni.domain.errors import StoreUnavailable
from ni.domain.ids import Random, request_id
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.custody import custody_checkpoints, custody_keys, custody_logs
from ni.store.unit import Change, Conflict, Unit

OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LogDependencies:
    """Dependencies of what writes to the log."""

    database: Database
    journal: Journal
    clock: Clock
    random: Random


class LogLifecycle:
    """Begins logs and rotates their keys."""

    def __init__(self, tools: LogDependencies) -> None:
        self._tools = tools
        self._logs = Logs(tools.database)

    def ensure(self, origin: str, seed: bytes) -> LogHead:
        """The growing log; the first start makes it under `origin`, which then stays.

        Raises `CustodyRefused` if the seed is none of its keys.
        """
        head = self._logs.current()
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
        self._write(changes, {"event": "rotation", "vkey": vkey, "origin": head.origin})
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
        self._write(changes, {"event": "new log", "vkey": vkey, "origin": origin, "before": trusted})
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

    def _write(self, changes: Sequence[Change], fields: dict[str, Value]) -> None:
        record = operator_record(RecordKind.KEY, fields, self._tools.clock, self._tools.random)
        self._tools.journal.write(Unit((*changes, record)))

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
