"""`Idempotency-Key`: a call that was already made and charged is not made again.

Answers are never stored, so none can be repeated: a retry of a call that was answered is refused with its request id
and what it cost. A call that bought nothing (refused, answered in chat, failed at the provider) may run again. A keyed
digest of the header and one of the body are kept for a day, per API key. The claim is a part of the unit that admits
the call, so that of two concurrent calls one is admitted.
Source: draft-ietf-httpapi-idempotency-key-header-07, sections 2.6 and 2.7.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.domain.errors import IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed, Problem
from ni.domain.money import format_amount
from ni.domain.reply import Outcome
from ni.store.database import Database, upsert
from ni.store.journal import Journal
from ni.store.tables.metering import idempotency, open_calls, usage
from ni.store.unit import Change, Transaction, Unit

KEPT_MS = 24 * 60 * 60 * 1000
BOUGHT_NOTHING = frozenset({Outcome.DENIED.value, Outcome.LOCAL.value, Outcome.UPSTREAM_ERROR.value})


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of the unit that admits a call; refuses the unit if the call was made before."""

    key_id: str
    name: bytes
    body: bytes
    request_id: str
    at_ms: int

    @property
    def where(self) -> Mapping[str, Any]:
        """Parameters of the query for an earlier claim."""
        return {"key": self.key_id, "named": self.name}


def claim_of(secret: bytes, key_id: str, text: str, body: bytes) -> tuple[bytes, bytes]:
    """HMAC-SHA256 digests of an `Idempotency-Key` and of a body; the secret prevents guessing either."""
    name = hmac.digest(secret, b"name\0" + key_id.encode() + b"\0" + text.encode(), "sha256")
    return name, hmac.digest(secret, b"body\0" + hashlib.sha256(body).digest(), "sha256")


def _earlier() -> sa.Select[Any]:
    """Query for the earlier call of a claim: digest, id and time, how it ended (None: did not), whether it is open."""
    joined = idempotency.outerjoin(usage, usage.c.request_id == idempotency.c.request_id).outerjoin(
        open_calls, open_calls.c.request_id == idempotency.c.request_id
    )
    own = (idempotency.c.body, idempotency.c.request_id, idempotency.c.at)
    end = (usage.c.outcome, usage.c.status, usage.c.ni_charge_nanos, open_calls.c.request_id.label("open"))
    mine = (idempotency.c.key_id == sa.bindparam("key"), idempotency.c.name == sa.bindparam("named"))
    return sa.select(*own, *end).select_from(joined).where(*mine)


def judge(claim: Claim, earlier: Sequence[Any]) -> Problem | None:
    """Why a call with an `earlier` row is refused, or None if it may run."""
    body, request_id, at_ms, outcome, status, charge_nanos, under_way = earlier
    if claim.at_ms - at_ms > KEPT_MS and not under_way:
        return None
    if not hmac.compare_digest(bytes(body), claim.body):
        return IdempotencyMismatch(request=request_id)
    if under_way:
        return IdempotencyInProgress(request=request_id)
    if outcome is None or outcome in BOUGHT_NOTHING:
        return None
    return IdempotencyUsed(request=request_id, status=status, charge=format_amount(charge_nanos))


class ClaimWriter:
    """Writes `Claim` parts."""

    writes = Claim

    def __init__(self, database: Database) -> None:
        bind = sa.bindparam
        names = ("key_id", "name", "body", "request_id", "at")
        fresh = upsert(database)(idempotency).values({name: bind(name) for name in names})
        self._insert = database.prepare(fresh.on_conflict_do_nothing())
        self._earlier = database.prepare(_earlier())
        self._renew = database.prepare(
            idempotency.update()
            .where(idempotency.c.key_id == bind("key"), idempotency.c.name == bind("named"))
            .values({name: bind(name) for name in ("body", "request_id", "at")})
        )

    def write(self, transaction: Transaction, parts: Sequence[Claim]) -> Sequence[object]:
        """None per claim, or the problem that refuses its call.

        A call that claims in the same batch is under way, although its other rows are written after all claims.
        """
        results: list[Problem | None] = [None] * len(parts)
        ahead: dict[tuple[str, bytes], Claim] = {}
        for at in sorted(range(len(parts)), key=lambda at: (parts[at].key_id, parts[at].name)):
            claim = parts[at]
            first = ahead.get((claim.key_id, claim.name))
            if first is None:
                results[at] = self._decided(transaction, claim)
            else:
                results[at] = judge(
                    claim, (first.body, first.request_id, first.at_ms, None, None, None, True)
                )
            if results[at] is None:
                ahead[claim.key_id, claim.name] = claim
        return results

    def _decided(self, transaction: Transaction, claim: Claim) -> Problem | None:
        row = {"body": claim.body, "request_id": claim.request_id, "at": claim.at_ms}
        if transaction.run(self._insert, {"key_id": claim.key_id, "name": claim.name, **row}):
            return None
        refusal = self._refusal(transaction, claim)
        if refusal is None:
            transaction.run(self._renew, {**claim.where, **row})
        return refusal

    def _refusal(self, transaction: Transaction, claim: Claim) -> Problem | None:
        rows = transaction.rows(self._earlier, claim.where)
        return judge(claim, rows[0]) if rows else None

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


class Claims:
    """Checks for earlier calls before any work is done for a new one, and deletes claims older than a day."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def refusal(self, claim: Claim) -> Problem | None:
        """Why the call is refused, or None. Raises `StoreUnavailable`."""
        with self._database.read() as connection:
            row = connection.execute(_earlier(), claim.where).first()
        return judge(claim, row) if row else None

    def forget(self, now_ms: int) -> None:
        """Delete what is older than a day."""
        old = idempotency.delete().where(idempotency.c.at < sa.bindparam("before"))
        self._journal.write(Unit((Change(old, {"before": now_ms - KEPT_MS}),)))
