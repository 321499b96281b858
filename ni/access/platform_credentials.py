"""The operator's credentials of providers, stored in place of environment variables and sealed as accounts' are.

A stored credential fills settings: the variables that its provider, or a deployment of the catalog, reads. It is named
after the variable of its chief secret. A variable that is set in the environment wins, and then nothing of the stored
credential is in force, so that parts of two credentials are never mixed.

Keys of local servers are stored here too, each by the setting that its deployment names. Whoever stores one puts
`stored_key` into the unit that changes the deployment.

Processes learn of changes when they read the catalog anew: it calls `renew`, and both are of one moment. What does not
open is left out, and its provider is not configured; a server, which may want no key, is not called without its own.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from ni.access.base import Base, deleted, inserted
from ni.access.credentials import CredentialKeys, SealedSecrets, checked, last4
from ni.access.encryption import Binding, DecryptionFailed
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Plain, Subject, differences
from ni.domain.clock import from_ms
from ni.domain.errors import UpstreamAuth
from ni.domain.ids import object_id
from ni.domain.provider_descriptor import PlatformCredential, PlatformField
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.store.tables.access import platform_credentials
from ni.store.unit import Change

SERVER = "local"
"""The provider in the rows of local servers' keys."""

log = logging.getLogger(__name__)

Environment = Callable[[str], Secret | None]
"""Gives the value of a variable of the environment, or None."""


@dataclass(frozen=True, slots=True)
class CredentialSlot:
    """A place for a credential: the settings that it fills, by field, and the deployments that read them.

    `name` is the variable of the chief secret.
    """

    name: str
    provider: str
    credential: PlatformCredential
    settings: Mapping[str, str]
    deployments: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[PlatformField, ...]:
        """The fields to enter, the chief secret first."""
        return tuple(each for each in self.credential.fields if each.field.name in self.settings)


def slots_of(deployments: Iterable[Deployment]) -> dict[str, CredentialSlot]:
    """Every slot by name: the usual ones of each provider, then those of deployments that name other variables."""
    slots: dict[str, CredentialSlot] = {}
    readers: dict[str, list[str]] = {}
    usual = [(provider, each) for provider, known in PROVIDERS.items() for each in known.platform]
    for provider, credential in usual:
        _add(slots, provider, credential, None)
    for deployment in deployments:
        for credential in PROVIDERS[deployment.provider].platform if deployment.provider in PROVIDERS else ():
            name = _add(slots, deployment.provider, credential, deployment)
            readers.setdefault(name, []).append(deployment.id)
    return {
        name: CredentialSlot(
            name, slot.provider, slot.credential, slot.settings, tuple(readers.get(name, ()))
        )
        for name, slot in slots.items()
    }


def _add(
    slots: dict[str, CredentialSlot],
    provider: str,
    credential: PlatformCredential,
    deployment: Deployment | None,
) -> str:
    name = credential.chief.setting_of(deployment)
    if name not in slots:
        named = {each.field.name: each.setting_of(deployment) for each in credential.fields}
        usual = {each.field.name: each.setting for each in credential.fields}
        apart = name != credential.chief.setting  # the usual variables then belong to another slot
        settings = {
            each: text for each, text in named.items() if text and not (apart and text == usual[each])
        }
        slots[name] = CredentialSlot(name, provider, credential, settings)
    return name


@dataclass(frozen=True, slots=True)
class PlatformSecret:
    """What people may know of a stored credential of the operator's; `opens` is False where it cannot be used."""

    name: str
    provider: str
    last4: str
    fingerprint: str
    shown: Mapping[str, str]
    created_at: datetime
    created_by: str
    opens: bool = True


@dataclass(frozen=True, slots=True)
class _InForce:
    """The values by variable, of which stored rows they were made, and the names of those that do not open.

    `closed_keys` are the ones of these that are keys of local servers, `key_ends` the last characters of all such keys.
    """

    values: Mapping[str, Secret] = field(repr=False)
    rows: frozenset[tuple[str, str]]
    closed: frozenset[str]
    closed_keys: frozenset[str]
    key_ends: Mapping[str, str]


class PlatformCredentials:
    """The stored credentials of the instance, and the values that providers read; `environ` gives variables."""

    def __init__(self, base: Base, keys: CredentialKeys, environ: Environment) -> None:
        self._base = base
        self._environ = environ
        self._sealing = SealedSecrets(keys, base.random)
        self._in_force: _InForce | None = None

    def lookup(self, name: str) -> Secret | None:
        """The value of a variable: that of the environment, else the stored one.

        Raises `StoreUnavailable`, and `UpstreamAuth` for a server's key that does not open.
        """
        value = self._environ(name)
        if value is None:
            present = self._present()
            value = present.values.get(name)
            if value is None and name in present.closed_keys:
                raise UpstreamAuth(provider="The gateway")
        return value

    def renew(self) -> None:
        """Take over what is stored by now. Raises `StoreUnavailable`."""
        self._take_over(self._rows())

    def _take_over(self, rows: Sequence[Mapping[str, Any]]) -> None:
        ids = frozenset((row["name"], row["id"]) for row in rows)
        if self._in_force is not None and self._in_force.rows == ids:
            return
        values: dict[str, Secret] = {}
        closed: set[str] = set()
        for row in rows:
            try:
                opened = self._opened(row)
            except DecryptionFailed:
                log.warning("the stored credential %s does not open: enter it again", row["name"])
                closed.add(row["name"])
                continue
            if not self._winning(row["name"], row["provider"], opened):
                values.update(opened)
        ends = {row["name"]: row["last4"] for row in rows if row["provider"] == SERVER}
        keys = frozenset(closed).intersection(ends)
        self._in_force = _InForce(values, ids, frozenset(closed), keys, ends)

    def _opened(self, row: Mapping[str, Any]) -> Mapping[str, Secret]:
        """The values by variable. Raises `DecryptionFailed`."""
        if not row["fingerprint"]:  # a server's key that migration 0026 moved here as it was
            return {row["name"]: self._sealing.opened_alone(OPERATOR, row["name"], row)}
        return self._sealing.opened(OPERATOR, _bound(row["provider"], row["name"]), row)

    def of_environment(self, slot: CredentialSlot) -> str:
        """The variable by which the environment fills a slot; empty where it does not."""
        return self._winning(slot.name, slot.provider, slot.settings.values())

    def _winning(self, name: str, provider: str, settings: Iterable[str]) -> str:
        """The variable of the environment that wins over a stored credential; empty where none does."""
        known = PROVIDERS[provider].platform if provider in PROVIDERS else ()
        others = (other for each in known if each.chief.setting == name for other in each.others)
        return next((each for each in (*settings, *others) if self._environ(each) is not None), "")

    def list(self) -> Sequence[PlatformSecret]:
        """What is stored of providers, by name, without its secrets. Raises `StoreUnavailable`."""
        rows = self._rows()
        self._take_over(rows)
        closed = self._present().closed
        return tuple(
            _secret(row, opens=row["name"] not in closed) for row in rows if row["provider"] != SERVER
        )

    def key_ends(self) -> Mapping[str, str]:
        """The last four characters of each server's key, by its setting; empty for a short one."""
        return self._present().key_ends

    def stored_key(self, setting: str, key: Secret) -> tuple[Change, ...]:
        """The parts of a unit that store a server's key in place of the one before; call `renew` after it."""
        row = self._row(setting, SERVER, {setting: key})
        row |= {"last4": last4(key), "shown": "{}", "created_by": ""}
        return (*self.forgotten_key(setting), inserted(platform_credentials, row))

    def forgotten_key(self, setting: str) -> tuple[Change, ...]:
        """The parts of a unit that forget a server's key; nothing happens where there is none."""
        return (deleted(platform_credentials, _at(setting), platform_credentials.c.provider == SERVER),)

    def _row(self, name: str, provider: str, values: Mapping[str, Secret]) -> dict[str, Any]:
        """The columns of a credential that is sealed now, without what people may know of it."""
        binding = Binding(OPERATOR, _bound(provider, name), object_id("cred", self._base.random))
        sealed = self._sealing.sealed(binding, values)
        return {"name": name, "provider": provider, **sealed, "created_at": self._base.now_ms()}

    def store(self, slot: CredentialSlot, given: Mapping[str, Secret], by: str = "") -> PlatformSecret:
        """Store a credential in place of the one before. Raises `Refused`, `StoreUnavailable`."""
        entered = checked([each.field for each in slot.fields], given)
        values = {slot.settings[name]: each for name, each in entered.items()}
        plain = {each.field.name for each in slot.fields if not each.field.secret}
        row = {
            **self._row(slot.name, slot.provider, values),
            "shown": orjson.dumps(
                {name: each.reveal() for name, each in entered.items() if name in plain}
            ).decode(),
            "last4": last4(entered[slot.credential.chief.field.name]),
            "created_by": by,
        }
        stored = _secret(row, opens=True)
        told = self._told(ActivityKind.CREDENTIAL_STORED, slot.name, stored)
        self._base.write(
            deleted(platform_credentials, _at(slot.name)), inserted(platform_credentials, row), told
        )
        self.renew()
        return stored

    def remove(self, name: str) -> bool:
        """Forget a credential; whether there was one. Raises `StoreUnavailable`."""
        if all(known.name != name for known in self.list()):
            return False
        told = self._told(ActivityKind.CREDENTIAL_REMOVED, name, None)
        self._base.write(deleted(platform_credentials, _at(name)), told)
        self.renew()
        return True

    def _told(self, kind: ActivityKind, name: str, after: PlatformSecret | None) -> Activity:
        there = next((known for known in self.list() if known.name == name), None)
        changes = differences(_described(there), _described(after))
        return self._base.activity(kind, OPERATOR, Subject(name), changes)

    def _present(self) -> _InForce:
        if self._in_force is None:
            self.renew()
        if self._in_force is None:
            raise LookupError("stored credentials were not read")
        return self._in_force

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        query = sa.select(platform_credentials).order_by(platform_credentials.c.name)
        with self._base.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _bound(provider: str, name: str) -> str:
    """What a row's ciphertext is bound to beside its id."""
    return f"{provider}/{name}"


def _at(name: str) -> sa.ColumnElement[bool]:
    return platform_credentials.c.name == name


def _described(secret: PlatformSecret | None) -> dict[str, Plain]:
    if secret is None:
        return {}
    return {
        "provider": secret.provider,
        "last4": secret.last4,
        "fingerprint": secret.fingerprint,
        **secret.shown,
    }


def _secret(row: Mapping[str, Any], *, opens: bool) -> PlatformSecret:
    return PlatformSecret(
        row["name"],
        row["provider"],
        row["last4"],
        row["fingerprint"],
        orjson.loads(row["shown"]),
        from_ms(row["created_at"]),
        row["created_by"],
        opens,
    )
