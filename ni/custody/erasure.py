"""Erases fields of a request, records older than the retention period, or an account; proofs given out stay valid.

Erasing a disclosure keeps its digest, so that `rec`, the leaf and every proof still hold; without the salt the value
cannot be guessed. Erasing an opening makes a content commitment meaningless. Erasing an account also deletes the key
that links its records. Each erasure is itself a record in the account's chain.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from time import sleep

import orjson

from ni.custody.logs import LogDependencies
from ni.custody.record import NO_REQUEST, RecordKind, Value, make_record
from ni.custody.record_reader import RecordReader, RecordRow, disclosures_of
from ni.custody.record_writer import ForgetKey, Redact
from ni.domain.activity import ActivityKind, Subject
from ni.domain.clock import rfc3339, to_ms
from ni.domain.ids import request_id
from ni.store.unit import Unit

PAGE = 500
LEEWAY = 10_000
"""How many ids the order of ids may differ from that of instants: long calls, a clock that was set."""
OF_THE_LOG = frozenset({RecordKind.KEY.value, RecordKind.RETAIN.value})
"""What was done to the log says nothing about people, and stays."""


class Erasure:
    """Erases what records disclose."""

    def __init__(self, tools: LogDependencies) -> None:
        self._tools = tools
        self._records = RecordReader(tools.database)
        self._from = 0  # ids below hold nothing that is due

    def fields(self, row_of: tuple[str, str], names: Collection[str], basis: str, actor: str) -> int:
        """Erase fields by name from the records of a request, `(account id, request id)`; the number erased.

        `basis` is the legal reason, `actor` who asked; both are recorded. Raises `Conflict` on a concurrent erasure.
        """
        listed: list[Value] = [*sorted(names)]
        why: dict[str, Value] = {"event": "fields", "fields": listed, "basis": basis, "actor": actor}
        return self._of_request(row_of, frozenset(names), why)

    def request(self, row_of: tuple[str, str], basis: str, actor: str) -> int:
        """Erase all fields of the records of a request, and the openings of its content commitments; as `fields`."""
        return self._of_request(row_of, None, {"event": "record", "basis": basis, "actor": actor})

    def _of_request(
        self, row_of: tuple[str, str], names: frozenset[str] | None, why: dict[str, Value]
    ) -> int:
        account_id, about = row_of
        rows = [row for row in self._records.rows(account_id, about) if row.kind not in NO_REQUEST]
        parts = [part for part in (redaction(row, names) for row in rows) if part is not None]
        if parts:
            changes = (("fields", sorted(names or ["*"]), None), ("basis", None, str(why["basis"])))
            told = self._tools.tell(ActivityKind.RECORD_ERASED, account_id, Subject(about), changes)
            self._write(account_id, {"rid": about, **why}, [*parts, told])
        return sum(_erased(part) for part in parts)

    def due(self, before: datetime) -> int:
        """Erase all fields of requests from before an instant; the number of records.

        Works in pages, so that a large log delays no call, and starts about where the last run ended. The order of ids
        is about that of instants, hence `LEEWAY`.
        """
        count, end = 0, self._records.first_from(to_ms(before))
        for first in range(self._from, end + LEEWAY, PAGE):
            count += self._retire(self._records.due(to_ms(before), range(first, first + PAGE)), before)
            sleep(0)  # yields to other greenlets
        self._from = max(self._from, end - LEEWAY)
        return count

    def _retire(self, rows: Iterable[RecordRow], before: datetime) -> int:
        accounts: dict[str, list[Redact]] = {}
        for row in rows:
            part = redaction(row, None)
            if part is not None:
                accounts.setdefault(row.account_id, []).append(part)
        for account_id, parts in accounts.items():
            gone: dict[str, Value] = {"event": "retention", "before": rfc3339(before), "count": len(parts)}
            self._write(account_id, {**gone, "basis": "retention period", "actor": "gateway"}, parts)
        return sum(map(len, accounts.values()))

    def account(self, account_id: str, basis: str, actor: str) -> int:
        """Erase all fields of an account's records, its activity log included, and its key; the number of records."""
        parts = [
            part
            for row in self._records.chain(account_id)
            if row.kind not in OF_THE_LOG and (part := redaction(row, None)) is not None
        ]
        for first in range(0, len(parts), PAGE):
            self._tools.journal.write(Unit(tuple(parts[first : first + PAGE])))
        gone: dict[str, Value] = {"event": "account", "count": len(parts), "basis": basis, "actor": actor}
        told = self._tools.tell(
            ActivityKind.RECORD_ERASED, account_id, Subject(account_id), (("basis", None, basis),)
        )
        self._write(account_id, gone, [ForgetKey(account_id), told])
        return len(parts)

    def _write(self, account_id: str, fields: dict[str, Value], parts: Iterable[object]) -> None:
        now = self._tools.clock.now()
        common: dict[str, Value] = {
            "rid": request_id(self._tools.random),
            "acct": account_id,
            "t": rfc3339(now),
        }
        record = make_record(RecordKind.RETAIN, to_ms(now), {**common, **fields}, {}, self._tools.random)
        self._tools.journal.write(Unit((record, *parts)))


def redaction(row: RecordRow, names: frozenset[str] | None) -> Redact | None:
    """The part that erases these fields of a record (None: all); None if there is nothing to erase."""
    texts = disclosures_of(row)
    gone = [text for text in texts if names is None or orjson.loads(text)[1] in names]
    if not gone:
        return None
    remaining = [text for text in texts if text not in gone]
    held = json.loads(row.openings) if names is not None else {}
    openings = {name: value for name, value in held.items() if name not in (names or ())}
    hidden = b"".join([*row.hidden_digests, *(sha256(text.encode()).digest() for text in gone)])
    return Redact(
        row.id, row.disclosures, orjson.dumps(remaining).decode(), orjson.dumps(openings).decode(), hidden
    )


def _erased(part: Redact) -> int:
    return len(json.loads(part.old)) - len(json.loads(part.disclosures))
