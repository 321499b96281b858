"""Credentials that accounts bring for providers (BYOK): stored encrypted, given to the pipeline, never shown again.

People see the last four characters and a fingerprint. Every change stores the whole credential anew: who changes an
address must enter the secret again, or a stolen session could have it sent somewhere else. Not here: the form's
fields (`credential_forms.py`) and the cipher (`encryption.py`).
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa

from ni.access.base import Base, deleted, inserted
from ni.access.credential_forms import chief, filled, shown
from ni.access.encryption import CURRENT, Binding, Cipher, DecryptionFailed, Encrypted
from ni.domain.clock import from_ms
from ni.domain.errors import CredentialRefused, Problem
from ni.domain.ids import object_id
from ni.domain.secret import Secret
from ni.store.tables.access import credentials

FINGERPRINT_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Credential:
    """What people may know of a stored credential; `shown` are its fields that are no secret."""

    provider: str
    last4: str
    fingerprint: str
    shown: Mapping[str, str]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class CredentialKeys:
    """What credentials are protected with: `encryption_key` by version, and the key of their fingerprints."""

    encryption_key: Callable[[int], bytes] = field(repr=False)
    fingerprint_key: bytes = field(repr=False)


Try = Callable[[str, Mapping[str, Secret]], None]
"""Asks a provider, by name, whether it takes a credential; raises the `Problem` that it answers with."""


class Credentials:
    """The credentials of all accounts; every method takes the account first, and finds nothing of another.

    `changed` is called when keys must be authenticated anew.
    """

    def __init__(self, base: Base, keys: CredentialKeys, changed: Callable[[], None] = lambda: None) -> None:
        self._base = base
        self._keys = keys
        self._changed = changed
        self._cipher = Cipher(keys.encryption_key, base.random)

    def store(self, account_id: str, provider: str, given: Mapping[str, Secret], by: str = "") -> Credential:
        """Store a credential in place of the one before. Raises `Refused`, `StoreUnavailable`."""
        fields = filled(provider, given)
        binding = Binding(account_id, provider, object_id("cred", self._base.random))
        plain = orjson.dumps({name: secret.reveal() for name, secret in fields.items()})
        encrypted = self._cipher.encrypt(binding, plain)
        row = {
            "account_id": account_id,
            "provider": provider,
            "id": binding.secret_id,
            "key_version": CURRENT,
            "nonce": encrypted.nonce,
            "sealed": encrypted.octets,
            "shown": orjson.dumps(shown(provider, fields)).decode(),
            "last4": _last4(chief(provider, fields)),
            "fingerprint": self._fingerprint(plain),
            "created_at": self._base.now_ms(),
            "created_by": by,
        }
        self._base.write(deleted(credentials, *_at(account_id, provider)), inserted(credentials, row))
        self._changed()
        return _credential(row)

    def list(self, account_id: str) -> Sequence[Credential]:
        """The account's credentials by provider, without their secrets."""
        query = (
            sa.select(credentials)
            .where(credentials.c.account_id == account_id)
            .order_by(credentials.c.provider)
        )
        with self._base.database.read() as connection:
            return tuple(_credential(row) for row in connection.execute(query).mappings())

    def remove(self, account_id: str, provider: str) -> bool:
        """Forget a credential; whether there was one."""
        there = any(known.provider == provider for known in self.list(account_id))
        self._base.write(deleted(credentials, *_at(account_id, provider)))
        self._changed()
        return there

    def of(self, account_id: str, provider: str) -> Mapping[str, Secret]:
        """The fields of the account's credential for `Order.byok`; empty if it stored none.

        Raises `CredentialRefused` if what is stored does not open: it is never replaced by the platform's own.
        """
        query = sa.select(credentials).where(*_at(account_id, provider))
        with self._base.database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return {}
        binding = Binding(account_id, provider, row["id"], row["key_version"])
        try:
            plain = self._cipher.decrypt(binding, Encrypted(row["nonce"], row["sealed"]))
        except DecryptionFailed as fault:
            raise CredentialRefused(provider="The gateway") from fault
        return {name: Secret(text) for name, text in orjson.loads(plain).items()}

    def test(self, account_id: str, provider: str, ask: Try) -> Problem | None:
        """Try the stored credential; None if the provider takes it, else what it answered. Raises `KeyError`."""
        fields = self.of(account_id, provider)
        if not fields:
            raise KeyError(provider)
        try:
            ask(provider, fields)
        except Problem as problem:
            return problem
        return None

    def _fingerprint(self, plain: bytes) -> str:
        """A keyed, truncated digest: tells two credentials apart and does not help to guess either."""
        return hmac.new(self._keys.fingerprint_key, plain, sha256).hexdigest()[:FINGERPRINT_CHARACTERS]


def _last4(secret: Secret) -> str:
    """The last four characters, of texts long enough that these say nothing about the rest."""
    text = secret.reveal()
    return text[-4:] if len(text) >= 16 and text[-4:].isalnum() else ""


def _at(account_id: str, provider: str) -> tuple[sa.ColumnElement[bool], ...]:
    return credentials.c.account_id == account_id, credentials.c.provider == provider


def _credential(row: Any) -> Credential:
    return Credential(
        row["provider"],
        row["last4"],
        row["fingerprint"],
        orjson.loads(row["shown"]),
        from_ms(row["created_at"]),
        row["created_by"],
    )
