"""Credentials that accounts bring for providers (BYOK): stored encrypted, given to the pipeline, never shown again.

People see the last four characters and a fingerprint. Every change stores the whole credential anew: who changes an
address must enter the secret again, or a stolen session could have it sent somewhere else. Not here: the form's
fields (`credential_forms.py`) and the cipher (`encryption.py`).

Checks the credentials that accounts bring, field by field, against the form in the provider's descriptor.

Secret fields are never shown again; the others are (an address, a project). All of them are encrypted together, so that
an address cannot be changed without the secret that will be sent to it.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import orjson
import sqlalchemy as sa

from ni.access.base import Base, deleted, inserted
from ni.access.encryption import Binding, Cipher, DecryptionFailed, Encrypted
from ni.access.refusals import Refused
from ni.domain.activity import Activity, ActivityKind, Plain, Subject, differences
from ni.domain.clock import from_ms
from ni.domain.errors import CredentialRefused, Problem
from ni.domain.ids import Random, object_id
from ni.domain.provider_descriptor import CredentialField
from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret
from ni.store.tables.access import credentials

MOST_CHARACTERS = 8192
_LABEL = r"(?!xn--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_ADDRESS = re.compile(rf"https://{_LABEL}(?:\.{_LABEL})*(?::443)?(?:/[A-Za-z0-9._~/-]*)?")
"""A host of ASCII labels (RFC 1123, section 2.1), which is what a resource of Azure is named by, and a plain path."""
_SERVICE_ACCOUNT = ("client_email", "private_key", "token_uri")


def credential_fields(provider: str) -> tuple[CredentialField, ...]:
    """The fields of a provider's credential, the chief secret first; empty where accounts cannot bring one."""
    descriptor = PROVIDERS.get(provider)
    return descriptor.credential if descriptor is not None else ()


def filled(provider: str, given: Mapping[str, Secret]) -> dict[str, Secret]:
    """The fields as they will be stored. Raises `Refused` naming the field at fault."""
    if not credential_fields(provider):
        raise Refused("provider", "Accounts cannot bring a credential for this provider.")
    return checked(credential_fields(provider), given)


def checked(fields: Sequence[CredentialField], given: Mapping[str, Secret]) -> dict[str, Secret]:
    """What was given for `fields`, each of its form. Raises `Refused` naming the field at fault."""
    unknown = sorted(set(given) - {field.name for field in fields})
    if unknown:
        raise Refused(unknown[0], "This provider's credential has no such field.")
    entered = {field: _entered(field, given.get(field.name)) for field in fields}
    for field, text in entered.items():
        if text:
            _check_form(field, text)
    return {field.name: Secret(text) for field, text in entered.items() if text}


def shown(provider: str, fields: Mapping[str, Secret]) -> dict[str, str]:
    """The fields that are no secret."""
    names = [field.name for field in credential_fields(provider) if not field.secret]
    return {name: fields[name].reveal() for name in names if name in fields}


def chief(provider: str, fields: Mapping[str, Secret]) -> Secret:
    """The secret by whose last four characters people recognise the credential."""
    return fields[credential_fields(provider)[0].name]


def _entered(field: CredentialField, given: Secret | None) -> str:
    text = given.reveal().strip() if given else ""
    if not text and not field.optional:
        raise Refused(
            field.name, "This field is needed; a stored secret is not shown and must be entered again."
        )
    if len(text) > MOST_CHARACTERS or any(
        ord(character) < 32 and character not in "\r\n\t" for character in text
    ):
        raise Refused(field.name, "This is too long, or holds characters that no credential has.")
    return text


def _check_form(field: CredentialField, text: str) -> None:
    if field.domains:
        _require_address(field, text)
    elif field.name == "service_account":
        _require_service_account(text)
    elif not re.fullmatch(field.pattern, text):
        if field.example:
            raise Refused(
                field.name, "This does not have the form of one: %(example)s.", example=field.example
            )
        raise Refused(field.name, "This is too short, or holds spaces or characters that no credential has.")


def _require_address(field: CredentialField, text: str) -> None:
    """An https address in one of the provider's domains and nothing else: no user, query, fragment or other port."""
    parts = urlsplit(text)
    plain = _PLAIN_ADDRESS.fullmatch(text) is not None and "/.." not in text
    if parts.scheme != "https" or not plain or not (parts.hostname or "").endswith(field.domains):
        domains = ", ".join(f"*{domain}" for domain in field.domains)
        raise Refused(
            field.name,
            "Write an address such as https://example.openai.azure.com, without a query. Its name must end in one "
            "of: %(domains)s.",
            domains=domains,
        )


def _require_service_account(text: str) -> None:
    """The key file of a Google service account, whose tokens are fetched from Google and nowhere else."""
    try:
        key = json.loads(text)
    except ValueError:
        key = None
    fits = isinstance(key, dict) and key.get("type") == "service_account"
    if not fits or not all(isinstance(key.get(name), str) and key[name] for name in _SERVICE_ACCOUNT):
        raise Refused(
            "service_account",
            'Paste the whole JSON file of the key: it has "type": "service_account", a client_email and a private_key.',
        )
    host = urlsplit(key["token_uri"]).hostname or ""
    if host != "googleapis.com" and not host.endswith(".googleapis.com"):
        raise Refused("service_account", "The token_uri of the key must be an address of googleapis.com.")


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

    encryption_key: Callable[[int], bytes] = dataclass_field(repr=False)
    fingerprint_key: bytes = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """Seals what a credential holds, and opens it again; accounts' and the operator's are sealed alike."""

    keys: CredentialKeys
    random: Random

    def sealed(self, binding: Binding, secrets: Mapping[str, Secret]) -> dict[str, Any]:
        """The columns of a sealed credential."""
        plain = orjson.dumps({name: secret.reveal() for name, secret in secrets.items()})
        encrypted = Cipher(self.keys.encryption_key, self.random).encrypt(binding, plain)
        return {
            "id": binding.secret_id,
            "key_version": binding.key_version,
            "nonce": encrypted.nonce,
            "sealed": encrypted.octets,
            "fingerprint": self._fingerprint(plain),
        }

    def opened(self, account_id: str, provider: str, row: Mapping[str, Any]) -> dict[str, Secret]:
        """What the columns hold. Raises `DecryptionFailed`."""
        plain = self.opened_alone(account_id, provider, row).reveal()
        return {name: Secret(text) for name, text in orjson.loads(plain).items()}

    def opened_alone(self, account_id: str, provider: str, row: Mapping[str, Any]) -> Secret:
        """What the columns hold, as it was sealed. Raises `DecryptionFailed`."""
        binding = Binding(account_id, provider, row["id"], row["key_version"])
        cipher = Cipher(self.keys.encryption_key, self.random)
        return Secret(cipher.decrypt(binding, Encrypted(row["nonce"], row["sealed"])).decode())

    def _fingerprint(self, plain: bytes) -> str:
        """A keyed, truncated digest: tells two credentials apart and does not help to guess either."""
        return hmac.new(self.keys.fingerprint_key, plain, sha256).hexdigest()[:FINGERPRINT_CHARACTERS]


Try = Callable[[str, Mapping[str, Secret]], None]
"""Asks a provider, by name, whether it takes a credential; raises the `Problem` that it answers with."""


class Credentials:
    """The credentials of all accounts; every method takes the account first, and finds nothing of another.

    `changed` is called when keys must be authenticated anew.
    """

    def __init__(self, base: Base, keys: CredentialKeys, changed: Callable[[], None] = lambda: None) -> None:
        self._base = base
        self._changed = changed
        self._sealing = SealedSecrets(keys, base.random)

    def store(self, account_id: str, provider: str, given: Mapping[str, Secret], by: str = "") -> Credential:
        """Store a credential in place of the one before. Raises `Refused`, `StoreUnavailable`."""
        fields = filled(provider, given)
        binding = Binding(account_id, provider, object_id("cred", self._base.random))
        row = {
            "account_id": account_id,
            "provider": provider,
            **self._sealing.sealed(binding, fields),
            "shown": orjson.dumps(shown(provider, fields)).decode(),
            "last4": last4(chief(provider, fields)),
            "created_at": self._base.now_ms(),
            "created_by": by,
        }
        stored = _credential(row)
        told = self._told(ActivityKind.CREDENTIAL_STORED, account_id, provider, stored)
        self._base.write(deleted(credentials, *_at(account_id, provider)), inserted(credentials, row), told)
        self._changed()
        return stored

    def _told(self, kind: ActivityKind, account_id: str, provider: str, after: Credential | None) -> Activity:
        """The record of a change, with what people may know of the credential before and after it."""
        there = next((known for known in self.list(account_id) if known.provider == provider), None)
        changes = differences(_described(there), _described(after))
        return self._base.activity(kind, account_id, Subject(provider), changes)

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
        if all(known.provider != provider for known in self.list(account_id)):
            return False
        told = self._told(ActivityKind.CREDENTIAL_REMOVED, account_id, provider, None)
        self._base.write(deleted(credentials, *_at(account_id, provider)), told)
        self._changed()
        return True

    def of(self, account_id: str, provider: str) -> Mapping[str, Secret]:
        """The fields of the account's credential for `Order.byok`; empty if it stored none.

        Raises `CredentialRefused` if what is stored does not open: it is never replaced by the platform's own.
        """
        query = sa.select(credentials).where(*_at(account_id, provider))
        with self._base.database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return {}
        try:
            return self._sealing.opened(account_id, provider, dict(row))
        except DecryptionFailed as fault:
            raise CredentialRefused(provider="The gateway") from fault

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


def _described(credential: Credential | None) -> dict[str, Plain]:
    if credential is None:
        return {}
    return {"last4": credential.last4, "fingerprint": credential.fingerprint, **credential.shown}


def last4(secret: Secret) -> str:
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
