"""Authenticates API keys: from the text that a client presents to its `Caller`.

A cached answer costs a few microseconds and lives two seconds, so that a key revoked elsewhere stops within five; in
the process that revoked or changed it, `forget` makes it at once. The cache is keyed by the full digest, never by a
prefix. A database fault is `StoreUnavailable`, never a refusal: the key may well be good.

Reads the API key from a request's headers: `Authorization: Bearer`, `x-api-key` or `api-key`.

Every endpoint uses this one function. Keys in the query string are not accepted, because it ends up in logs.
"""

import hmac
from collections.abc import Callable, Set
from dataclasses import dataclass

import sqlalchemy as sa

from ni.access.account_keys import KEY_AND_ACCOUNT, caller_of
from ni.access.key_format import Peppers, public_id_of
from ni.domain.caller import Caller
from ni.domain.clock import Clock, to_ms
from ni.domain.errors import BadRequest, InvalidKey
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.access import keys
from ni.store.unit import Change, Unit

LIFE_S = 2.0
MOST = 10_000
_NOBODY = b"\0" * 32

_FIND = KEY_AND_ACCOUNT.where(keys.c.public_id == sa.bindparam("wanted"))
_INVALID = sa.select(keys.c.id).where(
    keys.c.id.in_(sa.bindparam("wanted", expanding=True)),
    sa.or_(keys.c.revoked_at.is_not(None), keys.c.expires_at <= sa.bindparam("now")),
)
_NOTE = (
    keys.update().where(keys.c.id == sa.bindparam("wanted")).values(last_used_at=sa.bindparam("last_used_at"))
)
_RENEW = (
    keys.update()
    .where(keys.c.id == sa.bindparam("wanted"))
    .values(digest=sa.bindparam("digest"), pepper_version=sa.bindparam("pepper_version"))
)


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    expires_at_ms: int | None
    until: float


class KeyGate:
    """Authenticates keys for one process."""

    def __init__(self, database: Database, clock: Clock, peppers: Peppers) -> None:
        self._database = database
        self._clock = clock
        self._peppers = peppers
        self._current = peppers.current
        self._known: dict[bytes, _Known] = {}
        self._changes = 0
        self._used: dict[str, int] = {}
        self._renewed: dict[str, bytes] = {}

    def authenticate(self, presented: str) -> Caller:
        """Who presents this key. Raises `InvalidKey` (missing, wrong, revoked, expired) or `StoreUnavailable`."""
        digest = self._peppers.digest(self._current, presented)
        known = self._known.get(digest)
        if known is None or known.until < self._clock.monotonic():
            known = self._look_up(presented, digest)
        now_ms = to_ms(self._clock.now())
        if known.expires_at_ms is not None and known.expires_at_ms <= now_ms:
            raise InvalidKey()
        self._used[known.caller.key_id] = now_ms
        return known.caller

    def invalid(self, key_ids: Set[str]) -> Set[str]:
        """Which of these keys are revoked or expired. Raises `StoreUnavailable`."""
        now_ms = to_ms(self._clock.now())
        with self._database.read() as connection:
            return set(connection.scalars(_INVALID, {"wanted": list(key_ids), "now": now_ms}))

    def forget(self) -> None:
        """Forget all cached answers: a key or an account has changed. What is being looked up is not kept either."""
        self._changes += 1
        self._known.clear()

    def note_used(self, journal: Journal) -> None:
        """Write when keys were last used, and digests under a newer pepper; called every few seconds."""
        used, self._used = self._used, {}
        renewed, self._renewed = self._renewed, {}
        parts = [Change(_NOTE, {"wanted": key, "last_used_at": at}) for key, at in sorted(used.items())]
        parts += [
            Change(_RENEW, {"wanted": key, "digest": digest, "pepper_version": self._current})
            for key, digest in sorted(renewed.items())
        ]
        if parts:
            journal.write(Unit(tuple(parts)))

    def _look_up(self, presented: str, digest: bytes) -> _Known:
        """One query for every well-formed text, known or not, and one comparison."""
        public_id = public_id_of(presented)
        if public_id is None:
            raise InvalidKey()
        changes = self._changes
        with self._database.read() as connection:
            row = connection.execute(_FIND, {"wanted": public_id}).mappings().first()
        version = row["pepper_version"] if row else self._current
        candidate = self._peppers.digest(version, presented)
        if not hmac.compare_digest(candidate, row["digest"] if row else _NOBODY) or row is None:
            raise InvalidKey()
        if row["revoked_at"] is not None:
            raise InvalidKey()
        if version != self._current:
            self._renewed[row["id"]] = digest
        known = _Known(caller_of(row), row["expires_at"], self._clock.monotonic() + LIFE_S)
        if changes == self._changes:  # nothing was revoked while the database was asked
            self._keep(digest, known)
        return known

    def _keep(self, digest: bytes, known: _Known) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[digest] = known


def presented_key(header: Callable[[str], str | None]) -> str:
    """The key that the request presents, empty if none. `header` gives a header's value by name, in any case.

    Raises `BadRequest` if two headers hold different keys.
    """
    scheme, _, bearer = (header("Authorization") or "").strip().partition(" ")
    presented = {
        bearer.strip() if scheme.lower() == "bearer" else "",
        (header("x-api-key") or "").strip(),
        (header("api-key") or "").strip(),
    } - {""}
    if len(presented) > 1:
        raise BadRequest(
            "Two different keys came in one request. Send the key in one header only: "
            "`Authorization: Bearer`, `x-api-key` or `api-key`."
        )
    return presented.pop() if presented else ""
